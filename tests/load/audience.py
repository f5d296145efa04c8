"""An audience of thousands in one process: viewers on raw sockets of loopback that look at the head of each event only.

What a viewer costs here is taken from the machine that the server is measured on, so it is little: the websocket
protocol is spoken as far as the server needs it, and no event is read as JSON.
"""

import asyncio
import time
from array import array
from collections.abc import Iterable
from typing import cast

from tests.hostile import PING, PONG, TEXT, frame, upgrade_request
from tests.patience import until

#: bytes of an event in which its type, run, position, step and seconds stand
HEAD = 240
FRAME, SNAPSHOT = b'{"v":1,"type":"frame"', b'{"v":1,"type":"snapshot"'


def number(head: bytes, name: bytes) -> float | None:
    """The number of a field in the head of an event; None where it has no such field."""
    place = head.find(b'"' + name + b'":')
    if place < 0:
        return None
    place += len(name) + 3
    end = place
    while head[end : end + 1] in b"0123456789.-e" and end < len(head):
        end += 1
    return float(head[place:end])


class Record:
    """What an audience has received of one run.

    Attributes:
        first: of each event its number, and of whoever got it first: when (monotonic), whether it is a frame, its step
            and its seconds of training.
        arrived, numbers: of each frame that came to anybody, when and its number.
    """

    def __init__(self) -> None:
        self.first: dict[int, tuple[float, bool, float, float]] = {}
        self.arrived, self.numbers = array("d"), array("L")

    def came(self, seq: int, head: bytes, now: float) -> None:
        """A viewer has received an event with this number."""
        is_frame = head.startswith(FRAME)
        if seq not in self.first and not head.startswith(SNAPSHOT):
            step, seconds = number(head, b"step"), number(head, b"seconds")
            self.first[seq] = now, is_frame, step or 0.0, seconds or 0.0
        if is_frame:
            self.arrived.append(now)
            self.numbers.append(seq)

    def clear(self) -> None:
        """Begin to count anew; what is known of single events stays."""
        self.arrived, self.numbers = array("d"), array("L")

    def speed(self, since: float, until: float) -> float:
        """Training steps a second, by the frames that came between two moments."""
        frames = [(at, step) for at, is_frame, step, _ in self.first.values() if is_frame and since <= at <= until]
        if len(frames) < 2 or frames[-1][0] == frames[0][0]:
            return float("nan")
        (began, first), (ended, last) = frames[0], frames[-1]
        return (last - first) / (ended - began)


class Viewer(asyncio.Protocol):
    """One viewer. Follows a run from its last position on as soon as its line is open.

    Attributes:
        last: number of the last event that it has of the run; None before the first.
        missed: numbers of events that were left out, as ranges.
        twice: how many events came again, or out of order.
        snapshots: how many it was given.
        here: when (monotonic) it had its first event of the run on this line.
        lost: whether the line has ended.
    """

    def __init__(self, audience: "Audience") -> None:
        self._audience = audience
        self.transport: asyncio.Transport | None = None
        self.epoch, self.last = 0, None  # type: tuple[int, int | None]
        self.missed: list[range] = []
        self.twice = self.snapshots = 0
        self.here: float | None = None
        self.arriving: asyncio.Future[None] | None = None
        self.lost = self._upgraded = False
        self._rest = self._head = b""
        self._left = self._opcode = 0

    def again(self) -> None:
        """It comes back on a new line, with what it has."""
        self.here, self.lost, self._upgraded = None, False, False
        self._rest, self._left = b"", 0

    def follow(self, run: str) -> None:
        """Follow a run, from the last position on."""
        place = f',"epoch":{self.epoch},"seq":{self.last}' if self.last is not None else ""
        self.send(f'{{"type":"subscribe","run":"{run}"{place}}}')

    def send(self, command: str) -> None:
        """Send a command of at most 125 bytes."""
        if self.transport is not None:
            self.transport.write(frame(TEXT, command.encode()))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self._audience.request)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost, self.transport = True, None
        self._has_arrived()
        self._audience.left(self)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        if not self._upgraded:
            data = self._rest + data
            answer, _, rest = data.partition(b"\r\n\r\n")
            if answer is data or not data.startswith(b"HTTP/1.1 101") or answer == data:
                self._rest = data
                if self.transport is not None and not data.startswith(b"HTTP/1.1 101"[: len(data)]):
                    self.transport.abort()
                return
            self._upgraded, self._rest, data = True, b"", rest
            self._audience.opened(self)
        if self._rest:
            data, self._rest = self._rest + data, b""
        place, size = 0, len(data)
        while place < size:
            if self._left:  # of an event whose head is known
                step = min(self._left, size - place)
                self._left -= step
                place += step
            else:
                start = place + 2
                length = data[place + 1] if start <= size else 0
                if length >= 126:
                    wide = 2 if length == 126 else 8
                    length, start = int.from_bytes(data[start : start + wide]), start + wide
                if start > size or size - start < min(length, HEAD):
                    self._rest = data[place:]
                    return
                self._opcode, self._head = data[place] & 0x0F, data[start : start + min(length, HEAD)]
                place = min(size, start + length)
                self._left = start + length - place
            if not self._left:
                self._came(now)

    def _has_arrived(self) -> None:
        if self.arriving is not None and not self.arriving.done():
            self.arriving.set_result(None)

    def _came(self, now: float) -> None:
        """A frame of the websocket is there whole."""
        if self._opcode == PING and self.transport is not None:
            self.transport.write(frame(PONG, self._head))
        head = self._head
        if self._opcode != TEXT or (seq := number(head, b"seq")) is None:
            return
        self._audience.record.came(int(seq), head, now)
        if self.here is None:
            self.here = now
            self._has_arrived()
        last, self.last = self.last, int(seq)
        if head.startswith(SNAPSHOT):
            self.snapshots += 1
            self.epoch = int(number(head, b"epoch") or 0)
        elif last is None or seq == last + 1:
            return
        elif seq <= last:
            self.twice += 1
        else:
            self.missed.append(range(last + 1, self.last))


class Audience:
    """Viewers of one run.

    Args:
        port: of the server on loopback.
        run: what they follow.
    """

    def __init__(self, port: int, run: str) -> None:
        self.port, self.run = port, run
        self.request = upgrade_request(port)
        self.record = Record()
        self.viewers: list[Viewer] = []
        self.cut = 0
        self._leaving = False

    @property
    def missed(self) -> int:
        """How many events its viewers lack, all of them together."""
        return sum(len(part) for viewer in self.viewers for part in viewer.missed)

    def opened(self, viewer: Viewer) -> None:
        """A line is open."""
        viewer.follow(self.run)

    def left(self, viewer: Viewer) -> None:
        """A line has ended."""
        self.cut += not self._leaving

    async def come(self, count: int, at_once: int = 64) -> None:
        """So many more viewers come; returns when each has something of the run.

        Args:
            count: of them.
            at_once: how many connections may be in the making.
        """
        await self._connect([self.new() for _ in range(count)], at_once)

    def new(self) -> Viewer:
        """One more viewer, whose line is still to be opened."""
        self.viewers.append(Viewer(self))
        return self.viewers[-1]

    async def connect(self, viewer: Viewer) -> None:
        """Open a viewer's line; returns when it has something of the run, or has lost the line."""
        loop = asyncio.get_running_loop()
        viewer.arriving = loop.create_future()
        await loop.create_connection(lambda: viewer, "127.0.0.1", self.port)
        await viewer.arriving

    async def come_back(self, at_once: int) -> None:
        """All that have lost their lines come back with what they have."""
        lost = [viewer for viewer in self.viewers if viewer.lost]
        for viewer in lost:
            viewer.again()
        await self._connect(lost, at_once)

    async def drop(self) -> None:
        """All lines are cut at once, as when the network of a hall fails."""
        self._leaving = True
        for viewer in self.viewers:
            if viewer.transport is not None:
                viewer.transport.abort()
        await until(lambda: all(viewer.lost for viewer in self.viewers))
        self._leaving = False

    def follow(self, wanted: bool) -> None:
        """All follow the run, or none does."""
        for viewer in self.viewers:
            if wanted:
                viewer.follow(self.run)
            else:
                viewer.send(f'{{"type":"unsubscribe","run":"{self.run}"}}')

    async def _connect(self, viewers: Iterable[Viewer], at_once: int) -> None:
        room = asyncio.Semaphore(at_once)

        async def connect(viewer: Viewer) -> None:
            async with room:
                await self.connect(viewer)

        await asyncio.gather(*map(connect, viewers))
