"""Processors, memory, connections and the clock."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime

import psutil

from app import machine
from app.contract.experiment import Experiment
from app.contract.presets import PRESETS
from app.doctor.finding import Found, count, ok, problem, told_size, warning
from app.doctor.folder import newest_run
from app.errors import DataUnavailable, Refused
from app.figures.memory import BASE, check_memory
from app.paths import recorded_dir
from app.runs.recorded_runs import RecordedRuns
from app.settings import Settings, processors
from app.web.lines import most_lines

#: viewers of a full hall, and connections that a page has while it loads
HALL, EACH = 200, 2
#: processes with PyTorch beside those that train: one answers questions, one traces
OTHERS = 2
#: seconds that clocks of two machines may differ without harm
SKEW = 60.0


def threads(settings: Settings) -> Found:
    """What the machine, or the share of its container, gives, and what is used of it."""
    there, whole = processors(), os.cpu_count() or 1
    has = count(there, "processor") + (f" of {whole}" if there < whole else "")
    each = count(settings.threads, "thread")
    words = (
        f"{has}; {count(settings.workers, 'training process', 'training processes')} of {each}, "
        f"{settings.analysis_threads} for answers"
    )
    if settings.workers * settings.threads > there:
        return warning("processors", f"{words}: threads will wait for each other", "lower --workers or --threads")
    return ok("processors", words)


def memory(settings: Settings) -> Found:
    """Whether the presets fit into the memory, and what is free of it now."""
    total = machine.memory()
    if total is None:
        return ok("memory", "how much there is cannot be known here")
    whole = psutil.virtual_memory()
    limited = " of this container" if total < whole.total else ""
    words = f"{told_size(total)}{limited}, {told_size(whole.available)} free on the machine"
    advice = "lower --workers" if settings.workers > 1 else "take a machine, or a limit of the container, with more"
    refused = [name for name, preset in PRESETS.items() if _is_refused(preset.experiment, settings.workers)]
    if _is_refused(Experiment(), settings.workers):
        return problem("memory", f"{words}: too little for the usual experiment", advice)
    if refused:
        return warning("memory", f"{words}: too little for {', '.join(refused)}", advice)
    needed = (settings.workers + OTHERS) * BASE
    if whole.available < needed:
        return warning("memory", f"{words}; the processes need about {told_size(needed)}", "end other programs")
    return ok("memory", words)


def _is_refused(experiment: Experiment, workers: int) -> bool:
    try:
        check_memory(experiment, workers)
    except Refused:
        return True
    return False


def connections() -> Found:
    """Whether the limit of open files leaves room for a full hall."""
    most = most_lines()
    words = f"{count(most, 'connection')} at a time"
    if most < HALL * EACH:
        advice = f"raise the limit of open files: ulimit -n {4 * HALL * EACH}"
        return warning("connections", f"{words}, too few for a hall of {HALL}", advice)
    return ok("connections", words)


def clock(
    settings: Settings,
    now: Callable[[], float] = time.time,
    steady: Callable[[], float] = time.monotonic,
    since: tuple[float, float] | None = None,
) -> Found:
    """Whether the clock can be right: after all recordings, not before the newest run, and not set meanwhile.

    Args:
        settings: say where the runs are.
        now, steady: the clock, and the one that is never set.
        since: what both said when the checks began.
    """
    says = now()
    words = f"it is {_told(says)}"
    advice = "set the clock: lists of runs are sorted by it"
    made = _newest_recording()
    if made is not None and says < made:
        return problem("clock", f"{words}, before Skipscope was made ({_told(made)})", advice)
    newest = newest_run(settings.data_dir)
    if newest is not None and newest > says + SKEW:
        return warning("clock", f"{words}, and the newest run is of {_told(newest)}", advice)
    if since is not None and abs((says - since[0]) - (steady() - since[1])) > SKEW:
        return warning("clock", f"{words}, and the clock was set while this ran", "look again when it stays as it is")
    return ok("clock", words)


def _newest_recording() -> float | None:
    recorded = RecordedRuns(recorded_dir())
    try:
        return max((recorded.run(run).created for run in recorded), default=None)
    except DataUnavailable:
        return None


def _told(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
