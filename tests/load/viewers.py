"""Many viewers of a run that trains: how old frames are, whether any is lost, and what sending costs."""

import asyncio
import time
from dataclasses import dataclass

import numpy as np

from tests.load.audience import Audience, Viewer
from tests.load.measure import Meter, Report, ages, watched
from tests.load.server import metrics, server_under_load, train_everywhere

#: megabytes of the web process, and its share of one core
MOST_MEMORY, MOST_SHARE = 250, 0.5
#: the part of the training speed that an audience may cost
MOST_SLOWED = 0.10


@dataclass(frozen=True)
class Stage:
    """So many viewers at a frame rate, and how many milliseconds old a frame may be at the 99th percentile."""

    people: int
    rate: float
    age: float


STAGES = (Stage(500, 20, 150), Stage(2000, 4, 300))


def lost_and_superseded(viewers: list[Viewer], audience: Audience, superseded: float) -> tuple[int, int]:
    """Events that viewers miss and that the server has not left out as superseded frames; and those that it has."""
    missed = [seq for viewer in viewers for part in viewer.missed for seq in part]
    others = [seq for seq in missed if not audience.record.first.get(seq, (0, False, 0, 0))[1]]
    frames = len(missed) - len(others)
    return len(others) + max(0, frames - int(superseded)), frames


async def one_stage(stage: Stage, seconds: float, rounds: int) -> Report:
    """Watch for some seconds, then with and without the audience in turn."""
    report = Report(f"viewers: {stage.people:,} viewers at {stage.rate:g} frames a second, {seconds:g} s")
    async with server_under_load(frame_rate=stage.rate) as server:
        [run, *_] = await train_everywhere(server)
        lecturer, audience = Audience(server.port, run), Audience(server.port, run)
        await lecturer.come(1)
        web, own = Meter(server.process.pid), Meter()
        trainers = [Meter(process.pid) for process in server.workers()]
        await audience.come(stage.people)
        before = await metrics(server)
        async with watched(web, own):
            web.start()
            own.start()
            for meter in trainers:
                meter.start()
            audience.record.clear()
            began = time.monotonic()
            await asyncio.sleep(seconds)
            took, web_share, own_share = time.monotonic() - began, web.share(), own.share()
            trained = sum(meter.share() for meter in trainers)
            received = len(audience.record.numbers)
            old = ages(audience.record)
        after = await metrics(server)

        def risen(name: str) -> float:
            return after[name] - before[name]

        lost, superseded = lost_and_superseded(audience.viewers, audience, after["skipscope_frames_superseded_total"])
        report.add("events lost that were not superseded", lost, aim=0)
        report.add("frames superseded", superseded)
        report.add("events that came twice or out of order", sum(viewer.twice for viewer in audience.viewers), aim=0)
        report.add("frames a second to each viewer", received / took / stage.people)
        p50, p99, most = np.percentile(old, [50, 99, 100])
        report.add("age of a frame, median", p50, "ms")
        report.add("age of a frame, 99th percentile", p99, "ms", stage.age)
        report.add("age of a frame, oldest", most, "ms")
        latency = risen("skipscope_event_latency_seconds_sum") / risen("skipscope_event_latency_seconds_count")
        report.add("of it in the server, mean", latency * 1000, "ms")
        report.add("memory of the web process, most", web.most, "MB", MOST_MEMORY)
        report.add("web process, share of a core", web_share, aim=MOST_SHARE)
        report.add("of it for each frame to each viewer", 1e6 * web_share * took / max(1, received), "µs")
        report.add("sending, share of the time", risen("skipscope_sending_seconds_total") / took)
        report.add("interval between two sendings at the end", 1000 * after["skipscope_sending_interval_seconds"], "ms")
        report.add("training processes, share of a core", trained)
        report.add("this harness, share of a core", own_share)
        if rounds:
            await training_speed(report, lecturer, audience, rounds, seconds / 20)
        report.add("lines that were cut", audience.cut + lecturer.cut, aim=0)
    report.words.append(
        "Age: from the end of a frame's measurement in the training process to a viewer of this harness, over the "
        "fastest frame of the second around. Harness, server and training share the cores of this machine."
    )
    return report


async def training_speed(report: Report, lecturer: Audience, audience: Audience, rounds: int, seconds: float) -> None:
    """Steps a second in one run, in turn: with the audience, without, and with this harness alone at work.

    Reading costs the machine as well as sending. So in the third part the viewers of this harness take apart what the
    audience got without any line: less work than reading, so what the server's sending slows is at most what is left.
    """
    found: dict[str, list[float]] = {"with": [], "without": [], "harness": []}
    spent: dict[str, list[float]] = {"with": [], "without": [], "harness": []}
    own = Meter()

    async def measured(part: str) -> None:
        await asyncio.sleep(0.5)  # what was under way is over
        own.start()
        since = time.monotonic()
        await asyncio.sleep(seconds)
        found[part].append(lecturer.record.speed(since, time.monotonic()))
        spent[part].append(own.share())

    for _ in range(rounds):
        audience.follow(True)
        await measured("with")
        audience.follow(False)
        await measured("without")
        echo = asyncio.create_task(read_as_much(lecturer, audience))
        await measured("harness")
        echo.cancel()
    speed = {part: float(np.nanmedian(values)) for part, values in found.items()}
    report.add("training steps a second without the audience", speed["without"])
    report.add("the same with it", speed["with"])
    report.add("slowed by the audience, this harness included", 100 * (1 - speed["with"] / speed["without"]), "%")
    report.add("of it by taking events apart in this harness", 100 * (1 - speed["harness"] / speed["without"]), "%")
    rest = 1 - speed["with"] / speed["harness"]
    report.add("the rest: the server's sending, and reading", 100 * rest, "%", 100 * MOST_SLOWED)
    report.add("harness with the audience, share of a core", float(np.median(spent["with"])))
    report.add("harness without lines, share of a core", float(np.median(spent["harness"])))


async def read_as_much(lecturer: Audience, audience: Audience) -> None:
    """Work as much as reading for the audience is, without a server: each event that comes is read by all viewers."""
    text = b'{"v":1,"type":"frame","run":"r","epoch":1,"seq":%d,"step":1,"seconds":0.1,"rest":"' + b"x" * 1300 + b'"}'
    idle = Audience(audience.port, "none")
    readers = [Viewer(idle) for _ in audience.viewers]
    for reader in readers:
        reader._upgraded = True
    seen = len(lecturer.record.first)
    while True:
        await asyncio.sleep(0.005)
        while seen < len(lecturer.record.first):
            seen += 1
            body = text % seen
            data = b"\x81\x7e" + len(body).to_bytes(2, "big") + body
            for reader in readers:
                reader.data_received(data)
            idle.record.clear()
            await asyncio.sleep(0)


async def viewers(seconds: float = 60, people: int | None = None) -> list[Report]:
    """Both stages; ``people`` in place of the 500, and four times as many in place of the 2,000."""
    reports = []
    for number, stage in enumerate(STAGES):
        count = stage.people if people is None else people * (4 if number else 1)
        reports.append(await one_stage(Stage(count, stage.rate, stage.age), seconds, rounds=0 if number else 10))
    return reports
