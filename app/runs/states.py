"""The states of a run, and which move leads from one to the next. This table is the whole rule."""

from app.contract.events import FINAL_STATES, RunState
from app.errors import IllegalMove

TRANSITIONS: dict[RunState, frozenset[RunState]] = {
    "queued": frozenset({"starting", "stopped", "interrupted"}),
    "starting": frozenset({"running", "paused", "finished", "stopped", "failed", "interrupted"}),
    "running": frozenset({"paused", "finished", "stopped", "failed", "interrupted"}),
    "paused": frozenset({"paused", "running", "finished", "stopped", "failed", "interrupted"}),
    "finished": frozenset(),
    "stopped": frozenset(),
    "failed": frozenset(),
    "interrupted": frozenset(),
}

#: in which states a run takes a command; a queued one can only be stopped
COMMAND_FITS: dict[str, frozenset[RunState]] = {
    "pause": frozenset({"starting", "running"}),
    "resume": frozenset({"paused"}),
    "step": frozenset({"starting", "running", "paused"}),
    "stop": frozenset({"queued", "starting", "running", "paused"}),
    "set_learning_rate": frozenset({"starting", "running", "paused"}),
}


def check_transition(old: RunState, new: RunState) -> None:
    """Raise ``IllegalMove`` unless a run may go from ``old`` to ``new``."""
    if new not in TRANSITIONS[old]:
        raise IllegalMove(f"a run that is {old} cannot become {new}")


def check_command(command: str, state: RunState) -> None:
    """Raise ``IllegalMove`` unless a run in ``state`` takes the command of this tag."""
    if state not in COMMAND_FITS[command]:
        raise IllegalMove(f"{command}: the run is {state}")


def is_final(state: RunState) -> bool:
    """Whether nothing can follow this state."""
    return state in FINAL_STATES
