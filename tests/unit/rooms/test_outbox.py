"""The outbox of a viewer: what is left out, what never is, and when a viewer is given up."""

import asyncio
import time
from typing import Any

import orjson
import pytest

from app.contract import measurements as m
from app.contract.events import Position
from app.contract.experiment import Experiment
from app.errors import Refused
from app.ids import RunId
from app.rooms.outbox import MOST_ANSWER_BYTES, MOST_FOLLOWED, MOST_FRAMES_BEHIND, MOST_TOGETHER, Closed, Outbox
from app.rooms.tally import Tally
from app.runs import stream
from app.runs.run import Run
from app.runs.stream import RING
from tests import patience
from tests.fakes import measured
from tests.patience import until

EXPERIMENT = Experiment(depths=(4, 6), width=4, steps=800, evaluate_every=100)


class Viewer:
    """The other end of an outbox. It reads as long as ``open`` is set."""

    def __init__(self) -> None:
        self.outbox = Outbox()
        self.events: list[dict[str, Any]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.pump = asyncio.create_task(self.outbox.pump(self.send))

    async def send(self, texts: tuple[str, ...]) -> None:
        await self.open.wait()
        self.events += map(orjson.loads, texts)

    async def settle(self) -> None:
        for _ in range(3 * RING):
            await asyncio.sleep(0)

    def seqs(self) -> list[int]:
        return [event["seq"] for event in self.events]


def training(run_id: str = "r1") -> tuple[Run, list[m.Measurement]]:
    run = Run(RunId(run_id), EXPERIMENT, 0.0)
    run.move("starting")
    return run, measured(EXPERIMENT)


def test_a_viewer_that_keeps_up_gets_everything_after_one_snapshot() -> None:
    async def test() -> None:
        viewer = Viewer()
        run, measurements = training()
        viewer.outbox.follow(run)
        for measurement in measurements:
            run.apply(measurement)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        await viewer.settle()
        assert viewer.events[0]["type"] == "snapshot"
        assert viewer.seqs() == list(range(viewer.seqs()[0], run.stream.seq + 1))
        viewer.pump.cancel()

    asyncio.run(test())


def test_a_slow_viewer_misses_the_oldest_frames_and_nothing_else() -> None:
    async def test() -> None:
        viewer = Viewer()
        run, measurements = training()
        viewer.outbox.follow(run)
        await viewer.settle()
        viewer.open.clear()
        run.apply(measurements[0])
        await viewer.settle()  # what it is sent now, it does not take
        for measurement in measurements[1:200]:
            run.apply(measurement)
        await viewer.settle()
        viewer.open.set()
        await viewer.settle()
        entries = run.stream.since(1)
        assert entries is not None
        others = [entry.seq for entry in entries if not entry.frame]
        frames = [entry.seq for entry in entries if entry.frame]
        got = [event for event in viewer.events if event["type"] != "snapshot"]
        assert [event["seq"] for event in got if event["type"] != "frame"] == others
        got_frames = [event["seq"] for event in got if event["type"] == "frame"]
        assert got_frames[-MOST_FRAMES_BEHIND:] == frames[-MOST_FRAMES_BEHIND:]
        assert len(got_frames) <= MOST_FRAMES_BEHIND + 1
        assert viewer.seqs() == sorted(viewer.seqs())
        viewer.pump.cancel()

    asyncio.run(test())


def test_a_viewer_far_behind_gets_a_snapshot_never_a_part() -> None:
    async def test() -> None:
        viewer = Viewer()
        run, measurements = training()
        viewer.outbox.follow(run)
        await viewer.settle()
        viewer.open.clear()
        for measurement in measurements:
            run.apply(measurement)
        viewer.open.set()
        await viewer.settle()
        assert viewer.events[-1]["type"] == "snapshot"
        assert viewer.events[-1]["state"] == "finished"
        assert viewer.seqs()[-1] == run.stream.seq > RING
        viewer.pump.cancel()

    asyncio.run(test())


@pytest.mark.parametrize("missed", [0, 1, 100, RING])
def test_a_returning_viewer_gets_every_event_that_it_missed(missed: int) -> None:
    async def test() -> None:
        viewer = Viewer()
        run, measurements = training()
        for measurement in measurements:
            run.apply(measurement)
        place = run.stream.seq - missed
        viewer.outbox.follow(run, Position(run.stream.epoch, place))
        await viewer.settle()
        assert viewer.seqs() == list(range(place + 1, run.stream.seq + 1))
        viewer.pump.cancel()

    asyncio.run(test())


@pytest.mark.parametrize(("away", "seq"), [(0, 0), (0, 10**9), (1, 1), (1, 10**9)])
def test_a_place_that_is_not_there_gets_one_snapshot(away: int, seq: int) -> None:
    async def test() -> None:
        viewer = Viewer()
        run, measurements = training()
        for measurement in measurements:
            run.apply(measurement)
        viewer.outbox.follow(run, Position(run.stream.epoch + away, seq))
        await viewer.settle()
        assert [event["type"] for event in viewer.events] == ["snapshot"]
        viewer.pump.cancel()

    asyncio.run(test())


def test_who_unfollows_hears_no_more_and_is_not_held() -> None:
    async def test() -> None:
        viewer = Viewer()
        run, measurements = training()
        viewer.outbox.follow(run)
        await viewer.settle()
        viewer.outbox.unfollow(run.id)
        run.apply(measurements[0])
        await viewer.settle()
        assert len(viewer.events) == 1 and not run.stream.listeners
        viewer.outbox.follow(run)
        viewer.outbox.leave()
        assert not run.stream.listeners
        viewer.pump.cancel()

    asyncio.run(test())


def test_a_viewer_that_lets_answers_pile_up_is_given_up() -> None:
    async def test() -> None:
        viewer = Viewer()
        await viewer.settle()
        viewer.open.clear()
        for _ in range(MOST_ANSWER_BYTES // 1000 + 2):
            viewer.outbox.answer('"' + "x" * 998 + '"')
        viewer.open.set()
        with pytest.raises(Closed) as closed:
            await viewer.pump
        assert closed.value.code == 4408

    asyncio.run(test())


def test_following_too_many_runs_is_refused_by_number() -> None:
    async def test() -> None:
        outbox = Outbox()
        for number in range(MOST_FOLLOWED):
            outbox.follow(training(f"r{number}")[0])
        outbox.follow(training("r0")[0])
        with pytest.raises(Refused, match=f"{MOST_FOLLOWED} runs is the limit"):
            outbox.follow(training("one more")[0])

    asyncio.run(test())


def test_those_who_follow_a_run_are_told_how_many_they_are_and_one_alone_is_told_nothing() -> None:
    async def test() -> None:
        run, _ = training()
        one, other = Viewer(), Viewer()

        def counts(viewer: Viewer) -> list[int]:
            return [event["count"] for event in viewer.events if event["type"] == "viewers"]

        one.outbox.follow(run)
        await until(lambda: one.events)
        other.outbox.follow(run)
        await until(lambda: counts(one) and counts(other))
        other.outbox.leave()
        await until(lambda: len(counts(one)) == 2)
        assert (counts(one), counts(other)) == ([2, 1], [2])
        assert all("seq" not in event and event["run"] == run.id for event in one.events[1:])
        for viewer in (one, other):
            viewer.pump.cancel()

    patience.run(test)


def test_one_who_comes_when_all_others_have_gone_is_alone_and_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "COUNT_AFTER", 0)

    async def test() -> None:
        run, _ = training()
        first, second = Viewer(), Viewer()
        first.outbox.follow(run)
        await first.settle()
        first.outbox.leave()
        await first.settle()
        second.outbox.follow(run)
        await second.settle()
        assert [event["type"] for event in second.events] == ["snapshot"]
        for viewer in (first, second):
            viewer.pump.cancel()

    patience.run(test)


def test_viewers_at_the_same_place_are_sent_equal_pieces_of_a_bounded_size() -> None:
    async def test() -> None:
        run, measurements = training()
        for measurement in measurements:
            run.apply(measurement)
        pieces: list[list[tuple[str, ...]]] = [[], []]
        pumps = []
        for own in pieces:

            async def send(texts: tuple[str, ...], own: list[tuple[str, ...]] = own) -> None:
                own.append(texts)

            outbox = Outbox()
            outbox.follow(run, Position(run.stream.epoch, run.stream.seq - RING))
            pumps.append(asyncio.create_task(outbox.pump(send)))
        for _ in range(3 * RING):
            await asyncio.sleep(0)
        assert pieces[0] == pieces[1]
        sizes = [sum(map(len, piece)) for piece in pieces[0]]
        assert sum(map(len, pieces[0])) == RING and 1 < len(sizes) < RING / 10 and max(sizes) <= MOST_TOGETHER
        for pump in pumps:
            pump.cancel()

    asyncio.run(test())


def test_what_comes_before_a_viewer_is_woken_is_no_reason_to_leave_anything_out() -> None:
    async def test() -> None:
        viewer = Viewer()
        run, measurements = training()
        viewer.outbox.follow(run)
        await viewer.settle()
        place = run.stream.seq
        for measurement in measurements[: 5 * MOST_FRAMES_BEHIND]:  # all before its next turn
            run.apply(measurement)
        await viewer.settle()
        assert viewer.seqs()[1:] == list(range(place + 1, run.stream.seq + 1))
        viewer.pump.cancel()

    asyncio.run(test())


def test_what_is_sent_and_what_is_left_out_is_counted() -> None:
    async def test() -> None:
        tally = Tally(lambda: time.monotonic() + 0.2)
        run, measurements = training()
        outbox = Outbox(tally)
        outbox.follow(run, Position(run.stream.epoch, run.stream.seq))
        sent: list[str] = []
        takes = asyncio.Event()

        async def send(texts: tuple[str, ...]) -> None:
            sent.extend(texts)
            await takes.wait()

        pump = asyncio.create_task(outbox.pump(send))
        run.apply(measurements[0])
        await until(lambda: sent)
        for measurement in measurements[1 : 3 * MOST_FRAMES_BEHIND]:
            run.apply(measurement)
        made = [entry.frame for entry in run.stream.since(1) or ()]
        takes.set()
        await until(lambda: orjson.loads(sent[-1])["seq"] == run.stream.seq)
        pump.cancel()
        assert tally.frames == MOST_FRAMES_BEHIND and tally.superseded == sum(made) - MOST_FRAMES_BEHIND
        assert sum(tally.latencies) == len(sent) == len(made) - tally.superseded
        assert tally.latency_sum >= 0.2 * len(sent)

    asyncio.run(test())
