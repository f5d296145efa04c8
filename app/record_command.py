"""``skipscope record``: trains what comes with the program as recorded runs (``app.contract.recordings``)."""

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import orjson
from rich.console import Console
from rich.progress import Progress

from app.analyses.registry import ANALYSES
from app.contract.checkpoints import checkpoints_in, file_of
from app.contract.experiment import Experiment
from app.contract.findings import AnalysisRequest, Weights
from app.contract.measurements import Ended, Evaluated, Measured, Measurement, Prepared
from app.contract.presets import PRESETS
from app.contract.questions import Question
from app.contract.recordings import Recording, recording
from app.learning import checkpoint
from app.learning.sweep import Sweep
from app.learning.training import no_orders, train, warm_up
from app.paths import recorded_dir, static_dir
from app.runs.digest import provenance
from app.runs.recorded_runs import RecordedRuns, recorded_id, write, write_answers
from app.runs.recording import VERSIONS
from app.runs.service import rebuild
from app.runs.stored_run import StoredRun
from app.workers.analysis import AnalysisWorker
from app.workers.worker import Context

#: bytes of a checkpoint that travels with the program; of larger networks only the first weights can be asked
MOST_CHECKPOINT_BYTES = 12_000_000


def run(names: Sequence[str], *, threads: int, device: str, dataset_dir: Path | None) -> int:
    """Train recordings, all presets when none is named, and put each run in the place of the one before it, as soon as
    it is done.

    Returns:
        the exit code: 0, or 130 after Ctrl-C, which leaves whole recordings only.

    Raises:
        DataUnavailable: a data set cannot be read.
        Refused: there is no such recording or device.
    """
    console, left = Console(), [recording(name) for name in names or PRESETS]
    warm_up(threads)
    try:
        while left:
            with tempfile.TemporaryDirectory() as temporary:
                name, folder = left[0].name, Path(temporary) / left[0].name
                seconds = _record(left[0], folder, console, device, dataset_dir)
                first = name == next(iter(PRESETS))
                if first:
                    write_answers(folder, time_answers(left[0].experiment, folder))
                _replace(recorded_dir() / name, folder)
                if first:
                    write_first_view()
            size = sum(file.stat().st_size for file in (recorded_dir() / name).iterdir())
            console.print(f"{name}: {seconds:.1f} s, {size / 1e6:.1f} MB")
            del left[0]
    except KeyboardInterrupt:
        console.print(f"Stopped. To go on: skipscope record {' '.join(one.name for one in left)}")
        return 130
    return 0


def write_first_view() -> None:
    """Write the snapshot that the page shows before its line to the server is open: that of the first preset."""
    name = next(iter(PRESETS))
    recorded = RecordedRuns(recorded_dir())
    if (run_id := recorded_id(name)) in recorded:
        path = static_dir() / "recorded" / f"{name}.json"
        path.write_text(rebuild(recorded, run_id).snapshot() + "\n")


def _record(wanted: Recording, folder: Path, console: Console, device: str, dataset_dir: Path | None) -> float:
    """Train a recording into a folder. Returns how many seconds its training and its evaluations took."""
    experiment, created = wanted.experiment, time.time()
    measured = list(_shown(wanted, folder, console, device, dataset_dir))
    prepared, ended = measured[0], measured[-1]
    assert isinstance(prepared, Prepared) and isinstance(ended, Ended)
    kept = [0]
    for step, file in checkpoints_in(folder):
        if step in (*wanted.kept, experiment.steps) and file.stat().st_size <= MOST_CHECKPOINT_BYTES:
            kept.append(step)
            checkpoint.compress(file)
        else:
            file.unlink()
    checkpoint.save_initial(Sweep(experiment), file_of(folder, 0))
    facts = provenance(prepared, experiment) | {"recorded_at": datetime.now(UTC).strftime("%Y-%m-%d")}
    stored = StoredRun(recorded_id(wanted.name), created, "finished", None, ended.step, experiment, facts, VERSIONS)
    write(folder, stored, measured, kept)
    return ended.seconds + ended.measuring_seconds


def time_answers(experiment: Experiment, folder: Path) -> Iterator[tuple[Question, float]]:
    """Ask every question about the weights in a folder, as the page does. How many seconds each answer takes; the best
    of three, for the first reads the weights, and whatever else the machine does only adds to it."""
    worker, (*_, last) = AnalysisWorker(), checkpoints_in(folder)
    for record in ANALYSES:
        for answer in record.answers if record.needs_weights else ():
            needed = {"depth": experiment.depths[-1], "blocks": (1,)}
            fields = {name: value for name, value in needed.items() if name in answer.question.model_fields}
            question = answer.question.model_validate(fields)
            request = AnalysisRequest(Weights(experiment, *last), question)
            yield question, min(_seconds(worker, request) for _ in range(3))


def _seconds(worker: AnalysisWorker, request: AnalysisRequest) -> float:
    began = time.perf_counter()
    for _ in worker.run(request, Context(no_orders, device="cpu")):
        pass
    return round(time.perf_counter() - began, 4)


def _shown(
    wanted: Recording, folder: Path, console: Console, device: str, dataset_dir: Path | None
) -> Iterator[Measurement]:
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task(wanted.name, total=wanted.experiment.steps)
        for measurement in train(
            wanted.experiment,
            frame_interval=wanted.frame_interval,
            dataset_dir=dataset_dir,
            device=device,
            checkpoints=folder,
        ):
            if isinstance(measurement, (Measured, Evaluated)):
                progress.update(bar, completed=measurement.step)
            yield measurement


def _replace(place: Path, folder: Path) -> None:
    """Move a folder to its place; a checkpoint that holds what it held stays the same file."""
    place.parent.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.safetensors"):
        before = place / file.name
        if before.exists() and _content(before) == _content(file):
            shutil.copyfile(before, file)
    if place.exists():
        shutil.rmtree(place)
    shutil.move(folder, place)


def _content(file: Path) -> tuple[object, bytes]:
    """Header and tensors of a safetensors file, whose metadata are written in an order that changes."""
    whole = file.read_bytes()
    end = 8 + int.from_bytes(whole[:8], "little")
    return orjson.loads(whole[8:end]), whole[end:]
