"""Which runs can be traced: those of images with checkpoints, the recorded ones first, then the newest.

Of the recorded ones the pair comes first that was trained to be traced.
"""

from app.contract.experiment import DATASETS, Experiment
from app.contract.presets import PRESETS
from app.contract.recordings import TRACE_PAIR
from app.contract.trace import traceable
from app.contract.trace_lists import TraceableRun
from app.runs.recorded_runs import recorded_id
from app.runs.service import RunService
from app.runs.stored_run import StoredRun


def traceable_runs(service: RunService) -> list[TraceableRun]:
    """All recorded ones and those of the newest hundred. Reads files, so not for the event loop."""
    recorded = service.store.recorded
    titles = {name: preset.title for name, preset in PRESETS.items()}
    names = [TRACE_PAIR.name, *titles]
    runs = {name: service.store.run(recorded_id(name)) for name in names if recorded_id(name) in recorded}
    known = [(run, titles.get(name) or _title(run.experiment)) for name, run in runs.items()]
    stored = [(run, _title(run.experiment)) for run in service.store.runs()]
    found = (_record(service, run, title) for run, title in [*known, *stored] if traceable(run.experiment))
    return [one for one in found if one.steps]


def _title(experiment: Experiment) -> str:
    return f"{' and '.join(experiment.arm_names())}, {DATASETS[experiment.dataset]}"


def _record(service: RunService, run: StoredRun, title: str) -> TraceableRun:
    experiment = run.experiment
    steps = [step for step, _ in service.checkpoints.trajectory(run.id)]
    return TraceableRun(
        run.id, title, run.created, run.id in service.store.recorded, experiment.dataset, experiment.family,
        list(experiment.depths), list(experiment.arm_names()), [arm.connection for arm in experiment.arms], steps,
    )  # fmt: skip
