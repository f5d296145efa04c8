"""What a scenario shows: processes measured while it runs, and a table of figures with their aims."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from tests.load.audience import Record

#: seconds on either side in which the fastest frame is looked for; training does not measure all of its own time
AROUND = 1.0


@dataclass
class Figure:
    """One figure. ``aim`` is the most that it may be; None: it is told, and nothing is asked of it."""

    name: str
    value: float
    unit: str = ""
    aim: float | None = None

    @property
    def reached(self) -> bool:
        return self.aim is None or self.value <= self.aim


@dataclass
class Report:
    """The figures of a scenario, and words about how they were taken."""

    title: str
    figures: list[Figure] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def add(self, name: str, value: float, unit: str = "", aim: float | None = None) -> None:
        self.figures.append(Figure(name, float(value), unit, aim))

    def __getitem__(self, name: str) -> float:
        return next(figure.value for figure in self.figures if figure.name == name)

    @property
    def reached(self) -> bool:
        return all(figure.reached for figure in self.figures)

    def show(self, console: Console) -> None:
        table = Table(title=self.title, title_justify="left")
        for place, heading in enumerate(("figure", "measured", "aim", "")):
            table.add_column(heading, justify="left" if place in (0, 3) else "right")
        for figure in self.figures:
            aim = "" if figure.aim is None else f"≤ {figure.aim:g} {figure.unit}".rstrip()
            reached = "" if figure.aim is None else "reached" if figure.reached else "NOT REACHED"
            digits = 0 if figure.value.is_integer() or abs(figure.value) >= 100 else 2
            table.add_row(figure.name, f"{figure.value:,.{digits}f} {figure.unit}".rstrip(), aim, reached)
        console.print(table)
        for line in self.words:
            console.print(line, highlight=False)

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"reached": self.reached}


class Meter:
    """Processor time and memory of one process, from ``start`` on."""

    def __init__(self, pid: int | None = None) -> None:
        self._process = psutil.Process(pid)
        self.most = 0.0
        self.start()

    def start(self) -> None:
        self.most, self._began, self._spent = 0.0, time.monotonic(), self._used()
        self.look()

    def look(self) -> None:
        """Memory now, in MB; ``most`` keeps the largest."""
        with contextlib.suppress(psutil.NoSuchProcess):
            self.most = max(self.most, self._process.memory_info().rss / 1e6)

    def share(self) -> float:
        """Processor time since ``start`` as a share of one core."""
        return (self._used() - self._spent) / (time.monotonic() - self._began)

    def seconds(self) -> float:
        """Processor time since ``start``."""
        return self._used() - self._spent

    def _used(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)


@contextlib.asynccontextmanager
async def watched(*meters: Meter) -> AsyncIterator[None]:
    """Look at memory several times a second in this block."""

    async def look() -> None:
        while True:
            for meter in meters:
                meter.look()
            await asyncio.sleep(0.25)

    task = asyncio.create_task(look())
    try:
        yield
    finally:
        task.cancel()


def ages(record: Record) -> np.ndarray:
    """Milliseconds that each frame was old when it reached a viewer: float [frames received].

    A frame tells how many seconds training had gone on when it was measured. Its arrival less these is the moment at
    which training began, later by the frame's age, and by what training does not count as such (evaluations, what it
    writes). So the least of it among the frames of a second around is taken as the moment. What is found is the age
    over that of the fastest of these frames, from measurement to viewer: pipe, server, line, and the harness itself.
    """
    frames = sorted((at, seq, at - seconds) for seq, (at, is_frame, _, seconds) in record.first.items() if is_frame)
    at = np.array([frame[0] for frame in frames])
    began = np.array([frame[2] for frame in frames])
    first, last = np.searchsorted(at, at - AROUND), np.searchsorted(at, at + AROUND, side="right")
    fastest = np.array([began[a:b].min() for a, b in zip(first, last, strict=True)])
    measured = {seq: arrived - late for (arrived, seq, _), late in zip(frames, began - fastest, strict=True)}
    if not measured:
        return np.zeros(0)
    made = np.array([measured[seq] for seq in record.numbers])
    return (np.frombuffer(record.arrived) - made) * 1000
