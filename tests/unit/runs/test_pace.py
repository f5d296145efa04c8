"""The pace of sending, on a loop whose clock is moved by sending and by timers alone."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from app.contract.events import Diverged
from app.ids import RunId
from app.runs.pace import LONGEST, SHARE, Pace
from app.runs.stream import Stream


class Jump(selectors.DefaultSelector):
    """Waits for nothing: the clock of the loop is put forward instead."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += timeout or 0.0
        return super().select(0)


class Loop(asyncio.SelectorEventLoop):
    """Time passes when the processor works, and jumps to the next timer when nothing else is to be done."""

    def __init__(self) -> None:
        self.clock = Jump()
        super().__init__(self.clock)

    def time(self) -> float:
        return self.clock.now

    async def passes(self, seconds: float) -> None:
        """So much time passes."""
        done = self.create_future()
        self.call_later(seconds, done.set_result, None)
        await done


class Hall:
    """An audience: sending to it takes ``cost`` seconds of the processor, in a task of its own as a viewer's."""

    def __init__(self, loop: Loop, pace: Pace, cost: float) -> None:
        self.loop, self.pace, self.cost = loop, pace, cost
        self.woken: list[float] = []
        self.work = 0.0

    def wake(self) -> None:
        self.woken.append(self.loop.time())
        self.loop.call_soon(self._send)

    def _send(self) -> None:
        self.work += self.cost
        self.loop.clock.now += self.cost

    async def events(self, count: int, every: float) -> None:
        """So many events come, one each so many seconds."""
        for _ in range(count):
            self.pace.call(self.wake)
            await self.loop.passes(every)


def run(test: Callable[[Loop], Coroutine[Any, Any, None]]) -> None:
    with asyncio.Runner(loop_factory=Loop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, Loop)
        runner.run(test(loop))


def hall(loop: Loop, cost: float) -> Hall:
    return Hall(loop, Pace(loop.time), cost)


def test_a_small_audience_is_told_of_each_event_as_it_comes() -> None:
    async def test(loop: Loop) -> None:
        few = hall(loop, 0.0005)
        await few.events(100, 0.05)
        assert len(few.woken) == 100 and few.pace.interval == 0

    run(test)


@pytest.mark.parametrize("cost", [0.03, 0.08, 0.15])
def test_a_large_audience_is_told_less_often_so_that_sending_keeps_to_its_share(cost: float) -> None:
    async def test(loop: Loop) -> None:
        many = hall(loop, cost)
        await many.events(400, 0.05)
        began, work = loop.time(), many.work
        await many.events(400, 0.05)
        assert (many.work - work) / (loop.time() - began) <= SHARE * 1.05
        assert many.pace.interval == pytest.approx(cost / SHARE, rel=0.01)
        assert many.work - cost <= many.pace.seconds + 1e-9 <= many.work + 1e-6  # the last one may be under way

    run(test)


def test_an_audience_of_any_size_is_told_twice_a_second() -> None:
    async def test(loop: Loop) -> None:
        many = hall(loop, 0.4)
        await many.events(200, 0.05)
        last = [after - before for before, after in zip(many.woken[-10:], many.woken[-9:], strict=False)]
        assert max(last) <= LONGEST + 0.05 and many.pace.interval == LONGEST

    run(test)


def test_one_sending_that_is_interrupted_does_not_hold_up_the_next() -> None:
    async def test(loop: Loop) -> None:
        few = hall(loop, 0.0005)
        await few.events(20, 0.05)
        few.cost = 3.0
        await few.events(1, 0.05)
        few.cost = 0.0005
        before = len(few.woken)
        await few.events(20, 0.05)
        assert len(few.woken) == before + 20 and few.pace.interval == 0

    run(test)


def test_when_the_audience_has_gone_events_come_at_once_again() -> None:
    async def test(loop: Loop) -> None:
        many = hall(loop, 0.4)
        await many.events(100, 0.05)
        many.cost = 0.0001
        began = loop.time()
        while many.pace.interval:
            await many.events(1, 0.05)
        assert loop.time() - began < 10
        before = len(many.woken)
        await many.events(20, 0.05)
        assert len(many.woken) == before + 20

    run(test)


def test_what_came_while_others_were_told_is_told_next_and_once() -> None:
    async def test(loop: Loop) -> None:
        many = hall(loop, 0.1)
        await many.events(1, 10)
        for _ in range(3):
            many.pace.call(many.wake)
        await loop.passes(10)
        assert len(many.woken) == 2
        many.pace.call(many.wake)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        many.pace.call(many.wake)
        many.pace.call(many.wake)
        await loop.passes(10)
        assert len(many.woken) == 4

    run(test)


def test_the_last_event_of_a_run_is_told_though_nothing_comes_after_it() -> None:
    async def test(loop: Loop) -> None:
        many = hall(loop, 0.1)
        stream = Stream(RunId("r1"), pace=many.pace)
        places: list[int] = []

        def wake() -> None:
            places.append(stream.seq)
            many.wake()

        stream.listeners.add(wake)
        for step in range(50):
            stream.publish(Diverged(step, [0], [0]))
            await loop.passes(0.05)
        await loop.passes(10)
        assert places[-1] == 50 and len(places) < 40

    run(test)
