"""One run: its experiment, its state, and the stream of what it measured."""

from bisect import bisect_right
from dataclasses import replace

import orjson

from app.contract.events import Event, LearningRate, Prepared, RunState, Snapshot, State, encode_event
from app.contract.experiment import Experiment
from app.contract.measurements import Ended, Evaluated, Measurement, Paused, Resumed
from app.contract.measurements import Prepared as NetworksStand
from app.contract.presets import prediction_of
from app.ids import RunId
from app.runs.asked import Asked
from app.runs.digest import Digest
from app.runs.pace import Pace
from app.runs.states import check_transition, is_final
from app.runs.stream import Stream


class Run:
    """A run. ``apply`` takes measurements, ``move`` changes the state; both publish to ``stream``.

    Attributes:
        created: seconds since 1970 when it was asked for.
        recorded: whether it was read back from the store, not trained by this server process.
        asked: who gave the orders that are still to take effect.
    """

    def __init__(
        self,
        run_id: RunId,
        experiment: Experiment,
        created: float,
        *,
        paused: bool = False,
        recorded: bool = False,
        epoch: int | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.id = run_id
        self.experiment = experiment
        self.created = created
        self.starts_paused = paused
        self.recorded = recorded
        self.state: RunState = "queued"
        self.reason: str | None = None
        self.step = 0
        self.provenance: dict[str, object] = {}
        self.stream = Stream(run_id, epoch, pace)
        self.asked = Asked()
        self._evaluation_steps: list[int] = []
        self._position: int | None = None
        self._digest = Digest(experiment)
        self._snapshot: tuple[int, str] | None = None

    @property
    def over(self) -> bool:
        """Whether the run has ended, however."""
        return is_final(self.state)

    def last_evaluation(self, until: int | None = None) -> int | None:
        """The step of the last evaluation (up to a step); None where there was none yet."""
        count = len(self._evaluation_steps) if until is None else bisect_right(self._evaluation_steps, until)
        return self._evaluation_steps[count - 1] if count else None

    def move(self, state: RunState, reason: str | None = None) -> None:
        """Change the state. Raises ``IllegalMove`` when the table has no such transition."""
        check_transition(self.state, state)
        self.state, self.reason = state, reason
        self.stream.publish(State(state, self.step, reason, by=self.asked.state(state)))

    def remark(self, remark: str) -> None:
        """Say something about the state that the run is in."""
        self.reason = f"{self.reason}; {remark}" if self.reason else remark
        self.stream.publish(State(self.state, self.step, self.reason))

    def publish_position(self, position: int) -> None:
        """Publish the position of this run in the queue, from 1, if it has changed."""
        if position == self._position:
            return
        self._position = position
        self.stream.publish(State(self.state, self.step, None, position))

    def apply(self, measurement: Measurement) -> None:
        """Take in what training says: publish it, and follow it with the state."""
        if not isinstance(measurement, NetworksStand):
            self.step = measurement.step
        if isinstance(measurement, Evaluated):
            self._evaluation_steps.append(measurement.step)
        match measurement:
            case Paused():
                self.move("paused")
            case Resumed():
                if self.state != "running":
                    self.move("running")
            case Ended(stopped=stopped):
                self.move("stopped" if stopped else "finished")
            case _:
                self._publish(self._digest.event(measurement))

    def snapshot(self) -> str:
        """The whole run as the text of a ``snapshot`` event; made once for all who ask at the same position."""
        if self._snapshot is None or self._snapshot[0] != self.stream.seq:
            history = [orjson.Fragment(entry.text) for entry in self.stream.history.entries()]
            event = Snapshot(
                experiment=self.experiment.model_dump(mode="json"),
                cells=self.experiment.cell_objects(),
                poll=prediction_of(self.experiment).poll(self.experiment),
                provenance=self.provenance,
                state=self.state,
                reason=self.reason,
                step=self.step,
                recorded=self.recorded,
                history=history,
            )
            self._snapshot = self.stream.seq, encode_event(event, self.id, self.stream.position)
        return self._snapshot[1]

    def _publish(self, event: Event | None) -> None:
        if event is None:
            return
        if isinstance(event, LearningRate):
            event = replace(event, by=self.asked.rate())
        self.stream.publish(event)
        if isinstance(event, Prepared):
            self.provenance = event.provenance
            if not self.starts_paused:
                self.move("running")
