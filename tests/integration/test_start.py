"""Starting and ending the program."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from websockets.exceptions import ConnectionClosed

from tests.support import PROGRAM, ROOT, SMALL, connect, running_server

LONG = SMALL | {"steps": 200_000, "evaluate_every": 10_000}


def gone(processes: list[psutil.Process], seconds: float) -> bool:
    """Whether all of them end within so many seconds."""
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return alive == []


def test_the_server_listens_within_a_second_of_its_start() -> None:
    times = []
    for _ in range(3):
        with running_server() as server:
            times.append(server.started_in)
            assert any("Skipscope is at http://127.0.0.1:" in line for line in server.lines)
    assert min(times) < 1.0


def test_the_web_process_never_imports_torch() -> None:
    code = (
        "import sys, app.main; assert 'torch' not in sys.modules and 'plotly' not in sys.modules; "
        "app.main.figures.load(); assert 'plotly' in sys.modules and 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def non_reading_viewer(server_port: int, run: str, stop: threading.Event) -> threading.Thread:
    """A viewer with a tiny receive buffer that follows a run and never reads."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    raw.connect(("127.0.0.1", server_port))
    host = f"127.0.0.1:{server_port}"
    raw.sendall(
        f"GET /live HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    assert raw.recv(12) == b"HTTP/1.1 101"
    message = f'{{"type":"subscribe","run":"{run}"}}'.encode()
    raw.sendall(bytes([0x81, 0x80 | len(message), 0, 0, 0, 0]) + message)  # masked with zeros

    def hold() -> None:
        stop.wait()
        raw.close()

    thread = threading.Thread(target=hold)
    thread.start()
    return thread


def test_sigterm_ends_everything_in_good_order_even_with_a_viewer_that_never_reads() -> None:
    stop = threading.Event()
    with running_server() as server, connect(server) as healthy:
        run = healthy.start(LONG | {"seeds": 10})
        holder = non_reading_viewer(server.port, run, stop)
        healthy.until(lambda event: event["type"] == "frame" and event["step"] > 100)
        children = server.children()
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 5
        assert gone(children, 2)
        assert not any("Traceback" in line for line in server.lines)
        stop.set()
        holder.join()


def test_ctrl_c_ends_it_the_same_way() -> None:
    with running_server() as server, connect(server) as viewer:
        viewer.start(LONG)
        viewer.receive("frame")
        children = server.children()
        assert server.stop(2) == 0
        assert gone(children, 2)


def test_viewers_are_told_to_come_back() -> None:
    with running_server() as server, connect(server) as viewer:
        server.process.terminate()
        with pytest.raises(ConnectionClosed):
            viewer.until(lambda event: False)
        assert viewer.socket.close_code == 4000


def test_a_viewer_that_never_reads_does_not_disturb_the_others_and_is_cut_off() -> None:
    stop = threading.Event()
    with running_server(frame_rate=20) as server, connect(server) as healthy:
        process = psutil.Process(server.process.pid)
        run = healthy.start(LONG | {"seeds": 3, "depths": [4, 8, 16, 32, 64], "width": 16})
        for _ in range(40):  # two seconds: by then the store has opened all its files
            healthy.receive("frame")
        before = process.num_fds(), process.memory_info().rss
        holder = non_reading_viewer(server.port, run, stop)
        seqs: list[int] = []
        gaps: list[float] = []
        while len(seqs) < 400:  # 20 seconds of frames
            at = time.monotonic()
            event = healthy.next()
            gaps.append(time.monotonic() - at)
            seqs.append(event["seq"])
        assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
        assert sorted(gaps)[int(0.99 * len(gaps))] < 0.5
        assert process.num_fds() <= before[0]
        assert process.memory_info().rss - before[1] < 10e6
        stop.set()
        holder.join()


def test_a_taken_port_is_named_with_the_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        program = f"import os; os.environ['SKIPSCOPE_PORT'] = '{port}'; {PROGRAM}"
        answer = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert answer.returncode == 1
    assert (
        answer.stderr
        == f"skipscope: port {port} is taken; choose another with --port, or --port 0 for any that is free\n"
    )


def test_a_data_folder_that_cannot_be_used_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "runs.sqlite3").write_text("this is not a database, and it is long enough to be read as one" * 10)
    settings = f"'SKIPSCOPE_PORT': '0', 'SKIPSCOPE_DATA_DIR': {str(tmp_path)!r}"
    program = f"import os; os.environ.update({{{settings}}}); {PROGRAM}"
    answer = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"skipscope: cannot record in {tmp_path}: file is not a database; choose")


def test_when_the_default_port_is_taken_the_next_one_is_used_and_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 8484))
            taken.listen()
        except OSError:
            pass  # somebody else has taken it, which does as well
        program = f"import os; del os.environ['SKIPSCOPE_PORT']; {PROGRAM}"
        with running_server(tmp_path, program=program) as server:
            assert server.port > 8484
            assert f"Port 8484 is taken, so this is {server.port}.\n" in server.lines


def test_the_token_is_in_the_printed_address_and_nowhere_else(tmp_path: Path) -> None:
    with running_server(tmp_path, host="0.0.0.0", token="secret-of-the-hall") as server:
        assert "/?token=secret-of-the-hall" in server.url
        with socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1].split("/")[0]))) as visitor:
            visitor.sendall(b"GET /?token=secret-of-the-hall HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert b"200 OK" in visitor.recv(100)
        server.stop()
    assert sum("secret-of-the-hall" in line for line in server.lines) == 1
    assert not any(b"secret-of-the-hall" in file.read_bytes() for file in tmp_path.iterdir())


@pytest.mark.parametrize("delay", [0.0, 0.1, 0.3, 0.6])
def test_ctrl_c_while_a_training_process_starts_ends_it_without_a_traceback(delay: float) -> None:
    with running_server() as server:
        time.sleep(delay)  # the moment is the subject: somewhere in the start of the training process
        os.killpg(server.process.pid, signal.SIGINT)
        assert server.process.wait(5) == 0
        assert not any("Traceback" in line or "is started" in line for line in server.lines)
