"""The table of states."""

from typing import get_args

import pytest

from app.contract.commands import COMMANDS, Analyse, CancelAnalysis, RunCommand, Subscribe, Unsubscribe
from app.contract.events import FINAL_STATES, RunState
from app.errors import IllegalMove
from app.runs.states import COMMAND_FITS, TRANSITIONS, check_command, check_transition, is_final

STATES: tuple[RunState, ...] = get_args(RunState)


def test_every_state_is_in_the_table() -> None:
    assert set(TRANSITIONS) == set(STATES)


def test_nothing_follows_a_final_state() -> None:
    assert {state for state in STATES if not TRANSITIONS[state]} == FINAL_STATES


@pytest.mark.parametrize("old", STATES)
@pytest.mark.parametrize("new", STATES)
def test_a_move_is_made_or_refused_by_name(old: RunState, new: RunState) -> None:
    if new in TRANSITIONS[old]:
        check_transition(old, new)
    else:
        with pytest.raises(IllegalMove, match=f"a run that is {old} cannot become {new}"):
            check_transition(old, new)


def test_every_command_to_a_run_has_its_states() -> None:
    in_any_state = {cls.tag for cls in (Subscribe, Unsubscribe, Analyse, CancelAnalysis)}
    commands = {cls.tag for cls in COMMANDS if issubclass(cls, RunCommand)}
    assert set(COMMAND_FITS) == commands - in_any_state


@pytest.mark.parametrize("command", COMMAND_FITS)
@pytest.mark.parametrize("state", STATES)
def test_a_command_fits_or_is_refused_by_name(command: str, state: RunState) -> None:
    if state in COMMAND_FITS[command]:
        assert not is_final(state)
        check_command(command, state)
    else:
        with pytest.raises(IllegalMove, match=f"{command}: the run is {state}"):
            check_command(command, state)
