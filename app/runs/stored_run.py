"""A run as it is stored: who it is, how it ended, where it was measured."""

from dataclasses import dataclass

from app.contract.events import RunState
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
