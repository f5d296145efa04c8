"""Attackers in a process of their own, so that what they compute holds up no measurement.

``python -m tests.load.attackers PORT KIND…`` attacks until its standard input ends. On a real network attackers have
machines of their own; here they share one with the server, and give way to it (``nice``).
"""

import contextlib
import os
import random
import socket
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from subprocess import PIPE, Popen

import httpx
import orjson

from tests.hostile import FLOODS, TEXT, UNFINISHED, frame, pour, raw_line, raw_viewer, upgrade
from tests.support import ROOT

#: bytes that one attack sends at most before it begins anew
MOST = 64_000_000
#: seconds between two attacks of a kind, and seconds that the last one has to end
PAUSE, LAST_WORDS = 0.2, 3.0
#: lines that are begun and never used, lines that never read, and downloads dropped at a time
HALF_OPEN, NEVER_READING, DOWNLOADS = 300, 50, 8


@dataclass(frozen=True)
class Target:
    """The server on this port of loopback, and what tells an attack to end."""

    port: int
    over: threading.Event

    def active(self) -> str | None:
        """The run that trains, or the last one."""
        with contextlib.suppress(httpx.HTTPError, ValueError, KeyError):
            return httpx.get(f"http://127.0.0.1:{self.port}/api/runs", timeout=10).json()["active"]
        return None


def flood(target: Target) -> None:
    """A line that sends frames as fast as it can, of every kind in turn."""
    kind = random.choice(list(FLOODS))
    with raw_viewer(target) as line:
        pour(line, FLOODS[kind], MOST)


def endless_head(target: Target) -> None:
    """A head without an end."""
    with raw_line(target) as line:
        line.sendall(b"GET / HTTP/1.1\r\n")
        pour(line, b"A: b\r\n" * 10_000, MOST)


def endless_body(target: Target) -> None:
    """A body without an end."""
    with raw_line(target) as line:
        head = b"POST /api/experiments/check HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        line.sendall(head)
        pour(line, b"10000\r\n" + b" " * 65536 + b"\r\n", MOST)


def half_open(target: Target) -> None:
    """Hundreds of lines on which a request begins and never ends, held until the server cuts the first."""
    with contextlib.ExitStack() as lines:
        held = [lines.enter_context(raw_line(target)) for _ in range(HALF_OPEN)]
        for number, line in enumerate(held):
            line.sendall(list(UNFINISHED.values())[number % len(UNFINISHED)])
        held[0].settimeout(1)
        while not target.over.is_set():
            with contextlib.suppress(TimeoutError):
                held[0].recv(1000)
                return


def small_window(target: Target) -> socket.socket:
    """A line that takes next to nothing at once."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.settimeout(10)
    line.connect(("127.0.0.1", target.port))
    return line


def never_reading(target: Target) -> None:
    """Viewers that follow the run and never read, until the server has cut one of them."""
    run = target.active()
    with contextlib.ExitStack() as lines:
        held = [lines.enter_context(small_window(target)) for _ in range(NEVER_READING)]
        for line in held:
            upgrade(line, target)
            line.sendall(frame(TEXT, orjson.dumps({"type": "subscribe", "run": run})))
        while not target.over.wait(1):
            held[0].sendall(frame(TEXT, b'{"type":"ping"}'))


def dropped_downloads(target: Target) -> None:
    """Downloads that are dropped after their first bytes, and one that is read by a few bytes a second."""
    run = target.active()
    request = f"GET /api/runs/{run}/export.jsonl HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    for _ in range(DOWNLOADS):
        with small_window(target) as line:
            line.sendall(request)
            line.recv(100)
    with small_window(target) as line:
        line.sendall(request)
        for _ in range(10):
            if target.over.wait(0.5) or not line.recv(100):
                return


KINDS: dict[str, Callable[[Target], None]] = {
    "flood": flood,
    "endless_head": endless_head,
    "endless_body": endless_body,
    "half_open": half_open,
    "never_reading": never_reading,
    "dropped_downloads": dropped_downloads,
}


def again_and_again(kind: str, target: Target, made: Counter[str]) -> None:
    """Attack until it is over, and count; being cut off, or left without a server, is what an attacker expects."""
    while not target.over.wait(PAUSE):
        try:
            KINDS[kind](target)
        except (ConnectionRefusedError, AssertionError):  # it did not begin
            continue
        except OSError:  # it was cut
            pass
        made[kind] += 1


@contextlib.contextmanager
def attackers(port: int, *kinds: str) -> Iterator[Counter[str]]:
    """Attackers of these kinds (a kind as often as it is named) in their own process, until the end of the block.

    Then the counter holds how many attacks of each kind were made.
    """
    command = [sys.executable, "-m", "tests.load.attackers", str(port), *kinds]
    process = Popen(command, cwd=ROOT, stdin=PIPE, stdout=PIPE)
    made: Counter[str] = Counter()
    try:
        yield made
    finally:
        told, _ = process.communicate()
        made.update(orjson.loads(told))


def main(port: int, kinds: list[str]) -> None:
    """Attack until standard input ends."""
    os.nice(10)
    target = Target(port, threading.Event())
    made: Counter[str] = Counter()
    threads = [threading.Thread(target=again_and_again, args=(kind, target, made), daemon=True) for kind in kinds]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    target.over.set()
    for thread in threads:
        thread.join(LAST_WORDS)
    print(orjson.dumps(made).decode(), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
