"""What may go wrong on one machine, made to go wrong with real processes."""

import shutil
import signal
import sqlite3
from pathlib import Path
from typing import Any

import httpx
import orjson
import psutil
import pytest

from app.contract.checkpoints import size_of
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


def test_a_place_in_an_earlier_life_of_the_server_is_no_place_in_this_one(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, connect(server) as viewer:
        run = viewer.start()
        viewer.until_state("finished")
    with running_server(tmp_path) as server, connect(server) as viewer:
        viewer.send("subscribe", run=run)
        viewer.send("analyse", run=run, question={"kind": "landscape", "depth": 8, "side": 101})
        seen = viewer.until(lambda event: event["type"] == "analysis")[-1]
        server.stop(signal.SIGKILL)
    with running_server(tmp_path) as server, connect(server) as viewer, connect(server) as other:
        other.send("subscribe", run=run)
        for target in (0.01, 0.02, 0.03, 0.04):
            other.send("analyse", run=run, question={"kind": "convergence", "target": target})
            asked = other.until(lambda event: event["type"] == "analysis" and event["state"] == "finished")[-1]
        assert asked["seq"] > seen["seq"]
        viewer.send("subscribe", run=run, epoch=seen["epoch"], seq=seen["seq"])
        snapshot = viewer.next()
        assert snapshot["type"] == "snapshot"
        answers = [event["state"] for event in snapshot["history"] if event["type"] == "analysis"]
        assert answers == ["finished"] * 4


def strip(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in ("epoch", "seq")}


FULL = """
import sys
from pathlib import Path
from app import main
from app.runs.store import Store
from app.settings import Settings

class SmallDisk(Store):
    def __init__(self, folder, on_trouble, **given):
        super().__init__(folder, on_trouble, max_pages=60, **given)

    def save_run(self, run):
        if (self.path.parent / "room").exists():
            self.writer.max_pages = 100_000
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
        health = server.get("/health").json()
        assert (health["status"], health["recording"]) == ("limited", "paused")
        (tmp_path / "room").touch()
        viewer.send("pause", run=run)
        assert viewer.receive("notice")["active"] is False
        health = server.get("/health").json()
        assert (health["status"], health["recording"]) == ("ok", "ok")
        viewer.send("stop", run=run)
        lines = server.get(f"/api/runs/{run}/export.jsonl").text.splitlines()
        steps = [orjson.loads(line)["step"] for line in lines[1:] if b'"measured"' in line.encode()]
        assert steps == sorted(set(steps)) and set(frames) <= set(steps)


def test_of_two_servers_on_one_folder_the_other_ends_the_runs_of_the_killed_one(tmp_path: Path) -> None:
    def states(server: Server) -> dict[str, str]:
        return {run["id"]: run["state"] for run in server.get("/api/runs").json()["runs"]}

    with (
        running_server(tmp_path, checkpoints_mib=1) as one,
        running_server(tmp_path) as other,
        connect(one) as first,
        connect(other) as second,
    ):
        mine, theirs = first.start(LONG), second.start(LONG)
        first.until(lambda event: event["type"] == "checkpoint")
        second.until(lambda event: event["type"] == "checkpoint")
        wait_until(lambda: states(one) == {mine: "running", theirs: "running"} == states(other))
        assert httpx.delete(f"{one.url}/api/runs/{theirs}", timeout=PATIENCE).status_code == 409
        first.send("stop", run=mine)
        first.until_state("stopped")
        mine = first.start(LONG)  # which makes room for its weights, but not at the cost of what trains elsewhere
        first.until(lambda event: event["type"] == "checkpoint" and event["run"] == mine)
        assert list((tmp_path / "checkpoints" / theirs).glob("*.safetensors"))
        other.stop(signal.SIGKILL)
        wait_until(lambda: states(one)[theirs] == "interrupted")
        assert states(one)[mine] == "running"
        first.send("subscribe", run=theirs)
        snapshot = first.until(lambda event: event["type"] == "snapshot" and event["run"] == theirs)[-1]
        assert (snapshot["state"], snapshot["reason"]) == ("interrupted", "the server ended")
        first.send("stop", run=mine)
        first.until_state("stopped")


def test_checkpoints_stay_in_their_bound_while_a_run_trains(tmp_path: Path) -> None:
    folder, many = tmp_path / "checkpoints", {"depths": [32, 64], "width": 32, "evaluate_every": 5, "steps": 100}
    with running_server(tmp_path, checkpoints_mib=10) as server, connect(server) as viewer:
        told = httpx.post(f"{server.url}/api/experiments/check", json=many, timeout=PATIENCE).json()["kept"]
        assert "checkpoints of this run will be kept" in told and "SKIPSCOPE_CHECKPOINTS_MIB" in told
        for _ in range(2):
            run = viewer.start(many)
            while (event := viewer.next())["type"] != "state" or event["state"] != "finished":
                assert sum(size_of(file) for file in folder.glob("*/*.safetensors")) <= 10 * 2**20
                assert event["type"] != "checkpoint" or event["reason"] is None
            left = sorted(int(file.stem) for file in (folder / run).glob("*.safetensors"))
            assert left[0] == 0 and left[-1] == 100 and 2 < len(left) < 20


def test_a_record_that_is_deleted_while_the_server_runs_is_told_and_written_again(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with running_server(folder, frame_rate=20) as server, connect(server) as viewer:
        run = viewer.start(LONG)
        seen = [viewer.receive("frame")["step"] for _ in range(5)]
        assert server.get("/health").json()["record_written_again"] is None
        shutil.rmtree(folder)
        told = viewer.until(lambda event: event["type"] == "notice")
        assert told[-1]["kind"] == "record" and "has been written again" in told[-1]["message"]
        seen += [event["step"] for event in told if event["type"] == "frame"]
        health = server.get("/health").json()
        assert health["record_written_again"] > 0 and (health["status"], health["recording"]) == ("ok", "ok")
        with connect(server) as late:
            assert late.receive("notice")["kind"] == "record"
        seen += [viewer.receive("frame")["step"] for _ in range(5)]
        viewer.send("stop", run=run)
        viewer.until_state("stopped")
        assert server.get("/api/runs").json()["runs"][0]["state"] == "stopped"
    with running_server(folder) as server:
        assert server.get("/api/runs").json()["runs"][0]["id"] == run
        lines = server.get(f"/api/runs/{run}/export.jsonl").text.splitlines()
        steps = [orjson.loads(line)["step"] for line in lines[1:] if b'"measured"' in line.encode()]
        assert set(seen) <= set(steps)


def damage(folder: Path, *statements: str) -> None:
    """Change rows of the store behind its back."""
    Store(folder, lambda reason: None).close()
    with sqlite3.connect(folder / "runs.sqlite3") as db:
        for statement in statements:
            assert db.execute(statement).rowcount == 1
    db.close()


def test_a_damaged_measurement_is_left_out_and_named_and_a_damaged_run_takes_no_other_with_it(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, connect(server) as viewer:
        runs = [viewer.start() for _ in range(3)]
        ended: set[str] = set()
        while ended != set(runs):
            ended.add(viewer.until_state("finished")[-1]["run"])
        viewer.send("analyse", run=runs[0], question={"kind": "convergence"})
        viewer.until(lambda event: event["type"] == "analysis" and event["state"] == "finished")
    damage(
        tmp_path,
        f"UPDATE measurements SET data = x'00' WHERE run = '{runs[0]}' AND seq = 3",
        f"UPDATE analyses SET data = '[' WHERE run = '{runs[0]}'",
        f"UPDATE measurements SET data = x'00' WHERE run = '{runs[1]}' AND kind = 'prepared'",
        f"UPDATE measurements SET data = x'00' WHERE run = '{runs[1]}' AND kind = 'ended'",
        f"UPDATE runs SET experiment = '{{' WHERE id = '{runs[2]}'",
    )
    with running_server(tmp_path) as server, connect(server) as viewer:
        viewer.send("subscribe", run=runs[0])
        snapshot = viewer.receive("snapshot")
        assert snapshot["state"] == "finished" and "measurement 3" in snapshot["reason"]
        told = [event["reason"] for event in snapshot["history"] if event["type"] == "state"]
        assert "damaged in the record and left out: measurement 3" in told
        for broken in runs[1:]:
            viewer.send("subscribe", run=broken, request=broken)
            error = viewer.receive("error")
            assert error["request"] == broken and f"the record of the run {broken} is damaged" in error["message"]
            assert server.get(f"/api/runs/{broken}").status_code == 422
        listed = server.get("/api/runs").json()
        assert {run["id"] for run in listed["runs"]} == set(runs[:2]) and listed["damaged"] == [f"run {runs[2]}"]
        lines = [orjson.loads(line) for line in server.get(f"/api/runs/{runs[0]}/export.jsonl").text.splitlines()]
        named = [line["what"] for line in lines if line["kind"] == "damaged"]
        assert named[0] == "measurement 3" and named[1].startswith("analysis ") and len(named) == 2
        csv = server.get(f"/api/runs/{runs[0]}/export.csv").text
        assert csv.endswith(",,damaged,,,,,,,measurement 3\n") and {row.count(",") for row in csv.splitlines()} == {9}
        viewer.start()
        assert viewer.until_state("finished", "failed")[-1]["state"] == "finished"
        assert not any("Traceback" in line for line in server.lines)


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


IMPATIENT = """
import sys
from app import main
from app.runs import silence
from app.settings import Settings
from app.workers import local
silence.PATIENCE = 0.5
main.LocalExecutor = lambda *given: local.LocalExecutor(*given, stop_patience=0.5)
sys.exit(main.serve(Settings()))
"""


def test_a_training_process_that_is_stopped_is_told_and_its_run_can_be_ended() -> None:
    with running_server(program=IMPATIENT) as server, connect(server) as viewer:
        run = viewer.start(LONG)
        viewer.receive("frame")
        [worker] = server.workers()
        worker.send_signal(signal.SIGSTOP)
        told = viewer.until(lambda event: event["type"] == "notice" and event["active"])[-1]
        assert told["kind"] == f"silence {run}" and "Stop ends it" in told["message"]
        viewer.send("stop", run=run)
        events = viewer.until_state("stopped", "failed")
        ended = events[-1]
        assert ended["state"] == "stopped" and "took too long" in ended["reason"] and ended["by"]
        if not any(event["type"] == "notice" for event in events):  # it is told before or after
            events.append(viewer.receive("notice"))
        assert not any(event["active"] for event in events if event["type"] == "notice")
        viewer.start()
        assert viewer.until_state("finished", "failed")[-1]["state"] == "finished"
