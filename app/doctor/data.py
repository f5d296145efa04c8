"""The data sets, and the recordings that come with the program."""

from app.data.registry import FROM_FOLDER, INSTALLED, PACKAGED, load
from app.doctor.finding import Found, count, ok, problem, warning
from app.errors import DataUnavailable
from app.paths import recorded_dir
from app.runs.recorded_runs import RecordedRuns
from app.settings import Settings

AGAIN = "install Skipscope again"


def data_sets(settings: Settings) -> Found:
    """Which data sets can be read: those that are packaged must be, the others may be."""
    folder = settings.dataset_dir
    there, reasons = [], {}
    for name in (*PACKAGED, *INSTALLED, *FROM_FOLDER):
        try:
            load(name, folder)
        except DataUnavailable as error:
            reasons[name] = str(error)
        else:
            there.append(name)
    damaged = [reasons[name] for name in PACKAGED if name in reasons]
    if damaged:
        return problem("data sets", damaged[0], AGAIN)
    words = f"{', '.join(there)} can be read"
    if folder is None:
        return ok("data sets", f"{words}; for others set SKIPSCOPE_DATASET_DIR")
    if not folder.is_dir():
        return problem("data sets", f"there is no folder {folder}", "correct --dataset-dir, or leave it out")
    if not set(there) & set(FROM_FOLDER):
        return warning("data sets", f"{words}, but nothing of {folder}", "; ".join(reasons.values()))
    return ok("data sets", words)


def recordings() -> Found:
    """Whether the recorded runs, which every preset shows first, can be read."""
    recorded = RecordedRuns(recorded_dir())
    try:
        runs = [recorded.ended(run) for run in recorded if recorded.run(run)]
    except DataUnavailable as error:
        return problem("recordings", str(error), AGAIN)
    if not runs:
        return problem("recordings", f"there are none in {recorded_dir()}", AGAIN)
    return ok("recordings", f"{count(len(runs), 'run')} can be shown")
