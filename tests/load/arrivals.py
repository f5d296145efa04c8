"""A hall that comes in at once, and one whose network fails and comes back."""

import asyncio
import time

import numpy as np

from tests.load.audience import Audience
from tests.load.measure import Meter, Report, watched
from tests.load.server import server_under_load, train_everywhere
from tests.load.viewers import MOST_MEMORY

#: seconds in which all must have what they came for
ALL_BACK = 3


async def arrivals(people: int = 1000) -> list[Report]:
    """So many connect within one second; then all lines are cut and all come back at once."""
    report = Report(f"arrivals: {people:,} viewers at once")
    async with server_under_load(frame_rate=20) as server:
        [run, *_] = await train_everywhere(server)
        web, audience = Meter(server.process.pid), Audience(server.port, run)
        async with watched(web):
            web.start()
            waited = await come(audience, people)
            report.add("processor time of the server for each that came", 1000 * web.seconds() / people, "ms")
            report.add("connected and with a snapshot: the last", waited.max(), "s", ALL_BACK)
            report.add("connected and with a snapshot: half of them", float(np.median(waited)), "s")
            report.add("without a snapshot", sum(viewer.snapshots != 1 for viewer in audience.viewers), aim=0)
            await audience.drop()
            began = time.monotonic()
            web.start()
            await audience.come_back(people)
            report.add("processor time of the server for each that came back", 1000 * web.seconds() / people, "ms")
            back = np.array([(viewer.here or float("inf")) - began for viewer in audience.viewers])
            await asyncio.sleep(1)
        report.add("dropped and back with what they missed: the last", back.max(), "s", ALL_BACK)
        report.add("dropped and back with what they missed: half of them", float(np.median(back)), "s")
        report.add("events that one of them lacks", audience.missed, aim=0)
        report.add("events that came twice or out of order", sum(viewer.twice for viewer in audience.viewers), aim=0)
        report.add("lines that were cut", audience.cut, aim=0)
        report.add("memory of the web process, most", web.most, "MB", MOST_MEMORY)
    report.words.append(
        "The first: each connects at a moment of its own within one second, and is counted from then on."
    )
    return [report]


async def come(audience: Audience, people: int) -> np.ndarray:
    """So many come within one second; seconds that each waited from its first packet: float [people]."""
    waited: list[float] = []

    async def one(after: float) -> None:
        await asyncio.sleep(after)
        viewer, began = audience.new(), time.monotonic()
        await audience.connect(viewer)
        waited.append((viewer.here or float("inf")) - began)

    await asyncio.gather(*(one(number / people) for number in range(people)))
    return np.array(waited)
