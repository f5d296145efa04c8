"""What must hold under load, at a size that any machine can do: nothing lost, none twice, memory bounded, all stored.

How fast it is, and at what size, ``make load`` measures (``tests/load``).
"""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from tests import patience
from tests.load.attack import Seen, lost, one_life
from tests.load.attackers import KINDS, NEVER_READING, attackers
from tests.load.audience import Audience
from tests.load.measure import Meter, watched
from tests.load.server import metrics, server_under_load, train_everywhere
from tests.load.viewers import MOST_MEMORY, lost_and_superseded
from tests.patience import until
from tests.support import SMALL, Server, connect, running_server

#: every event is paced as for the largest audience, whatever sending costs here
PACED = """
import sys
from app.main import serve
from app.runs import pace
from app.settings import Settings
pace.SHARE = 1e-9
sys.exit(serve(Settings()))
"""

#: says when what the libraries have made is out of the collector's sight, and how much is left in it
TELLS_OF_OBJECTS = """
import gc, sys, threading
from app.main import serve
from app.settings import Settings

def tell():
    pause = threading.Event()
    while not gc.get_freeze_count():
        pause.wait(0.02)
    print("FROZEN", gc.get_freeze_count() > 10 * len(gc.get_objects()), flush=True)

threading.Thread(target=tell, daemon=True).start()
sys.exit(serve(Settings()))
"""


def with_audience(people: int, test: Callable[[Server, Audience, Meter], Awaitable[None]]) -> None:
    """Run a test on a server that trains and has so many viewers, and check what holds of any audience."""

    async def whole() -> None:
        async with server_under_load(frame_rate=20) as server:
            [run, *_] = await train_everywhere(server)
            audience, web = Audience(server.port, run), Meter(server.process.pid)
            await audience.come(people)
            async with watched(web):
                await test(server, audience, web)
            superseded = (await metrics(server))["skipscope_frames_superseded_total"]
            assert lost_and_superseded(audience.viewers, audience, superseded)[0] == 0
            assert sum(viewer.twice for viewer in audience.viewers) == 0
            assert audience.cut == 0
            assert web.most < MOST_MEMORY

    patience.run(whole)


async def frames(audience: Audience, count: int) -> None:
    """So many more frames come to all viewers."""
    place = max(audience.record.first) + count
    await until(lambda: all((viewer.last or 0) >= place for viewer in audience.viewers))


@pytest.mark.slow
def test_an_audience_loses_no_event_and_gets_none_twice() -> None:
    async def test(server: Server, audience: Audience, web: Meter) -> None:
        await frames(audience, 40)
        assert (await metrics(server))["skipscope_viewers"] == len(audience.viewers)

    with_audience(100, test)


@pytest.mark.slow
def test_a_hall_whose_network_fails_comes_back_to_what_it_missed() -> None:
    async def test(server: Server, audience: Audience, web: Meter) -> None:
        await frames(audience, 5)
        await audience.drop()
        await audience.come_back(at_once=len(audience.viewers))
        assert not any(viewer.lost for viewer in audience.viewers)
        await frames(audience, 5)

    with_audience(100, test)


@pytest.mark.slow
def test_an_audience_does_not_notice_those_in_it_who_flood_or_never_read() -> None:
    async def test(server: Server, audience: Audience, web: Meter) -> None:
        with attackers(server.port, "never_reading", "flood", "flood"):
            everybody = len(audience.viewers) + NEVER_READING
            while (await metrics(server))["skipscope_viewers"] < everybody:
                await frames(audience, 1)
            await frames(audience, 40)

    with_audience(20, test)


@pytest.mark.slow
def test_under_every_attack_a_killed_server_has_stored_what_it_has_shown(tmp_path: Path) -> None:
    async def siege(server: Server, seen: Seen) -> int:
        """Training processes die, and each time the next run is seen to train."""

        def trains(run: int) -> bool:
            return len(seen.frames) > run and len([*seen.frames.values()][run]) > 10

        for run in range(2):
            await until(partial(trains, run))
            server.workers()[0].kill()
        await until(partial(trains, 2))
        await until(lambda: len(seen.pings) > 5 and len(seen.health) > 5)
        return 2

    async def whole() -> None:
        seen, lives = Seen(), []
        for _ in range(2):
            lives.append(await one_life(tmp_path, siege, seen))
        assert all(life.whole and life.orphans == 0 and life.memory < MOST_MEMORY for life in lives)
        assert all(life.must_be_stored for life in lives)
        assert {kind for life in lives for kind in life.attacks} == set(KINDS)
        assert lost(tmp_path, [life.must_be_stored for life in lives]) == 0
        assert seen.lost == []

    patience.run(whole)


def test_the_collector_of_garbage_does_not_hold_up_the_server() -> None:
    with running_server(program=TELLS_OF_OBJECTS) as server:
        assert server.read_line("FROZEN").strip() == "FROZEN True"


def test_at_the_slowest_pace_every_event_comes_in_order_and_the_pace_is_told() -> None:
    with running_server(program=PACED, frame_rate=20) as server, connect(server) as viewer, connect(server) as other:
        run = viewer.start(SMALL)
        other.send("subscribe", run=run)
        for client in (viewer, other):
            events = [event for event in client.until_state("finished", "failed") if "seq" in event]
            seqs = [event["seq"] for event in events]
            assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
        assert server.get("/health").json()["sending"] == {"interval": 0.5}
        assert "skipscope_sending_interval_seconds 0.5" in server.get("/metrics").text
