"""Downloads that are dropped, or never read."""

import contextlib
from pathlib import Path

import psutil
import pytest

from app.web.downloads import MOST
from tests.hostile import raw_line
from tests.patience import wait_until
from tests.support import SMALL, Server, connect, running_server

#: many numbers a frame: a file of megabytes
MUCH = SMALL | {"steps": 200_000, "evaluate_every": 10_000, "depths": [64, 128], "width": 4, "seeds": 3}

IMPATIENT = """
import sys
from app.main import serve
from app.settings import Settings
from app.web import progress
settings = Settings()
if (settings.data_dir / "impatient").exists():
    progress.PATIENCE = 0.2
sys.exit(serve(settings))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data folder and the run in it whose file is long."""
    data_dir = tmp_path_factory.mktemp("data")
    with running_server(data_dir, frame_rate=20) as server, connect(server) as viewer:
        run = viewer.start(MUCH)
        for _ in range(30):
            viewer.receive("frame")
        viewer.send("stop", run=run)
        viewer.until_state("stopped")
        assert len(server.get(f"/api/runs/{run}/export.csv").content) > 2_000_000
    return data_dir, run


def held(process: psutil.Process) -> int:
    """How many connections and files of the store a server has open."""
    lines = [line for line in process.net_connections("tcp") if line.status != "LISTEN"]
    return len(lines) + sum("sqlite" in file.path for file in process.open_files())


def ask(server: Server, run: str) -> bytes:
    return f"GET /api/runs/{run}/export.csv HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode()


def test_dropped_downloads_give_back_what_they_held(folder: tuple[Path, str]) -> None:
    data_dir, run = folder
    with running_server(data_dir) as server:
        process = psutil.Process(server.process.pid)
        wait_until(server.is_warm)
        server.get(f"/api/runs/{run}/export.csv")
        before = held(process)
        for _ in range(4):
            with contextlib.ExitStack() as dropped:
                lines = [dropped.enter_context(raw_line(server)) for _ in range(100)]
                for line in lines:
                    line.sendall(ask(server, run))
                assert any(line.recv(12) == b"HTTP/1.1 200" for line in lines)
            # SQLite keeps the files of closed readers for the next ones: as many as read at once
            wait_until(lambda: held(process) <= before + MOST)
        wait_until(lambda: server.get(f"/api/runs/{run}/export.csv").status_code == 200)
        assert not any("Traceback" in line for line in server.lines)


def test_past_so_many_downloads_the_next_is_asked_to_come_again(folder: tuple[Path, str]) -> None:
    data_dir, run = folder
    with running_server(data_dir) as server, contextlib.ExitStack() as open_ones:
        lines = [open_ones.enter_context(raw_line(server)) for _ in range(MOST)]
        for line in lines:
            line.sendall(ask(server, run))
            assert line.recv(12) == b"HTTP/1.1 200"
        answer = server.get(f"/api/runs/{run}/export.csv")
        assert answer.status_code == 503 and answer.json()["code"] == "busy" and int(answer.headers["retry-after"]) > 0
        assert f"{MOST} downloads are under way" in answer.json()["message"]
        lines[0].close()
        wait_until(lambda: server.get(f"/api/runs/{run}/export.csv").status_code == 200)


def test_a_download_that_nobody_reads_is_cut(folder: tuple[Path, str]) -> None:
    data_dir, run = folder
    (data_dir / "impatient").touch()
    with running_server(data_dir, program=IMPATIENT) as server, raw_line(server) as line:
        line.sendall(ask(server, run))
        assert line.recv(12) == b"HTTP/1.1 200"
        process = psutil.Process(server.process.pid)
        wait_until(lambda: not any(c.status == "ESTABLISHED" for c in process.net_connections("tcp")))
        assert not any("Traceback" in line for line in server.lines)
    (data_dir / "impatient").unlink()
