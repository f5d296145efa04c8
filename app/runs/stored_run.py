"""A run as it is stored: who it is, how it ended, where it was measured."""

from dataclasses import dataclass

import orjson

from app.contract.events import Analysis, RunState
from app.contract.experiment import Experiment
from app.ids import RunId


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run as the store knows it."""

    id: RunId
    created: float
    state: RunState
    reason: str | None
    step: int
    experiment: Experiment
    provenance: dict[str, object]
    versions: dict[str, str]


def stored_run(
    run_id: str, created: float, state: RunState, reason: str | None, step: int, _: str,
    experiment: str, provenance: str, versions: str,
) -> StoredRun:  # fmt: skip
    """A run from the columns of its row. Raises ValueError when they are damaged."""
    return StoredRun(
        RunId(run_id), created, state, reason, step, Experiment.model_validate_json(experiment),
        orjson.loads(provenance), orjson.loads(versions),
    )  # fmt: skip


def stored_analysis(data: str) -> Analysis:
    """An analysis as it was saved. Raises TypeError or ValueError when it is damaged."""
    return Analysis(**orjson.loads(data))
