"""``skipscope analyse``: a question answered without a server, by the functions that the server uses."""

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

from app.analyses.analyse import analyse, complete_finding
from app.analyses.evaluations import Evaluations
from app.analyses.record import Cell
from app.analyses.record import Table as Numbers
from app.analyses.registry import analysis_of, question_model
from app.contract.best_rate import best_cells_at
from app.contract.checkpoints import checkpoints_in
from app.contract.events import Analysis
from app.contract.experiment import Experiment
from app.contract.findings import AnalysisRequest, Finding, Weights, plain
from app.contract.measurements import Measurement, Prepared
from app.contract.presets import PRESETS
from app.contract.questions import Question, kind_of
from app.contract.refusals import no_such_depth
from app.errors import Refused, UnknownRun
from app.ids import RunId, analysis_id_of, new_analysis_id
from app.learning.devices import choose
from app.learning.training import no_orders, train
from app.overrides import question_of
from app.paths import recorded_dir
from app.runs.checkpoints import FOLDER
from app.runs.recorded_runs import RecordedRuns
from app.runs.store import Store
from app.workers.analysis import AnalysisWorker
from app.workers.worker import Context

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
    worker = AnalysisWorker()
    worker.warm_up(threads)
    console = Console(stderr=json)
    with ExitStack() as stack:
        progress = stack.enter_context(Progress(console=console, transient=True))
        save: Callable[[Question, int, Finding], None] | None = None
        if name in PRESETS:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            experiment = PRESETS[name].experiment
            question = _question(kind, settings, experiment)  # before it is trained
            measured = list(_trained(experiment, progress, folder, device, dataset_dir))
        else:
            store = Store(data_dir, lambda reason: None, recorded=RecordedRuns(recorded_dir()))
            stack.callback(store.close)
            newest = store.runs(1) if name == LAST else [store.run(name)]
            if not newest:
                raise UnknownRun(f"no run is recorded in {data_dir} yet")
            stored = newest[0]
            experiment = stored.experiment
            folder = store.recorded.folder_of(stored.id) or data_dir / FOLDER / stored.id
            question = _question(kind, settings, experiment)
            measured = list(store.measurements(stored.id, most_frames=1))
            save = _saver(store, stored.id, step)
        if analysis_of(question).needs_weights:
            trajectory = tuple((at, file) for at, file in checkpoints_in(folder) if step is None or at <= step)
            if not trajectory:
                raise Refused("step: there are no weights of this run up to there", "step")
            at, file = trajectory[-1]
            weights = Weights(experiment, at, file, trajectory, tuple(best_cells_at(experiment, measured, at)))
            finding = _answered(worker, AnalysisRequest(weights, question), progress, device, dataset_dir)
        else:
            evaluations = Evaluations.of(experiment, measured, step)
            at, finding = evaluations.step, complete_finding(analyse(evaluations, question))
        if save:
            save(question, at, finding)
    if json:
        answer = {"question": question.model_dump(mode="json"), "step": at, "finding": plain(finding)}
        print(orjson.dumps(answer).decode())
        return 0
    console.print(_table(analysis_of(question).table(experiment, finding)))
    for sentence in finding.words:
        console.print(sentence[:1].upper() + sentence[1:] + ".", highlight=False)
    return 0


def _question(kind: str, settings: Sequence[str], experiment: Experiment) -> Question:
    """The question, of the deepest networks unless it says otherwise. Raises ``Refused``."""
    fields = question_model(kind).model_fields
    if "depth" in fields and not any(setting.startswith("depth=") for setting in settings):
        settings = [*settings, f"depth={experiment.depths[-1]}"]
    question = question_of(kind, settings)
    depth: int | None = getattr(question, "depth", None)
    if depth is not None and depth not in experiment.depths:
        raise no_such_depth(experiment.depths, depth)
    return question


def _saver(store: Store, run_id: RunId, until: int | None) -> Callable[[Question, int, Finding], None]:
    """Records an answer about a run up to a step (None: to its end) as the server does."""

    def save(question: Question, step: int, finding: Finding) -> None:
        asked = question.model_dump(mode="json")
        name = new_analysis_id() if analysis_of(question).needs_weights else analysis_id_of(run_id, asked, until)
        store.save_analysis(run_id, time.time(), Analysis(name, asked, step, "finished", 1.0, plain(finding), None))

    return save


def _trained(
    experiment: Experiment, progress: Progress, folder: Path, device: str, dataset_dir: Path | None
) -> Iterator[Measurement]:
    """What training measures; the weights go to ``folder``."""
    bar = progress.add_task("training", total=experiment.steps)
    for measurement in train(experiment, checkpoints=folder, device=device, dataset_dir=dataset_dir):
        if not isinstance(measurement, Prepared):
            progress.update(bar, completed=measurement.step)
        yield measurement


def _answered(
    worker: AnalysisWorker, request: AnalysisRequest, progress: Progress, device: str, dataset_dir: Path | None
) -> Finding:
    bar = progress.add_task(kind_of(request.question), total=1.0)

    def followed() -> Iterator[float | Finding]:
        for result in worker.run(request, Context(no_orders, device=device, dataset_dir=dataset_dir)):
            progress.update(bar, completed=result.done)
            yield result.finding or result.done

    return complete_finding(followed())


def _table(numbers: Numbers) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for head in numbers.heads:
        table.add_column(head, justify="right")
    for row in numbers.rows:
        table.add_row(*map(_shown, row))
    return table


def _shown(value: Cell) -> str:
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    return f"{value:.3g}" if abs(value) < 1 else f"{value:.4g}"
