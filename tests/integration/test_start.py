"""Starting and ending the program."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from websockets.exceptions import ConnectionClosed

from tests.patience import PATIENCE, wait_until
from tests.support import PROGRAM, ROOT, SMALL, Server, connect, running_server

LONG = SMALL | {"steps": 200_000, "evaluate_every": 10_000}


#: nothing ever gets warm
COLD = """
import asyncio, sys
from app.main import serve
from app.settings import Settings
from app.workers.local import LocalExecutor

async def open(self):
    await asyncio.Event().wait()

LocalExecutor.open = open
sys.exit(serve(Settings()))
"""
#: viewers who do not read are borne for ever, and as soon as the data folder has a file "short", hardly at all
BEARING = """
import sys
from app import main
from app.settings import Settings
from app.web import progress

settings = Settings()
watch = progress.Progress.watch

def bear(self, transport):
    progress.PATIENCE = 0.1 if (settings.data_dir / "short").exists() else 1e6
    watch(self, transport)

main.USER_TIMEOUT = 0
progress.Progress.watch = bear
sys.exit(main.serve(settings))
"""


def gone(processes: list[psutil.Process]) -> bool:
    """Whether all of them end."""
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE)
    return alive == []


def test_the_server_listens_before_anything_slow_is_ready() -> None:
    with running_server(program=COLD) as server:
        assert any("Skipscope is at http://127.0.0.1:" in line for line in server.lines)
        assert server.get("/health").json()["workers"] == {"ready": 0, "capacity": 1}
        assert "<title>" in server.get("/").text


def test_the_web_process_never_imports_torch() -> None:
    code = (
        "import sys, app.main; assert 'torch' not in sys.modules and 'plotly' not in sys.modules; "
        "app.main.figures.load(); assert 'plotly' in sys.modules and 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@contextlib.contextmanager
def non_reading_viewer(server_port: int, run: str) -> Iterator[None]:
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

    try:
        yield
    finally:
        raw.close()


def test_sigterm_ends_everything_in_good_order_even_with_a_viewer_that_never_reads() -> None:
    with running_server(program=BEARING) as server, connect(server) as healthy:
        run = healthy.start(LONG | {"seeds": 10})
        with non_reading_viewer(server.port, run):
            healthy.until(lambda event: event["type"] == "frame" and event["step"] > 100)
            children = server.children()
            assert server.stop() == 0
            assert gone(children)
            assert not any("Traceback" in line for line in server.lines)


def test_ctrl_c_ends_it_the_same_way() -> None:
    with running_server() as server, connect(server) as viewer:
        viewer.start(LONG)
        viewer.receive("frame")
        children = server.children()
        assert server.stop(signal.SIGINT) == 0
        assert gone(children)


def test_viewers_are_told_to_come_back() -> None:
    with running_server() as server, connect(server) as viewer:
        server.process.terminate()
        with pytest.raises(ConnectionClosed):
            viewer.until(lambda event: False)
        assert viewer.socket.close_code == 4000


def test_a_viewer_that_never_reads_does_not_disturb_the_others_and_is_cut_off(tmp_path: Path) -> None:
    with running_server(tmp_path, program=BEARING, frame_rate=20) as server, connect(server) as healthy:
        process = psutil.Process(server.process.pid)
        run = healthy.start(LONG | {"seeds": 3, "depths": [4, 8, 16, 32, 64], "width": 8})
        for _ in range(20):  # by then the store has opened all its files
            healthy.receive("frame")
        before = process.num_fds(), process.memory_info().rss
        with non_reading_viewer(server.port, run):  # were the others to wait for it, they would do so for ever
            events = [healthy.next() for _ in range(100)]
            seqs = [event["seq"] for event in events if event["type"] != "viewers"]
            assert seqs == list(range(seqs[0], seqs[0] + len(seqs))) and len(seqs) > 90
            assert process.memory_info().rss - before[1] < 10e6
            assert process.num_fds() > before[0]
        (tmp_path / "short").touch()
        with non_reading_viewer(server.port, run):
            wait_until(lambda: process.num_fds() <= before[0])


def refused(program: str) -> subprocess.CompletedProcess[str]:
    """What a program said that should not go on."""
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)


def test_a_taken_port_is_named_with_the_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        program = f"import os; os.environ['SKIPSCOPE_PORT'] = '{port}'; {PROGRAM}"
        answer = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE
        )
    assert answer.returncode == 1
    assert (
        answer.stderr
        == f"skipscope: port {port} is taken; choose another with --port, or --port 0 for any that is free\n"
    )


def test_a_data_folder_that_cannot_be_used_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "runs.sqlite3").write_text("this is not a database, and it is long enough to be read as one" * 10)
    settings = f"'SKIPSCOPE_PORT': '0', 'SKIPSCOPE_DATA_DIR': {str(tmp_path)!r}"
    answer = refused(f"import os; os.environ.update({{{settings}}}); {PROGRAM}")
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
    secrets = {"token": "secret-of-the-hall-1234", "student_token": "secret-of-students-1234"}
    with running_server(tmp_path, host="0.0.0.0", **secrets) as server:
        assert "/?token=secret-of-the-hall-1234" in server.url
        with socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1].split("/")[0]))) as visitor:
            visitor.sendall(b"GET /?token=secret-of-the-hall-1234 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert b"200 OK" in visitor.recv(100)
        server.stop()
    for secret in secrets.values():
        told = [line for line in server.lines if secret in line]
        assert told and all(line.startswith(("Skipscope is at http://", "    http://")) for line in told)
        files = [file for file in tmp_path.rglob("*") if file.is_file()]
        assert not any(secret.encode() in file.read_bytes() for file in files)


def test_made_tokens_outlive_a_restart_in_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    links = []
    for _ in range(2):
        with running_server(tmp_path, host="0.0.0.0") as server:
            links.append((server.url.split("token=")[1], server.read_line("    http").split("token=")[1].strip()))
            server.stop()
    assert links[0] == links[1] and links[0][0] != links[0][1]
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    kept = [file for file in files if links[0][0].encode() in file.read_bytes()]
    assert [file.name for file in kept] == ["tokens.json"] and kept[0].stat().st_mode & 0o777 == 0o600


def is_called(process: psutil.Process) -> bool:
    """Whether a training process has begun: the first thing it does is to name itself."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.name() == "skip-training"
    return False


#: moments in the start of the training process, from before it is there to when it can work
MOMENTS: dict[str, Callable[[Server], object]] = {
    "listening": lambda server: True,
    "a process is made": Server.children,
    "it runs": lambda server: any(is_called(child) for child in server.children()),
    "it is warm": Server.is_warm,
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_ctrl_c_while_a_training_process_starts_ends_it_without_a_traceback(moment: str) -> None:
    with running_server() as server:
        wait_until(lambda: MOMENTS[moment](server))
        os.killpg(server.process.pid, signal.SIGINT)
        assert server.process.wait(PATIENCE) == 0
        assert not any("Traceback" in line or "is started" in line for line in server.lines)
