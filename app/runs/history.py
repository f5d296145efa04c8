"""What a run remembers of its own events, bounded: enough for a whole picture, never a whole recording."""

from dataclasses import dataclass, replace

import orjson

from app.analyses.registry import needs_weights
from app.contract.events import FINAL_ANALYSIS_STATES, Analysis, Frame

MOST_FRAMES = 400
MOST_OTHERS = 2_000
MOST_ANALYSES = 40
MOST_BYTES = 1_500_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a run: its number, whether it is a metric frame, its JSON text, and when it was made (monotonic)."""

    seq: int
    frame: bool
    text: str
    made: float = 0.0


class Thinned:
    """A list of entries that drops every other one when it is full, so that it always spans the whole run."""

    def __init__(self, most: int, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._kept: list[Entry] = []
        self._last: Entry | None = None
        self._stride, self._count, self._bytes = 1, 0, 0

    def add(self, entry: Entry) -> None:
        """Remember an entry. The newest is always kept, whatever the stride."""
        self._last = entry
        self._count += 1
        if (self._count - 1) % self._stride:
            return
        self._kept.append(entry)
        self._bytes += len(entry.text)
        if len(self._kept) >= self._most or self._bytes > self._most_bytes:
            self._kept = self._kept[::2]
            self._stride *= 2
            self._bytes = sum(len(kept.text) for kept in self._kept)

    def entries(self) -> list[Entry]:
        """What is left, oldest first, the newest included."""
        if self._last is None or (self._kept and self._kept[-1] is self._last):
            return list(self._kept)
        return [*self._kept, self._last]


class History:
    """The past events of a run: frames and evaluations thinned, the rest whole (up to 2,000 of a kind).

    Of each analysis only its newest event, and only of the newest 40 about weights and the newest 40 about evaluations:
    those are cheap and asked often, and must not push out the others. Their answers take 1.5 MB at most, the newest
    first: a landscape has as much to say as a thousand lesions, and a viewer on a slow line waits for all of it. Older
    ones stay without their finding, which whoever wants it gets from the store.

    Args:
        has_stored: whether the store has the answers; where it has none, older ones are forgotten.
    """

    def __init__(self, has_stored: bool = True) -> None:
        self._has_stored = has_stored
        self._kinds: dict[type, Thinned] = {}
        self._analyses: dict[bool, dict[str, tuple[Analysis, Entry]]] = {True: {}, False: {}}

    def add(self, event: object, entry: Entry) -> None:
        """Remember an event, written as ``entry``."""
        if isinstance(event, Analysis):
            analyses = self._analyses[needs_weights(event.question)]
            analyses.pop(event.analysis, None)
            analyses[event.analysis] = replace(event, finding=None), entry
            if len(analyses) > MOST_ANALYSES:
                del analyses[next(iter(analyses))]
            self._forget_old_answers()
            return
        kind = type(event)
        if kind not in self._kinds:
            self._kinds[kind] = Thinned(MOST_FRAMES - 1 if kind is Frame else MOST_OTHERS - 1)
        self._kinds[kind].add(entry)

    def analysis(self, name: str) -> Analysis | None:
        """The newest event about an analysis, without its finding; None where it is not remembered."""
        return next((known[name][0] for known in self._analyses.values() if name in known), None)

    def _forget_old_answers(self) -> None:
        """Keep of the answers that are whole only as many bytes as may be, the newest one in any case."""
        known = [(analyses, name, *at) for analyses in self._analyses.values() for name, at in analyses.items()]
        size = 0
        for analyses, name, event, entry in sorted(known, key=lambda one: one[-1].seq, reverse=True):
            size += len(entry.text)
            if size > MOST_BYTES and event.state in FINAL_ANALYSIS_STATES and size > len(entry.text):
                size -= len(entry.text)
                if self._has_stored:
                    analyses[name] = event, replace(entry, text=_without_finding(entry.text))
                else:
                    del analyses[name]

    def entries(self) -> list[Entry]:
        """All that is remembered, in order."""
        thinned = (entry for kind in self._kinds.values() for entry in kind.entries())
        analyses = (entry for known in self._analyses.values() for _, entry in known.values())
        return sorted((*thinned, *analyses), key=lambda entry: entry.seq)


def _without_finding(text: str) -> str:
    """An ``analysis`` event that says everything but what was found."""
    return orjson.dumps(orjson.loads(text) | {"finding": None}).decode()
