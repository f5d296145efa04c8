"""``skipscope delete``: deletes recorded runs, or brings them back. A server that runs hears of it."""

import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing

import typer

from app.errors import Refused
from app.paths import recorded_dir
from app.runs.checkpoints import FOLDER, Checkpoints
from app.runs.deletions import Deletions
from app.runs.recorded_runs import RecordedRuns
from app.runs.store import Store
from app.settings import Settings


def run(names: Sequence[str], settings: Settings, *, ask: bool, undo: bool) -> int:
    """Delete runs, all or none. Returns the exit code.

    Args:
        names: their ids.
        settings: say where they are recorded.
        ask: whether the user is asked first.
        undo: bring them back instead.

    Raises:
        Refused, IllegalMove, UnknownRun: one of them cannot be deleted, or not be brought back.
    """
    names = list(dict.fromkeys(names))
    recorded = RecordedRuns(recorded_dir())
    try:
        store = Store(settings.data_dir, lambda reason: None, recorded=recorded)
    except (OSError, sqlite3.Error) as error:
        print(f"skipscope: cannot write in {settings.data_dir}: {error}; choose --data-dir", file=sys.stderr)
        return 1
    with closing(store):
        deletions = Deletions(store, Checkpoints(settings.data_dir / FOLDER, recorded))
        if undo:
            for name in names:
                deletions.restore(name)
                print(f"{name} is back.")
            return 0
        for name in names:
            deletions.check(name)
        if ask and not _agreed(names):
            print("Nothing was deleted.")
            return 0
        for name in names:
            deletions.delete(name)
            print(f"{name} is deleted. For an hour this brings it back: skipscope delete --undo {name}")
    return 0


def _agreed(names: Sequence[str]) -> bool:
    if not sys.stdin.isatty():
        raise Refused("--yes: nobody can be asked here; give it to delete without asking")
    return typer.confirm(f"Delete {', '.join(names)}?")
