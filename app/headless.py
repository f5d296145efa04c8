"""``skipscope train``: the same engine and the same events as the browser's, without a server."""

import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from app.contract import measurements as m
from app.contract.commands import Command, Resume, Stop
from app.contract.events import Evaluation, Event, Frame, Position, Snapshot, State, encode_event, envelope
from app.contract.experiment import Experiment
from app.errors import Refused, SkipscopeError
from app.learning.devices import choose
from app.learning.training import train, warm_up
from app.runs.digest import Digest

RUN = "local"


class _Orders:
    """Hands over a ``Stop`` once the user has pressed Ctrl-C; a second Ctrl-C ends at once."""

    def __init__(self) -> None:
        self.stop = False
        signal.signal(signal.SIGINT, self._interrupt)

    def _interrupt(self, *_: object) -> None:
        self.stop = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def take(self, wait: bool) -> Command | None:
        return Stop(run=RUN) if self.stop else Resume(run=RUN) if wait else None


def events_of(experiment: Experiment, digest: Digest, measured: Iterator[m.Measurement]) -> Iterator[Event]:
    """The wire events of a run, its states included, as a viewer of the server would get them."""
    yield State("starting", 0)
    for measurement in measured:
        event = digest.event(measurement)
        if event is not None:
            yield event
        match measurement:
            case m.Prepared():
                yield State("running", 0)
            case m.Ended(step, _, stopped):
                yield State("stopped" if stopped else "finished", step)


def run(
    experiment: Experiment,
    title: str,
    *,
    jsonl: bool,
    record: Path | None,
    threads: int,
    dataset_dir: Path | None,
    device: str,
) -> int:
    """Train and show it: bars and a table for people, one event a line for programs. Returns the exit code."""
    choose(device)
    warm_up(threads)
    digest, orders = Digest(experiment), _Orders()
    measured = train(experiment, take=orders.take, dataset_dir=dataset_dir, device=device)
    kept: list[Any] = []
    show = _lines if jsonl else _Bars(experiment, title)
    state = ""
    try:
        for seq, event in enumerate(events_of(experiment, digest, measured)):
            show(seq, event)
            kept.append(event)
            if isinstance(event, State):
                state = event.state
    except SkipscopeError as error:
        if not jsonl:
            raise
        sys.stdout.write(orjson.dumps({"v": 1, "type": "error"} | error.body()).decode() + "\n")
        return 2 if isinstance(error, Refused) else 1
    finally:
        if isinstance(show, _Bars):
            show.close()
    if record:
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_text(_snapshot(experiment, kept) + "\n")
    return 0 if state == "finished" else 130


def _lines(seq: int, event: Event) -> None:
    sys.stdout.write(encode_event(event, RUN, Position(1, seq)) + "\n")
    sys.stdout.flush()


def _snapshot(experiment: Experiment, events: list[Any]) -> str:
    """The whole run as one ``snapshot`` event, marked as recorded."""
    where = next(event.provenance for event in events if hasattr(event, "provenance"))
    end = events[-1]
    history = [
        envelope(event, RUN, Position(1, seq)) for seq, event in enumerate(events) if not hasattr(event, "provenance")
    ]
    snapshot = Snapshot(
        experiment=experiment.model_dump(mode="json"),
        provenance=where | {"recorded_at": datetime.now(UTC).strftime("%Y-%m-%d")},
        state=end.state,
        reason=None,
        step=end.step,
        recorded=True,
        history=history,
    )
    return encode_event(snapshot, RUN, Position(1, len(events)))


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
        self.last: Evaluation | None = None

    def __call__(self, seq: int, event: Event) -> None:
        if isinstance(event, Frame):
            self.progress.update(self.task, completed=event.step)
        elif isinstance(event, Evaluation):
            self.progress.update(self.task, completed=event.step)
            self.last = event
            self.progress.print(f"step {event.step}, {event.seconds:.1f} s: {event.words['overall']}.")

    def close(self) -> None:
        """Stop the bar and print what was measured last."""
        self.progress.stop()
        if self.last is None:
            return
        table = Table(title=f"after {self.last.step} steps, {self.last.seconds:.1f} s of training; median of seeds")
        rates = ["learning rate"] if self.experiment.learning_rates else []
        for heading in ("arm", "layers", *rates, "training loss", "test accuracy", "range over seeds"):
            table.add_column(heading, justify="left" if heading == "arm" else "right")
        accuracy = self.last.test_accuracy
        loss = self.last.training_loss[0] if self.last.training_loss else [None] * len(accuracy[0])
        for i, cell in enumerate(self.experiment.cells()):
            middle, low, high = (column[i] for column in accuracy)
            diverged = middle is None or low is None or high is None
            table.add_row(
                self.experiment.arm_names()[cell.arm],
                str(cell.layers),
                *(f"{cell.learning_rate:g}{', best' if i in (self.last.best or ()) else ''}" for _ in rates),
                "diverged" if loss[i] is None else f"{loss[i]:.4g}",
                "diverged" if diverged else f"{middle:.3f}",
                "" if diverged else f"{low:.3f} to {high:.3f}",
            )
        self.console.print(table)
        for sentence in self.last.words["depths"]:
            if sentence:
                self.console.print(sentence + ".")
