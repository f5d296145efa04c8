"""An audience with hostile viewers in its midst: the others are to notice nothing."""

import asyncio
import time

import numpy as np

from tests.load.attackers import NEVER_READING, attackers
from tests.load.audience import Audience
from tests.load.measure import Meter, Report, ages, watched
from tests.load.server import metrics, server_under_load, train_everywhere
from tests.load.viewers import MOST_MEMORY, MOST_SHARE, STAGES

#: viewers that flood; those that never read are as many as one attacker of the kind holds
FLOODERS = 10


async def mixed(seconds: float = 30, people: int = 500) -> list[Report]:
    """So many viewers alone, then with 50 among them that never read and 10 that flood."""
    report = Report(f"mixed: {people:,} viewers, among them {NEVER_READING} that never read and {FLOODERS} that flood")
    async with server_under_load(frame_rate=STAGES[0].rate) as server:
        [run, *_] = await train_everywhere(server)
        web, audience = Meter(server.process.pid), Audience(server.port, run)
        await audience.come(max(1, people - NEVER_READING - FLOODERS))
        found: dict[str, np.ndarray] = {}

        async def watch(name: str) -> None:
            audience.record.clear()
            web.start()
            await asyncio.sleep(seconds)
            found[name] = ages(audience.record)

        async with watched(web):
            await watch("alone")
            with attackers(server.port, "never_reading", *["flood"] * FLOODERS):
                await asyncio.sleep(2)
                began = time.monotonic()
                await watch("among them")
                share, took = web.share(), time.monotonic() - began
                counted = await metrics(server)
        for name, old in found.items():
            p50, p99 = np.percentile(old, [50, 99])
            report.add(f"age of a frame, median: {name}", p50, "ms")
            report.add(f"age of a frame, 99th percentile: {name}", p99, "ms", STAGES[0].age)
        report.add("frames a second to each of the others", len(found["among them"]) / took / len(audience.viewers))
        report.add("events that one of the others lacks", audience.missed, aim=0)
        report.add("events that came twice or out of order", sum(viewer.twice for viewer in audience.viewers), aim=0)
        report.add("their lines that were cut", audience.cut, aim=0)
        report.add("viewers at the end, hostile ones included", counted["skipscope_viewers"])
        report.add("memory of the web process, most", web.most, "MB", MOST_MEMORY)
        report.add("web process, share of a core", share, aim=MOST_SHARE)
    report.words.append(
        "Those that flood are cut after a second and come again; they share the machine, and give way (nice 10)."
    )
    return [report]
