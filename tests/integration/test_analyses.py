"""Questions put to real weights: while a run trains, after it, after a restart, and from the command line."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.patience import COMMAND_PATIENCE
from tests.support import SMALL, Client, Server, connect, running_server, training_processes

LONG = SMALL | {"steps": 200_000, "evaluate_every": 10_000}
LESIONS = {"kind": "lesions", "depth": 8}
SLOW = {"kind": "landscape", "depth": 8, "side": 101}


def answer(viewer: Client, *states: str) -> dict[str, Any]:
    """The next ``analysis`` event in one of the states."""
    return viewer.until(lambda event: event["type"] == "analysis" and event["state"] in states)[-1]


def analysing(server: Server) -> list[psutil.Process]:
    found = training_processes(psutil.Process(server.process.pid))
    return [process for process in found if process.name() == "skip-analysis"]


def test_training_goes_on_while_a_question_is_answered(viewer: Client) -> None:
    def seen(events: list[dict[str, Any]]) -> bool:
        """Whether the question has shown twice what it has so far, and the run three more steps."""
        strides = [event["finding"]["stride"] for event in events if event["type"] == "analysis" and event["finding"]]
        return len(set(strides)) > 1 and sum(event["type"] == "frame" for event in events) > 3

    run = viewer.start(LONG)
    viewer.until(lambda event: event["type"] == "frame" and event["step"] > 0)  # the first comes before the first step
    viewer.send("analyse", run=run, question=SLOW)
    name = answer(viewer, "running")["analysis"]
    during: list[dict[str, Any]] = []
    while not seen(during):
        during.append(viewer.next())
        assert during[-1].get("state") != "finished", "the question was too small to see it beside training"
    frames = [event["step"] for event in during if event["type"] == "frame"]
    assert frames == sorted(set(frames))
    assert all(0 < event["progress"] < 1 for event in during if event["type"] == "analysis" and event["finding"])
    viewer.send("cancel_analysis", run=run, analysis=name)
    answer(viewer, "cancelled")

    viewer.send("analyse", run=run, question=SLOW | {"side": 15})
    told = [answer(viewer, "running")]
    while told[-1]["state"] == "running":
        told.append(viewer.receive("analysis"))
    assert told[-1]["state"] == "finished"
    assert [event["progress"] for event in told] == sorted(event["progress"] for event in told)
    strides = [event["finding"]["stride"] for event in told if event["finding"]]
    assert strides == sorted(strides, reverse=True) and strides[0] > 1 and strides[-1] == 1, "from coarse to fine"
    assert told[-1]["step"] > 0 and told[-1]["finding"]["words"]
    viewer.receive("frame")
    viewer.send("stop", run=run)
    viewer.until_state("stopped")


def test_a_question_is_cancelled_and_the_next_one_answered(viewer: Client) -> None:
    run = viewer.start()
    viewer.until_state("finished")
    viewer.send("analyse", run=run, question=SLOW)
    name = answer(viewer, "running")["analysis"]
    viewer.send("cancel_analysis", run=run, analysis=name)
    assert answer(viewer, "cancelled", "finished")["state"] == "cancelled"
    viewer.send("analyse", run=run, question=LESIONS)
    assert [len(arm["at"]) for arm in answer(viewer, "finished", "failed")["finding"]["arms"]] == [3, 3]


@pytest.mark.parametrize(
    ("experiment", "question", "words"),
    [
        (SMALL, {"kind": "lesions", "depth": 6}, "no networks at 6"),
        (SMALL, {"kind": "lesion", "depth": 8, "blocks": [9]}, "blocks"),
        (SMALL | {"learning_rate": 1e9}, LESIONS, "diverged"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_the_reason(
    viewer: Client, experiment: dict[str, Any], question: dict[str, Any], words: str
) -> None:
    run = viewer.start(experiment)
    viewer.until_state("finished")
    viewer.send("analyse", run=run, question=question)
    told = answer(viewer, "failed", "finished")
    assert told["state"] == "failed" and words in told["reason"]


def test_viewers_who_ask_the_same_about_evaluations_get_one_answer_and_later_ones_its_successor(
    server: Server, viewer: Client
) -> None:
    question = {"kind": "convergence", "target": 0.3}
    run = viewer.start(LONG | {"evaluate_every": 5}, paused=True)
    viewer.until(lambda event: event["type"] == "evaluation" and event["step"] == 0)
    with connect(server) as other:
        other.send("subscribe", run=run)
        other.receive("snapshot")
        for one in (viewer, other, viewer, other):
            one.send("analyse", run=run, question=question)
        first = answer(viewer, "finished", "failed")
        assert answer(other, "finished", "failed") == first
        assert (first["state"], first["step"]) == ("finished", 0)
        viewer.send("resume", run=run)
        last = viewer.until(lambda event: event["type"] == "evaluation" and event["step"] > 0)[-1]
        assert not any(event["type"] == "analysis" for event in other.until(lambda event: event == last))
        other.send("analyse", run=run, question=question)
        second = answer(viewer, "finished", "failed")
    assert second["analysis"] == first["analysis"] and second["step"] >= last["step"]
    viewer.send("stop", run=run)
    viewer.until_state("stopped")
    with connect(server) as late:
        late.send("subscribe", run=run)
        history = late.receive("snapshot")["history"]
    assert [event["seq"] for event in history if event["type"] == "analysis"] == [second["seq"]]


def test_an_analysis_survives_a_restart_and_so_do_the_weights(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, connect(server) as viewer:
        run = viewer.start()
        viewer.until_state("finished")
        viewer.send("analyse", run=run, question=LESIONS)
        before = answer(viewer, "finished")
    with running_server(tmp_path) as server, connect(server) as viewer:
        viewer.send("subscribe", run=run)
        history = viewer.receive("snapshot")["history"]
        assert [event["finding"] for event in history if event["type"] == "analysis"] == [before["finding"]]
        assert [event["step"] for event in history if event["type"] == "checkpoint"] == [0, 5, 10, 20, 40]
        viewer.send("analyse", run=run, question=LESIONS, step=12)
        assert answer(viewer, "finished")["step"] == 10
        exported = server.get(f"/api/runs/{run}/export.jsonl").text.splitlines()
    kinds = [json.loads(line)["kind"] for line in exported]
    assert kinds[-2:] == ["analysis", "analysis"]
    done = subprocess.run(
        [sys.executable, "-m", "app", "analyse", "last", "lesions", "--depth", "8", "--json", "--data-dir", tmp_path],
        capture_output=True,
        text=True,
        timeout=COMMAND_PATIENCE,
        check=True,
    )
    assert json.loads(done.stdout)["finding"] == before["finding"], "the command line finds the same"


def test_a_killed_analysis_is_told_and_the_next_one_gets_a_new_process(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, connect(server) as viewer:
        run = viewer.start(LONG)
        viewer.receive("frame")
        viewer.send("analyse", run=run, question=SLOW)
        viewer.until(lambda event: event["type"] == "analysis" and event["progress"] > 0)
        [process] = analysing(server)
        process.kill()
        told = answer(viewer, "failed", "finished")
        assert told["state"] == "failed" and "ended (signal 9)" in told["reason"]
        viewer.send("analyse", run=run, question=LESIONS)
        assert answer(viewer, "finished", "failed")["state"] == "finished"
        viewer.receive("frame")


def test_the_command_line_tells_in_words_and_refuses_by_name() -> None:
    def skipscope(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "app", "analyse", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_PATIENCE, check=False)

    done = skipscope("shallow", "lesions", "--depth", "10")
    assert done.returncode == 0 and "residual-10" in done.stdout and "median accuracy" in done.stdout
    untrained = skipscope("thousand", "lesions", "--depth", "12")  # refused at once: that preset trains for minutes
    assert untrained.returncode == 2 and "has no networks at 12" in untrained.stderr
    refused = skipscope("shallow", "nothing")
    assert refused.returncode == 2 and "'nothing' is not one of lesion" in refused.stderr
    unknown = skipscope("r0000000000", "lesions")
    assert unknown.returncode == 1 and "no run has the id" in unknown.stderr
