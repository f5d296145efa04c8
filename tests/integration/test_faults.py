"""What may go wrong on one machine, made to go wrong with real processes."""

import signal
import sqlite3
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest

from app.contract.measurements import Measured
from app.data.fashion_mnist import DEBIAN_FOLDER
from app.runs.store import Store
from tests.patience import PATIENCE, wait_until
from tests.support import SMALL, Client, Server, connect, running_server

LONG = SMALL | {"steps": 200_000, "evaluate_every": 10_000}


def test_a_killed_worker_is_told_and_replaced_again_and_again() -> None:
    with running_server() as server, connect(server) as viewer:
        for step in (0, 7, 200):
            run = viewer.start(LONG)
            while viewer.receive("frame")["step"] < step:
                pass
            [worker] = server.workers()
            worker.send_signal(signal.SIGKILL)
            told = viewer.until_state("failed", "finished")[-1]
            assert told["run"] == run and told["reason"] == "the worker process ended (signal 9)"
        viewer.start()
        assert viewer.until_state("finished", "failed")[-1]["state"] == "finished"
        assert server.is_warm()


def test_a_killed_server_leaves_no_orphans_and_loses_nothing_that_was_written(tmp_path: Path) -> None:
    def written() -> set[int]:
        """The steps of the frames that are on disk: nobody has asked the server to write."""
        return {frame.step for frame in record.measurements(run) if isinstance(frame, Measured)}

    with running_server(tmp_path) as server, connect(server) as viewer:
        run = viewer.start(LONG)
        record = Store(tmp_path, lambda reason: None)
        seen = [viewer.receive("frame")]
        while len(safe := written()) < 5:
            seen.append(viewer.receive("frame"))
        children = server.children()
        assert children
        server.stop(signal.SIGKILL)
        _, alive = psutil.wait_procs(children, timeout=PATIENCE)
        assert alive == []
        record.close()

    with sqlite3.connect(tmp_path / "runs.sqlite3") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()

    with running_server(tmp_path) as server, connect(server) as viewer:
        viewer.send("subscribe", run=run, epoch=seen[-1]["epoch"], seq=seen[-1]["seq"])
        snapshot = viewer.next()
        assert snapshot["type"] == "snapshot" and snapshot["recorded"]
        assert (snapshot["state"], snapshot["reason"]) == ("interrupted", "the server ended")
        kept = [event for event in snapshot["history"] if event["type"] == "frame"]
        assert safe <= {event["step"] for event in kept}
        by_step = {event["step"]: strip(event) for event in seen}
        assert all(by_step[event["step"]] == strip(event) for event in kept if event["step"] in by_step)
        viewer.start()
        assert viewer.until_state("finished", "failed")[-1]["state"] == "finished"


def strip(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in ("epoch", "seq")}


FULL = """
import sys
from pathlib import Path
from app import main
from app.runs.store import Store
from app.settings import Settings

class SmallDisk(Store):
    def __init__(self, folder, on_trouble, recorded=None):
        super().__init__(folder, on_trouble, max_pages=60, recorded=recorded)

    def save_run(self, run):
        if (self.path.parent / "room").exists():
            self.max_pages = 100_000
        super().save_run(run)

main.Store = SmallDisk
sys.exit(main.serve(Settings()))
"""


def test_a_full_disk_pauses_the_recording_and_never_the_training(tmp_path: Path) -> None:
    with running_server(tmp_path, program=FULL, frame_rate=20) as server, connect(server) as viewer:
        run = viewer.start(LONG | {"depths": [4, 8, 16, 32, 64], "seeds": 5})
        notice = viewer.receive("notice")
        assert notice["kind"] == "storage" and notice["active"] and "database or disk is full" in notice["message"]
        frames = [viewer.receive("frame")["step"] for _ in range(5)]
        assert frames == sorted(set(frames))
        with connect(server) as late:
            assert late.receive("notice")["active"]
        (tmp_path / "room").touch()
        viewer.send("pause", run=run)
        assert viewer.receive("notice")["active"] is False
        viewer.send("stop", run=run)
        lines = server.get(f"/api/runs/{run}/export.jsonl").text.splitlines()
        steps = [orjson.loads(line)["step"] for line in lines[1:] if b'"measured"' in line.encode()]
        assert steps == sorted(set(steps)) and set(frames) <= set(steps)


def test_a_broken_record_is_an_error_and_not_the_end(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, connect(server) as viewer:
        run = viewer.start()
        viewer.until_state("finished")
    store = Store(tmp_path, lambda reason: None)
    store.close()
    with sqlite3.connect(tmp_path / "runs.sqlite3") as db:
        db.execute("UPDATE measurements SET data = x'00' WHERE run = ? AND seq = 3", (run,))
    db.close()
    with running_server(tmp_path) as server, connect(server) as viewer:
        viewer.send("subscribe", run=run, request="old")
        error = viewer.receive("error")
        assert error["request"] == "old" and "damaged" in error["message"]
        assert server.get(f"/api/runs/{run}").status_code == 422
        viewer.start()
        assert viewer.until_state("finished", "failed")[-1]["state"] == "finished"


NOT_HERE = pytest.mark.skipif(DEBIAN_FOLDER.is_dir(), reason="Fashion-MNIST is installed on this machine")


@pytest.mark.parametrize("dataset", ["idx", "cifar10", pytest.param("fashion-mnist", marks=NOT_HERE)])
def test_data_that_is_not_there_fails_the_run_with_a_sentence(server: Server, viewer: Client, dataset: str) -> None:
    wait_until(server.is_warm)
    workers = server.workers()
    viewer.start(SMALL | {"dataset": dataset, "family": "conv", "width": 2, "depths": [4]})
    failed = viewer.until_state("failed", "finished")[-1]
    assert failed["state"] == "failed" and len(failed["reason"]) > 20
    viewer.start()
    assert viewer.until_state("finished", "failed")[-1]["state"] == "finished"
    assert server.workers() == workers
