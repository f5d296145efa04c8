"""``skipscope analyse``: a question put to kept weights without a server, by the functions that the server uses."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import orjson
from rich import box
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from app.analyses.convergence import convergence
from app.analyses.desk import train as answer
from app.analyses.desk import warm_up
from app.analyses.subject import no_such_depth
from app.contract import findings as f
from app.contract.events import Analysis
from app.contract.experiment import Experiment
from app.contract.kept import steps_in
from app.contract.measurements import Measurement, Prepared
from app.contract.presets import PRESETS
from app.contract.questions import Convergence, Question
from app.errors import Refused, UnknownRun
from app.ids import RunId, new_analysis_id
from app.learning.devices import choose
from app.learning.training import no_orders, train
from app.overrides import fields_of, question_of
from app.runs.store import Store

#: the newest run of the data folder
LAST = "last"


def run(
    name: str,
    kind: str,
    settings: Sequence[str],
    *,
    step: int | None,
    json: bool,
    threads: int,
    device: str,
    data_dir: Path,
    dataset_dir: Path | None,
) -> int:
    """Answer a question and show what was found. Returns the exit code.

    Args:
        name: the id of a run in the data folder, ``last``, or a preset, which is then trained first.
        kind, settings: the question and its fields, ``key=value``; without a depth the deepest is asked.
        step: the weights kept last up to this step, or the evaluations up to it; None: the last ones, or all.
        json: one object on standard output instead of sentences and a table.
        threads: of torch.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        data_dir: where runs are recorded.
        dataset_dir: folder of the user's own data.

    Raises:
        Refused: the question does not fit the run, or its weights are not there.
        UnknownRun: there is no such run.
    """
    choose(device)
    warm_up(threads)
    console = Console(stderr=json)
    with ExitStack() as stack:
        progress = stack.enter_context(Progress(console=console, transient=True))
        if name in PRESETS:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            experiment = PRESETS[name].experiment
            question = _question(kind, settings, experiment)  # before it is trained
            measured = list(_trained(experiment, progress, folder, device, dataset_dir))
            keep: Callable[[Analysis], None] | None = None
        else:
            store = Store(data_dir, lambda reason: None)
            stack.callback(store.close)
            newest = store.runs(1) if name == LAST else [store.run(name)]
            if not newest:
                raise UnknownRun(f"no run is recorded in {data_dir} yet")
            stored = newest[0]
            experiment, folder = stored.experiment, data_dir / "weights" / stored.id
            question = _question(kind, settings, experiment)
            measured = list(store.measurements(stored.id, most_frames=1))
            keep = _keeper(store, stored.id)
        way = tuple((at, file) for at, file in steps_in(folder) if step is None or at <= step)
        finding: f.Finding
        if isinstance(question, Convergence):
            at, finding = convergence(experiment, measured, question, step)
        else:
            if not way:
                raise Refused("step: there are no weights of this run up to there", "step")
            at = way[-1][0]
            inquiry = f.Inquiry(experiment, question, at, way[-1][1], way)
            finding = _answered(inquiry, progress, device, dataset_dir)
        if keep:
            asked, found = question.model_dump(mode="json"), f.plain(finding)
            keep(Analysis(new_analysis_id(), asked, at, "finished", 1.0, found, None))
    if json:
        told = {"question": question.model_dump(mode="json"), "step": at, "finding": f.plain(finding)}
        print(orjson.dumps(told).decode())
        return 0
    console.print(_table(experiment, finding))
    for sentence in finding.words:
        console.print(sentence[:1].upper() + sentence[1:] + ".", highlight=False)
    return 0


def _question(kind: str, settings: Sequence[str], experiment: Experiment) -> Question:
    """The question, of the deepest networks unless it says otherwise. Raises ``Refused``."""
    if "depth" in fields_of(kind) and not any(setting.startswith("depth=") for setting in settings):
        settings = [*settings, f"depth={experiment.depths[-1]}"]
    question = question_of(kind, settings)
    if getattr(question, "depth", experiment.depths[0]) not in experiment.depths:
        raise no_such_depth(experiment, question.depth)  # type: ignore[union-attr]
    return question


def _keeper(store: Store, run_id: RunId) -> Callable[[Analysis], None]:
    return lambda analysis: store.save_analysis(run_id, time.time(), analysis)


def _trained(
    experiment: Experiment, progress: Progress, folder: Path, device: str, dataset_dir: Path | None
) -> Iterator[Measurement]:
    """What training measures; the weights go to ``folder``."""
    bar = progress.add_task("training", total=experiment.steps)
    for measurement in train(experiment, keep=folder, device=device, dataset_dir=dataset_dir):
        if not isinstance(measurement, Prepared):
            progress.update(bar, completed=measurement.step)
        yield measurement


def _answered(inquiry: f.Inquiry, progress: Progress, device: str, dataset_dir: Path | None) -> f.Finding:
    bar = progress.add_task(inquiry.question.kind, total=1.0)
    finding = None
    for found in answer(inquiry, take=no_orders, device=device, dataset_dir=dataset_dir):
        progress.update(bar, completed=found.progress)
        finding = found.finding or finding
    assert finding is not None
    return finding


def _table(experiment: Experiment, finding: f.Finding) -> Table:
    """The numbers of a finding: one row for each entry along its axis, the medians of each arm as columns."""

    def name(told: f.ArmCurve | f.ArmPaths | f.ArmFlow | f.Line | f.Surface | f.Reached) -> str:
        return f"{experiment.arm_names()[told.arm]}-{told.layers}"

    match finding:
        case f.Cut(arms=arms):
            heads = [f"{name(arm)} {what}" for arm in arms for what in ("accuracy", "loss")]
            axis = max((arm.at for arm in arms), key=len)
            columns = [column for arm in arms for column in (arm.accuracy[0], arm.loss[0])]
            return _columns(["block or count", *heads], [list(axis), *columns])
        case f.PathsFinding(arms=arms):
            # blocks of different arms have different numbers of layers
            lengths = sorted({length for arm in arms for length in arm.lengths})
            heads = [f"{name(arm)} {what}" for arm in arms for what in ("paths", "share", "one path", "product")]
            found = [
                dict(zip(arm.lengths, column, strict=True))
                for arm in arms
                for column in (arm.paths, arm.share[0], arm.single[0], arm.product[0])
            ]
            columns = [[at.get(length) for length in lengths] for at in found]
            return _columns(["weight layers", *heads], [list(lengths), *columns])
        case f.FlowFinding(arms=arms):
            heads = [f"{name(arm)} {what}" for arm in arms for what in ("forward", "backward")]
            columns = [column for arm in arms for column in (arm.forward[0], arm.backward[0])]
            return _columns(["layer", *heads], [list(range(1, max(map(len, columns)) + 1)), *columns])
        case f.ShatteringFinding(lags=lags, spacing=spacing, lines=lines):
            heads = ["\n".join(name(line).rsplit("-", 1)) for line in lines]  # two lines, so that eight fit
            distances = [lag * spacing for lag in lags]
            return _columns(["distance", *heads], [distances, *(line.autocorrelation[0] for line in lines)])
        case f.LandscapeFinding(surfaces=surfaces):
            table = _columns(["arm", "lowest loss of the plane", "highest"], [])
            for surface in surfaces:
                losses = [value for row in surface.loss for value in row if value is not None]
                table.add_row(name(surface), *map(_shown, (min(losses, default=None), max(losses, default=None))))
            return table
        case f.ConvergenceFinding(cells=cells):
            table = _columns(["network", "by step", "seconds of the whole sweep", "its own FLOPs"], [])
            for cell in cells:
                table.add_row(
                    name(cell),
                    *(_shown(v) if v is not None else "not reached" for v in (cell.step, cell.seconds, cell.flops)),
                )
            return table


def _columns(heads: Sequence[str], columns: Sequence[Sequence[float | None]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for head in heads:
        table.add_column(head, justify="right")
    for row in range(max(map(len, columns), default=0)):
        table.add_row(*(_shown(column[row]) if row < len(column) else "" for column in columns))
    return table


def _shown(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3g}" if abs(value) < 1 else f"{value:.4g}"
