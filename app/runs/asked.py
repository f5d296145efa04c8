"""Who asked for what a run is about to do: an order is given now, and the training process tells its effect later."""

from collections import deque

from app.contract.commands import Pause, Resume, RunCommand, SetLearningRate, Step, Stop
from app.contract.events import RunState
from app.ids import ViewerId


class Asked:
    """The viewers whose orders to one run are still to take effect. Nothing of it is stored."""

    def __init__(self) -> None:
        self._states: dict[RunState, ViewerId | None] = {}
        self._rates: deque[ViewerId | None] = deque()

    def add(self, command: RunCommand, state: RunState, by: ViewerId | None) -> None:
        """An order was given to a run in ``state``. Of several for one state the first is that which leads to it."""
        match command:
            case SetLearningRate():
                self._rates.append(by)
            case Step() if state == "paused":
                pass  # it stays paused
            case Pause() | Step():
                self._states.setdefault("paused", by)
            case Resume():
                self._states.setdefault("running", by)
            case Stop():
                self._states.setdefault("stopped", by)

    @property
    def is_stop_asked(self) -> bool:
        """Whether somebody has asked for the end, and it has not come yet."""
        return "stopped" in self._states

    def state(self, state: RunState) -> ViewerId | None:
        """Who asked for the state that the run is in now; None where nobody did."""
        return self._states.pop(state, None)

    def rate(self) -> ViewerId | None:
        """Who asked for the learning rate that holds now: every order has one effect, in the same order."""
        return self._rates.popleft() if self._rates else None
