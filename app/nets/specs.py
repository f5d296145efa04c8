"""The specification of one network: its arm, depth, seed and learning rate."""

from dataclasses import dataclass

from app.contract.arms import Arm, record_of
from app.contract.connections import settings


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """One network of a stack. Arms of one stack have one ``structure_key``."""

    depth: int
    seed: int
    arm: Arm
    learning_rate: float


def own_settings(arm: Arm) -> Arm:
    """The arm with all settings that its connection does not use at their defaults."""
    record = record_of(arm)
    return arm.model_copy(update={name: one.default for name, one in settings().items() if not record.uses(name)})
