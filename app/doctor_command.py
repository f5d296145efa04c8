"""``skipscope doctor``: looks whether a server would do well here, and says what to do where it would not."""

import textwrap
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

import orjson

from app import __version__
from app.doctor.data import data_sets, recordings
from app.doctor.finding import Found, Level, count
from app.doctor.folder import disk, store
from app.doctor.network import address, port, proxies
from app.doctor.pytorch import pytorch
from app.doctor.resources import clock, connections, memory, threads
from app.settings import Settings

#: columns of a terminal, and those before the sentences
WIDTH, INDENT = 110, 22


def run(settings: Settings, *, json: bool) -> int:
    """Check everything. Returns the exit code: 1 when there is a problem.

    Args:
        settings: those with which a server would be started.
        json: one object in place of lines.
    """
    found = []
    for one in checks(settings):
        found.append(one)
        if not json:
            print(*lines(one), sep="\n", flush=True)
    levels = Counter(one.level for one in found)
    worst = max(levels, key=list(Level).index)
    if json:
        print(orjson.dumps({"status": worst, "version": __version__, "checks": found}).decode())
    else:
        told = [count(levels[level], level.value) for level in (Level.PROBLEM, Level.WARNING) if levels[level]]
        print(f"Skipscope {__version__}: {' and '.join(told) or 'all is well'}.")
    return 1 if levels[Level.PROBLEM] else 0


def checks(settings: Settings) -> Iterator[Found]:
    """What every check finds, one after the other."""
    began = (time.time(), time.monotonic())
    every: tuple[Callable[[], Found], ...] = (
        partial(port, settings),
        partial(address, settings),
        partial(proxies, settings),
        connections,
        partial(threads, settings),
        partial(memory, settings),
        partial(disk, settings),
        partial(store, settings),
        partial(data_sets, settings),
        recordings,
        partial(pytorch, settings),
        partial(clock, settings, since=began),
    )
    for check in every:
        yield check()


def lines(found: Found) -> list[str]:
    """A finding for a terminal: level, name and sentence, and below it what to do."""
    wrapped = textwrap.wrap(found.words, WIDTH - INDENT)
    advice = textwrap.wrap(f"→ {found.advice}", WIDTH - INDENT) if found.advice else []
    first, *rest = [*wrapped, *advice]
    return [f"{found.level:<9}{found.name:<{INDENT - 9}}{first}", *(" " * INDENT + line for line in rest)]
