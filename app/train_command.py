"""``skipscope train``: the engine, the events and the record of the server's runs, without a server."""

import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from typing import Any

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from app.contract.checkpoints import CheckpointBound
from app.contract.commands import Command, Resume, Stop
from app.contract.experiment import Experiment
from app.errors import DataUnavailable, Refused, SkipscopeError
from app.ids import new_run_id
from app.lazy import Lazy
from app.learning.devices import choose, memory_of
from app.learning.training import train, warm_up
from app.paths import recorded_dir
from app.runs.checkpoints import FOLDER, Checkpoints
from app.runs.estimate import Estimates
from app.runs.recorded_runs import RecordedRuns
from app.runs.recording import Recording
from app.runs.run import Run
from app.runs.store import Store
from app.settings import Settings
from app.workers.child import sentence

# these load Plotly, so errors of the other arguments come first
memory, kept = Lazy("app.figures.memory"), Lazy("app.figures.checkpoints")


class _Orders:
    """Hands over a ``Stop`` once the user has pressed Ctrl-C; a second Ctrl-C ends at once."""

    def __init__(self, run: Run) -> None:
        self.run, self.stop = run, False
        signal.signal(signal.SIGINT, self._interrupt)

    def _interrupt(self, *_: object) -> None:
        self.stop = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def take(self, wait: bool) -> Command | None:
        return Stop(run=self.run.id) if self.stop else Resume(run=self.run.id) if wait else None


def run(
    experiment: Experiment,
    title: str,
    *,
    jsonl: bool,
    threads: int,
    device: str,
    settings: Settings,
) -> int:
    """Train and record a run, and show it: bars and a table for people, one event a line for programs.

    The run and its checkpoints lie in the data folder, where the server and ``skipscope analyse`` find them.

    Returns:
        the exit code: 0, or 130 when it was stopped.

    Raises:
        DataUnavailable: the data folder cannot be written, or the data set cannot be read.
        Refused: there is no such device, not the memory, or not the time.
    """
    gpu_memory = memory_of(choose(device).type)
    trained = Run(new_run_id(), experiment, time.time())
    memory.check_memory(experiment, processes=1, device_memory=gpu_memory)
    try:
        store = Store(settings.data_dir, _say_trouble, recorded=RecordedRuns(recorded_dir()))
    except (OSError, sqlite3.Error) as error:
        raise DataUnavailable(f"cannot record in {settings.data_dir}: {error}; choose --data-dir") from error
    try:
        Estimates(store).check(experiment, settings.longest_run_h)
    except Refused as error:
        store.close()
        raise Refused(f"{error}; --longest-run-h lifts the bound", error.field) from None
    most = settings.checkpoints_mib * 2**20
    bound, checkpoints = CheckpointBound(most, most), Checkpoints(settings.data_dir / FOLDER)
    if told := kept.what_stays(experiment, bound, checkpoints.room()):
        print(told, file=sys.stderr)
    show = _lines if jsonl else _Bars(experiment, title)
    try:
        options = {
            "dataset_dir": settings.dataset_dir,
            "device": device,
            "checkpoints": checkpoints.folder / trained.id,
            "checkpoint_bound": bound,
        }
        for event in _events(trained, store, threads, options):
            show(event)
        store.flush()
    except SkipscopeError as error:
        if not jsonl:
            raise
        sys.stdout.write(orjson.dumps({"v": 1, "type": "error"} | error.body()).decode() + "\n")
        return 2 if isinstance(error, Refused) else 1
    finally:
        store.close()
        if isinstance(show, _Bars):
            show.close()
    return 0 if trained.state == "finished" else 130


def _events(run: Run, store: Store, threads: int, options: dict[str, Any]) -> Iterator[str]:
    """The events of the run as a viewer of the server would get them; ``options`` go to ``train``."""
    recording, sent = Recording(run, store), 0
    recording.move("starting")
    try:
        warm_up(threads)
        for measurement in train(run.experiment, take=_Orders(run).take, **options):
            recording.take(measurement)
            yield from (entry.text for entry in run.stream.since(sent) or ())
            sent = run.stream.seq
    except SkipscopeError as error:
        recording.move("failed", str(error))
        raise
    except Exception as error:
        recording.move("failed", sentence("training", error))
        raise
    finally:
        recording.move("interrupted", "the command ended")


def _say_trouble(reason: str | None) -> None:
    """Called by the store when recording pauses, and with None when it goes on."""
    print("Recording goes on." if reason is None else f"Recording pauses: {reason}.", file=sys.stderr)


def _lines(event: str) -> None:
    sys.stdout.write(event + "\n")
    sys.stdout.flush()


class _Bars:
    """A progress bar, a line of words at each evaluation, a table at the end."""

    def __init__(self, experiment: Experiment, title: str) -> None:
        self.experiment, self.console = experiment, Console()
        networks, layers = experiment.networks(), sum(network.layers for network in experiment.networks())
        self.console.print(
            f"[bold]{title}[/bold]: {len(experiment.cells())} networks × {experiment.seeds} "
            f"seed{'s' * (experiment.seeds > 1)}, {layers} layers, "
            f"{experiment.dataset}, all {len(networks)} trained together"
        )
        self.progress = Progress(
            TextColumn("training"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=self.console
        )
        self.task = self.progress.add_task("training", total=experiment.steps)
        self.progress.start()
        self.last: dict[str, Any] | None = None

    def __call__(self, text: str) -> None:
        event = orjson.loads(text)
        if event["type"] in ("frame", "evaluation"):
            self.progress.update(self.task, completed=event["step"])
        if event["type"] == "evaluation":
            self.last = event
            self.progress.print(f"step {event['step']}, {event['seconds']:.1f} s: {event['words']['overall']}.")

    def close(self) -> None:
        """Stop the bar and print what was measured last."""
        self.progress.stop()
        if self.last is None:
            return
        last = self.last
        table = Table(title=f"after {last['step']} steps, {last['seconds']:.1f} s of training; median of seeds")
        rates = ["learning rate"] if self.experiment.learning_rates else []
        for heading in ("arm", "layers", *rates, "training loss", "test accuracy", "range over seeds"):
            table.add_column(heading, justify="left" if heading == "arm" else "right")
        accuracy = last["test_accuracy"]
        loss = last["training_loss"][0] if last["training_loss"] else [None] * len(accuracy[0])
        for i, cell in enumerate(self.experiment.cells()):
            middle, low, high = (column[i] for column in accuracy)
            diverged = middle is None or low is None or high is None
            table.add_row(
                self.experiment.arm_names()[cell.arm],
                str(cell.layers),
                *(f"{cell.learning_rate:g}{', best' if i in (last['best'] or ()) else ''}" for _ in rates),
                "diverged" if loss[i] is None else f"{loss[i]:.4g}",
                "diverged" if diverged else f"{middle:.3f}",
                "" if diverged else f"{low:.3f} to {high:.3f}",
            )
        self.console.print(table)
        for words in last["words"]["depths"]:
            if words:
                self.console.print(words + ".")
