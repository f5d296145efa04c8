"""The recorded runs that come with the program: they answer like any run, and nothing done here changes them."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.contract.presets import PRESETS
from app.contract.recordings import TRACE_PAIR
from app.paths import recorded_dir
from tests.patience import PATIENCE
from tests.support import SMALL, Client, Server, connect, running_server

#: their last weights do not travel: those of step 0 are drawn again from the seed
AT_THE_START = ("explode-backward", "explode-forward", "zero-last")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture
def viewer(server: Server) -> Iterator[Client]:
    with connect(server) as client:
        yield client


def ask(viewer: Client, name: str, question: dict[str, Any], step: int | None = None) -> dict[str, Any]:
    """The last word about a question to the recorded run of a preset."""
    viewer.send("analyse", run=f"recorded-{name}", question=question, step=step)

    def last(event: dict[str, Any]) -> bool:
        asked = event["type"] == "analysis" and event["question"]["kind"] == question["kind"]
        return event["type"] == "error" or (asked and event["state"] in ("finished", "failed"))

    event = viewer.until(last)[-1]
    assert event.get("state") == "finished", event
    return event


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_shows_what_a_past_run_measured(viewer: Client, name: str) -> None:
    viewer.send("subscribe", run=f"recorded-{name}")
    snapshot = viewer.receive("snapshot")
    experiment = PRESETS[name].experiment
    assert (snapshot["recorded"], snapshot["state"], snapshot["step"]) == (True, "finished", experiment.steps)
    assert snapshot["experiment"] == experiment.model_dump(mode="json")
    assert snapshot["provenance"]["recorded_at"] and snapshot["provenance"]["machine"]
    evaluated = [event["step"] for event in snapshot["history"] if event["type"] == "evaluation"]
    assert evaluated == list(experiment.evaluation_steps())
    frames = [event["step"] for event in snapshot["history"] if event["type"] == "frame"]
    assert set(evaluated) <= set(frames) and frames == sorted(frames)
    kept = [event["step"] for event in snapshot["history"] if event["type"] == "checkpoint"]
    assert kept == ([0] if name in AT_THE_START else [0, *PRESETS[name].kept, experiment.steps])


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_answers_what_a_lesion_does_and_how_fast_it_learned(viewer: Client, name: str) -> None:
    viewer.send("subscribe", run=f"recorded-{name}")
    experiment = PRESETS[name].experiment
    lesion = ask(viewer, name, {"kind": "lesion", "depth": experiment.depths[0], "blocks": [1]})
    assert lesion["step"] == (0 if name in AT_THE_START else experiment.steps)
    assert lesion["finding"]["arms"]
    speed = ask(viewer, name, {"kind": "convergence", "target": 0.37})
    assert len(speed["finding"]["cells"]) == len(experiment.arms) * len(experiment.depths)


def test_the_pair_of_the_traces_is_a_run_like_any_other_and_no_preset(server: Server, viewer: Client) -> None:
    viewer.send("subscribe", run="recorded-trace-pair")
    snapshot = viewer.receive("snapshot")
    experiment = TRACE_PAIR.experiment
    assert (snapshot["recorded"], snapshot["state"], snapshot["step"]) == (True, "finished", experiment.steps)
    assert snapshot["experiment"] == experiment.model_dump(mode="json")
    assert snapshot["provenance"]["training_examples"] == 60_000
    lesion = ask(viewer, "trace-pair", {"kind": "lesion", "depth": 20, "blocks": [2]})
    assert lesion["step"] == experiment.steps and "2,000 test examples" in lesion["finding"]["words"][-1]
    assert [one["name"] for one in server.get("/api/presets").json()["presets"]] == [*PRESETS]


def test_the_first_weights_are_there_too_drawn_again_from_the_seed(viewer: Client) -> None:
    viewer.send("subscribe", run="recorded-shallow")
    lesion = ask(viewer, "shallow", {"kind": "lesion", "depth": 4, "blocks": [1]}, step=100)
    assert lesion["step"] == 0


@pytest.mark.parametrize("name", ["nothing", "", "../recorded/spiral", "spiral/../shallow", "SPIRAL"])
def test_there_are_no_other_recorded_runs(viewer: Client, name: str) -> None:
    for command in ({"type": "subscribe"}, {"type": "analyse", "question": {"kind": "lesions", "depth": 8}}):
        viewer.send(**command, run=f"recorded-{name}")
        assert viewer.receive("error")["code"] == "unknown_run"


@pytest.mark.parametrize("command", ["pause", "resume", "step", "stop"])
def test_a_recorded_run_takes_no_orders(viewer: Client, command: str) -> None:
    viewer.send(command, run="recorded-spiral")
    assert viewer.receive("error")["code"] == "illegal_move"


def test_nothing_that_is_done_here_changes_them(tmp_path: Path) -> None:
    """Training, answers and the lack of room for checkpoints; and they are no rows of the user's own history."""
    before = _digests()
    with running_server(tmp_path, checkpoints_mib=0) as server, connect(server) as viewer:
        viewer.send("subscribe", run="recorded-spiral")
        first = viewer.receive("snapshot")
        viewer.send("unsubscribe", run="recorded-spiral")
        run = viewer.start(SMALL)
        viewer.until_state("finished")
        viewer.send("subscribe", run="recorded-spiral")
        ask(viewer, "spiral", {"kind": "lesions", "depth": 4})
        assert [one["id"] for one in server.get("/api/runs").json()["runs"]] == [run]
        viewer.send("subscribe", run="recorded-spiral")
        answered = viewer.receive("snapshot")["history"][-1]
        assert (answered["type"], answered["state"]) == ("analysis", "finished")
    with running_server(tmp_path) as server, connect(server) as viewer:
        viewer.send("subscribe", run="recorded-spiral")
        assert viewer.receive("snapshot") == first, "answers about recorded runs end with the server"
        assert [one["id"] for one in server.get("/api/runs").json()["runs"]] == [run]
    assert _digests() == before


def test_a_viewer_that_has_the_snapshot_of_the_page_is_sent_what_came_after(viewer: Client, server: Server) -> None:
    address = server.get("/").text.partition('"recorded":"/static')[2].partition('"')[0]
    snapshot = server.get(f"/static{address}").json()
    name = snapshot["run"].removeprefix("recorded-")
    viewer.send("subscribe", run=snapshot["run"], epoch=snapshot["epoch"], seq=snapshot["seq"])
    viewer.send("analyse", run=snapshot["run"], question={"kind": "lesion", "depth": 8, "blocks": [2]})
    events = viewer.until(lambda event: event["type"] == "analysis" and event["state"] in ("finished", "failed"))
    assert name == next(iter(PRESETS))
    assert {event["type"] for event in events} == {"analysis"} and events[-1]["state"] == "finished"


def test_how_long_a_preset_takes_is_told_in_advance_and_better_once_it_ran_here(tmp_path: Path) -> None:
    def told(server: Server) -> dict[str, Any]:
        asked = httpx.post(f"{server.url}/api/experiments/check", json=SMALL, timeout=PATIENCE).json()
        listed = {preset["name"]: preset for preset in server.get("/api/presets").json()["presets"]}
        return {"small": (asked["seconds"], asked["measured_here"]), "spiral": listed["spiral"]}

    with running_server(tmp_path) as server, connect(server) as viewer:
        before = told(server)
        assert before["small"][0] > 0 and not before["small"][1]
        assert before["spiral"]["seconds"] > 0 and not before["spiral"]["measured_here"]
        assert before["spiral"]["recorded"] == "recorded-spiral"
        run = viewer.start(SMALL)
        viewer.until_state("finished")
        lines = map(json.loads, server.get(f"/api/runs/{run}/export.jsonl").text.splitlines())
        (ended,) = (line for line in lines if line["kind"] == "ended")
        after = told(server)
    assert after["small"] == (pytest.approx(ended["seconds"] + ended["measuring_seconds"], rel=0.05), True)
    # a run of a moment does not tell how fast this machine is
    assert (after["spiral"]["seconds"], after["spiral"]["measured_here"]) == (before["spiral"]["seconds"], False)
    with running_server(tmp_path) as server:
        assert told(server) == after


def _digests() -> dict[str, str]:
    files = [path for path in recorded_dir().rglob("*") if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
