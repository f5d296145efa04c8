"""The server has no descriptors left: what trains goes on, and all comes back by itself."""

import contextlib
import signal
from pathlib import Path

from tests.hostile import few_descriptors, raw_line, raw_viewer
from tests.patience import PATIENCE, wait_until
from tests.support import SMALL, connect, running_server

LONG = SMALL | {"steps": 200_000, "evaluate_every": 10}

#: takes every descriptor that is left as long as the data folder has a file "greedy", and then tells so
GREEDY = """
import os, resource, sys, threading
from app.main import serve
from app.settings import Settings

settings = Settings()
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))

def take():
    taken, pause = [], threading.Event()
    while True:
        if (settings.data_dir / "greedy").exists():
            try:
                while True:
                    taken.append(os.open("/dev/null", os.O_RDONLY))
            except OSError:
                print("NOTHING LEFT", flush=True)
        while taken and not (settings.data_dir / "greedy").exists():
            os.close(taken.pop())
        pause.wait(0.02)

threading.Thread(target=take, daemon=True).start()
sys.exit(serve(settings))
"""


def test_without_descriptors_training_goes_on_and_workers_come_back_by_themselves(tmp_path: Path) -> None:
    with running_server(tmp_path, program=GREEDY, frame_rate=20) as server, connect(server) as viewer:
        wait_until(server.is_warm)
        (tmp_path / "greedy").touch()
        server.read_line("NOTHING LEFT")
        run = viewer.start(LONG)  # all that a run needs for the first time is there
        for _ in range(3):
            viewer.receive("evaluation")
        [worker] = server.workers()
        worker.send_signal(signal.SIGKILL)
        assert viewer.until_state("failed")[-1]["run"] == run
        server.read_line("no process could be started")
        viewer.send("start", experiment=SMALL)
        assert "no process could be started" in viewer.until_state("failed")[-1]["reason"]
        (tmp_path / "greedy").unlink()
        wait_until(server.is_warm)
        viewer.start()
        assert viewer.until_state("finished", "failed")[-1]["state"] == "finished"
        assert [line for line in server.lines if "Traceback" in line] == [], "".join(server.lines)


def test_with_very_few_descriptors_everybody_still_gets_in() -> None:
    with few_descriptors(64) as server, connect(server) as lecturer, contextlib.ExitStack() as crowd:
        wait_until(server.is_warm)
        for number in range(100):
            with contextlib.suppress(OSError, AssertionError):  # those without room are turned away
                crowd.enter_context((raw_viewer if number % 10 == 0 else raw_line)(server))
        assert server.get("/health").status_code == 200
        [worker] = server.workers()
        worker.send_signal(signal.SIGKILL)
        worker.wait(PATIENCE)
        wait_until(server.is_warm)
        run = lecturer.start()
        assert lecturer.until_state("finished", "failed")[-1]["state"] == "finished"
        assert server.get(f"/api/runs/{run}/export.csv").text.count("\n") > 100
