"""All open connections: how many there may be, and who gives way when there are too many.

A connection *waits* until its request has come whole, and again after the answer; then it costs its owner nothing, so
it is the first to go: the one that has waited longest gives way to whoever comes. A request that is being answered, and
a viewer's line, are never cut for somebody else.
"""

from collections import Counter
from typing import Protocol

from app.settings import is_loopback

try:
    import resource
except ImportError:  # Windows, where sockets are no descriptors
    resource = None  # type: ignore[assignment]

#: of all connections, the part that may wait of one host that is not this machine, for a whole hall may come in at once
#: from behind one address and each phone opens half a dozen; and the least that may, so that a page loads
WAITING, LEAST_WAITING = 0.25, 8
#: connections that only this machine itself may use: the lecturer gets in when the audience has taken all others
RESERVED = 32
#: of all connections, the part that one host may have
SHARE = 0.75
#: the most connections, and the descriptors that are kept for all else: the store, working processes, files
MOST_LINES, KEPT_BACK = 8192, 64


def most_lines() -> int:
    """How many connections this process can have; raises its limit of descriptors as far as it may."""
    if resource is None:
        return MOST_LINES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_LINES + KEPT_BACK
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return min(MOST_LINES, max(soft // 4, soft - KEPT_BACK))


def most_students(most: int) -> int:
    """How many lines of students there may be: behind one address with them, the lecturer still gets in."""
    return int(SHARE * most) - min(RESERVED, most // 4)


class Transport(Protocol):
    """What is known here of a connection."""

    def abort(self) -> None:
        """Cut it."""


class Lines:
    """The open connections of a server.

    Args:
        most: how many there may be.
    """

    def __init__(self, most: int) -> None:
        self._most, self._reserved = most, min(RESERVED, most // 4)
        self._most_waiting = max(LEAST_WAITING, int(WAITING * most))
        self._host: dict[Transport, str] = {}
        self._count: Counter[str] = Counter()
        self._waiting: dict[str, dict[Transport, None]] = {}  # the longest-waiting first

    def enter(self, line: Transport, host: str) -> bool:
        """Take in a new connection, which waits; False if there is no room for it."""
        near = is_loopback(host)
        own = self._waiting.get(host, {})
        crowded = not near and (len(own) >= self._most_waiting or self._count[host] >= SHARE * self._most)
        if crowded and not self._cut_oldest(own):
            return False
        if len(self._host) >= self._most - (0 if near else self._reserved):
            most = max(self._waiting.values(), key=len, default={})
            if not self._cut_oldest(most):
                return False
        self._host[line] = host
        self._count[host] += 1
        self.wait(line)
        return True

    def wait(self, line: Transport) -> None:
        """From now on it waits for a request."""
        if (host := self._host.get(line)) is not None:
            self._waiting.setdefault(host, {})[line] = None

    def work(self, line: Transport) -> None:
        """Its request is there: it waits no longer."""
        host = self._host.get(line, "")
        waiting = self._waiting.get(host, {})
        waiting.pop(line, None)
        if not waiting:
            self._waiting.pop(host, None)

    def leave(self, line: Transport) -> None:
        """It has ended."""
        self.work(line)
        host = self._host.pop(line, None)
        if host is not None:
            self._count[host] -= 1
            if not self._count[host]:
                del self._count[host]

    def _cut_oldest(self, waiting: dict[Transport, None]) -> bool:
        if not waiting:
            return False
        oldest = next(iter(waiting))
        self.leave(oldest)
        oldest.abort()
        return True
