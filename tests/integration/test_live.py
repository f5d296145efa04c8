"""One user and one real server: runs from start to end, coming back, and everything that may be sent."""

import contextlib
import random
import time
from typing import Any

import httpx
import numpy as np
import orjson
import pytest
from websockets.exceptions import ConnectionClosed

from app.contract.quantise import decode
from app.logs import EVERY
from app.rooms.outbox import MOST_FOLLOWED
from tests.patience import PATIENCE, wait_until
from tests.support import SMALL, Client, Server, connect, running_server

LONG = SMALL | {"steps": 200_000, "evaluate_every": 10_000}


def strict(text: str | bytes) -> Any:
    """JSON by the letter: orjson knows neither NaN nor Infinity."""
    return orjson.loads(text)


def test_a_run_goes_to_its_end_with_all_events_in_order(viewer: Client) -> None:
    run = viewer.start()
    events = viewer.until_state("finished", "failed")
    assert events[0]["type"] == "snapshot" and events[0]["experiment"]["depths"] == [4, 8]
    seqs = [event["seq"] for event in events]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    assert {event["run"] for event in events} == {run} and len({event["epoch"] for event in events}) == 1
    states = [event["state"] for event in events if event["type"] == "state"]
    assert states == ["running", "finished"]
    evaluations = [event for event in events if event["type"] == "evaluation"]
    assert [event["step"] for event in evaluations] == [0, 5, 10, 20, 40]
    frames = [event for event in events if event["type"] == "frame"]
    assert frames[0]["step"] == 0 and frames[-1]["step"] == 40
    assert len(decode(frames[0]["weight_gradients"])) == 24 and all(len(band) == 4 for band in frames[0]["loss"])


def test_orders_are_obeyed(viewer: Client) -> None:
    run = viewer.start(LONG, paused=True)
    viewer.until_state("paused")
    viewer.send("step", run=run)
    assert viewer.receive("frame")["step"] == 1
    viewer.send("set_learning_rate", run=run, learning_rate=0.5, arm=1)
    assert viewer.receive("learning_rate")["learning_rate"] == 0.5
    viewer.send("resume", run=run)
    viewer.until_state("running")
    viewer.send("pause", run=run)
    viewer.until_state("paused")
    viewer.send("stop", run=run)
    assert viewer.until_state("stopped", "failed")[-1]["state"] == "stopped"
    viewer.send("stop", run=run, request="again")
    error = viewer.receive("error")
    assert (error["code"], error["request"]) == ("illegal_move", "again")


def test_what_cannot_be_done_is_refused_and_nothing_else_is_said(server: Server, viewer: Client) -> None:
    run = viewer.start(LONG, paused=True)
    viewer.until_state("paused")
    viewer.send("set_learning_rate", run=run, learning_rate=0.5, arm=2, request="no such arm")
    error = viewer.receive("error")
    assert (error["field"], error["request"]) == ("arm", "no such arm") and "limit of 1" in error["message"]
    viewer.send("stop", run=run)
    told = viewer.until_state("stopped")
    assert not any(event["type"] == "learning_rate" for event in told)

    runs = [viewer.start(SMALL | {"steps": 1}) for _ in range(MOST_FOLLOWED - 1)]
    viewer.send("start", experiment=SMALL, request="one more")
    answers = viewer.until(lambda event: event["type"] == "error")
    assert answers[-1]["request"] == "one more" and not any(event["type"] == "started" for event in answers)
    wait_until(lambda: server.get("/api/runs").json()["runs"][0]["id"] == runs[-1])


def test_an_experiment_that_would_take_too_long_is_refused_before_it_starts() -> None:
    long = SMALL | {"depths": [32, 64], "width": 64, "steps": 200_000}
    with running_server(longest_run_h=0.01) as server, connect(server) as viewer:
        viewer.send("start", experiment=long, request="long")
        error = viewer.receive("error")
        assert (error["field"], error["request"]) == ("steps", "long") and "a run may take 0.01" in error["message"]
        answer = httpx.post(f"{server.url}/api/experiments/check", json=long, timeout=PATIENCE)
        assert answer.status_code == 422 and answer.json()["message"] == error["message"]
        assert server.get("/api/runs").json()["runs"] == []
        steps = int(error["message"].partition("; about ")[2].partition(" steps")[0].replace(",", ""))
        run = viewer.start(long | {"steps": steps}, paused=True)
        viewer.send("stop", run=run)
        viewer.until_state("stopped")


def test_who_did_it_is_told_to_both_who_follow_a_run(server: Server, viewer: Client) -> None:
    run = viewer.start(LONG)
    with connect(server) as other:
        assert other.welcome["viewer"] != viewer.welcome["viewer"]
        other.send("subscribe", run=run)
        for one in (viewer, other):
            assert one.receive("viewers")["count"] == 2
        other.send("set_learning_rate", run=run, learning_rate=0.5)
        viewer.send("pause", run=run)
        for one in (viewer, other):
            told = one.until_state("paused")
            rates = [event for event in told if event["type"] == "learning_rate"]
            assert [event["by"] for event in rates] == [other.welcome["viewer"]]
            assert told[-1]["by"] == viewer.welcome["viewer"]
        other.send("stop", run=run)
        for one in (viewer, other):
            assert one.until_state("stopped")[-1]["by"] == other.welcome["viewer"]
    assert viewer.receive("viewers")["count"] == 1
    history = server.get(f"/api/runs/{run}").json()["history"]
    assert [event["by"] for event in history if event.get("state") == "starting"] == [None]


def test_a_viewer_that_lost_the_line_misses_nothing(server: Server) -> None:
    with connect(server) as first:
        run = first.start(LONG)
        events = first.until(lambda event: event["type"] == "frame")
    position = {"epoch": events[-1]["epoch"], "seq": events[-1]["seq"]}
    with connect(server) as second:
        assert second.welcome["active"] == run
        second.send("subscribe", run=run, **position)
        more = second.until(lambda event: event["type"] == "frame" and event["seq"] > position["seq"] + 3)
        assert [event["seq"] for event in more] == [position["seq"] + 1 + i for i in range(len(more))]
        second.send("stop", run=run)
        second.until_state("stopped")


def test_a_page_that_is_reloaded_gets_the_whole_run_and_then_its_events(server: Server) -> None:
    with connect(server) as first:
        run = first.start(LONG)
        first.until(lambda event: event["type"] == "frame")
    with connect(server) as second:
        second.send("subscribe", run=run)
        snapshot = second.next()
        assert snapshot["type"] == "snapshot" and snapshot["state"] == "running"
        assert {"frame", "evaluation", "state"} <= {event["type"] for event in snapshot["history"]}
        assert snapshot["provenance"]["checksums"]
        assert second.next()["seq"] == snapshot["seq"] + 1
        second.send("stop", run=run)
        second.until_state("stopped")


def test_a_network_that_diverges_is_told_and_the_others_go_on(server: Server, viewer: Client) -> None:
    arms = [{"connection": "plain", "learning_rate": 1e9, "normalisation": "none"}, {"connection": "residual"}]
    run = viewer.start(SMALL | {"arms": arms, "steps": 60})
    texts: list[str] = []
    while not texts or strict(texts[-1]).get("state") not in ("finished", "failed"):
        texts.append(str(viewer.socket.recv(PATIENCE)))
    events = [strict(text) for text in texts]
    assert events[-1]["state"] == "finished"
    lost = {cell for event in events if event["type"] == "diverged" for cell in event["cells"]}
    assert lost and lost <= {0, 1}
    last = [event for event in events if event["type"] == "frame"][-1]
    for cell in range(4):
        assert (last["loss"][0][cell] is None) == (cell in lost)
    assert np.isfinite(decode(last["weight_gradients"])[-12:]).all()
    evaluation = [event for event in events if event["type"] == "evaluation"][-1]
    assert evaluation["test_accuracy"][0][2] is not None
    assert strict(server.get(f"/api/runs/{run}").content)["state"] == "finished"
    for line in server.get(f"/api/runs/{run}/export.jsonl").iter_lines():
        strict(line)


def bad_messages(count: int) -> list[str | bytes]:
    """Frames that are no commands: each kind that was thought of, then mutations of good ones."""
    chance = random.Random(7)
    good = orjson.dumps({"type": "start", "experiment": SMALL, "request": "x"})
    messages: list[str | bytes] = [
        "", "{", "[]", "null", "5", '"x"', "[" * 60_000, "9" * 5000, '{"a":' * 9_000, "\x00", "{}", '{"type":5}',
        '{"type":"no such"}', '{"type":"start"}', '{"type":"start","experiment":5}', '{"type":"stop"}', b"",
        b"\xff\x00",
        '{"type":"stop","run":"' + "x" * 60_000 + '"}', '{"type":"step","run":"../../etc/passwd"}',
        '{"type":"start","experiment":{"depths":[' + "9" * 5000 + "]}}", '{"type":"ping","request":' + "9" * 5000 + "}",
        '{"type":"start","experiment":{"seed":NaN}}', '{"type":"subscribe","run":"r1","epoch":-1,"seq":1e99}',
        '{"type":["start"]}', '{"type":{"a":1}}', '{"type":null,"request":"\\ud83d\\ude00"}',
    ]  # fmt: skip
    while len(messages) < count:
        data = bytearray(good)
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(32, 127)
        del data[chance.randrange(len(data)) :]
        messages.append(data.decode() if chance.random() < 0.8 else bytes(data))
    return messages


def test_thousands_of_bad_messages_each_get_an_error_and_a_run_works_after_them(server: Server) -> None:
    messages = bad_messages(3000)
    began, before = time.monotonic(), len(server.lines)
    for start in range(0, len(messages), 38):  # as many as one line may send at once, and a ping
        with connect(server) as client:
            batch = messages[start : start + 38]
            for message in batch:
                client.socket.send(message)
            client.send("ping", request="alive")
            answers = client.until(lambda event: event["type"] == "pong")
            assert [event["type"] for event in answers] == ["error"] * len(batch) + ["pong"]
            assert all(event["message"] and len(event["message"]) < 500 for event in answers[:-1])
    with connect(server) as client:
        client.start()
        assert client.until_state("finished", "failed")[-1]["state"] == "finished"
    most = 1 + (time.monotonic() - began) / EVERY
    assert 0 < sum("viewer v" in line for line in server.lines[before:]) <= most
    assert not any("Traceback" in line for line in server.lines)


def test_an_error_names_the_request_and_the_field(viewer: Client) -> None:
    viewer.send("start", experiment={"depths": [4096]}, request="r7")
    error = viewer.receive("error")
    assert error["request"] == "r7" and error["field"] == "depths" and error["code"] == "refused"
    assert error["message"] == "depths: depth 4096 is over the limit of 1024"


def test_an_oversize_message_closes_the_line_and_nothing_else(server: Server) -> None:
    with connect(server) as client:
        client.socket.send("x" * 70_000)
        with pytest.raises(ConnectionClosed) as closed:
            client.receive("pong")
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009
    with connect(server) as client:
        client.send("ping")
        client.receive("pong")


def test_a_flood_of_messages_is_closed_with_its_code(server: Server) -> None:
    with connect(server) as client:
        with contextlib.suppress(ConnectionClosed):  # the line may close during the flood, or be seen closed after it
            # as many as the buffers on the way hold: who is still sending when the line is cut does not read why
            for _ in range(500):
                client.send("ping")
        with pytest.raises(ConnectionClosed) as closed:
            client.until(lambda event: False)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4429
    with connect(server) as client:
        client.send("ping")
        client.receive("pong")


def test_a_run_begins_on_a_process_that_is_warm(server: Server, viewer: Client) -> None:
    wait_until(server.is_warm)
    workers = server.workers()
    viewer.start({"seeds": 1, "depths": [4, 8], "steps": 50})
    assert viewer.receive("frame")["step"] == 0
    assert server.workers() == workers
    viewer.until_state("finished")


def test_exports_hold_the_run(server: Server, viewer: Client) -> None:
    run = viewer.start()
    viewer.until_state("finished")
    csv = server.get(f"/api/runs/{run}/export.csv")
    assert csv.headers["content-disposition"] == f'attachment; filename="skipscope-{run}.csv"'
    assert csv.text.count("\n") > 100
    lines = [strict(line) for line in server.get(f"/api/runs/{run}/export.jsonl").iter_lines()]
    assert lines[0]["state"] == "finished" and lines[-1]["kind"] == "ended"
    assert [entry["id"] for entry in server.get("/api/runs").json()["runs"]].count(run) == 1


def test_an_experiment_that_this_machine_has_no_memory_for_is_refused_before_it_starts(
    server: Server, viewer: Client
) -> None:
    greedy = {
        "family": "conv6n2", "width": 256, "depths": [122], "seeds": 10, "batch_size": 2,
        "arms": [{"connection": "wide", "widen": 8}],
    }  # fmt: skip
    viewer.send("start", experiment=greedy, request="greedy")
    answer = viewer.until(lambda event: event["type"] in ("started", "error"))[-1]
    assert answer["type"] == "error" and answer["field"] == "width" and "GB of memory" in answer["message"]
    check = httpx.post(server.url + "/api/experiments/check", json=greedy, timeout=PATIENCE)
    assert check.status_code == 422 and check.json()["message"] == answer["message"]
