"""The service: starts runs, queues them, keeps them, hands them out. The one owner of all runs."""

import asyncio
import contextlib
import logging
import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from functools import partial

from app.contract.commands import RunCommand, SaveCheckpoint, SetLearningRate, Stop
from app.contract.events import Deleted
from app.contract.experiment import Experiment
from app.contract.measurements import CheckpointSaved, Ended, Measurement
from app.errors import Busy, DataUnavailable, IllegalMove, Refused, SkipscopeError, UnknownRun
from app.ids import RunId, ViewerId, new_run_id
from app.runs.answer_times import AnswerTimes
from app.runs.checkpoints import Checkpoints
from app.runs.estimate import Estimates
from app.runs.history import MOST_FRAMES
from app.runs.pace import Pace
from app.runs.recorded_runs import RecordedRuns
from app.runs.recording import Recording
from app.runs.run import Run
from app.runs.silence import Silence
from app.runs.states import check_command, is_final
from app.runs.store import Store
from app.workers.executor import Executor

log = logging.getLogger(__name__)

#: runs that stay in memory after their end; older ones are read back from the store when asked for
KEPT_IN_MEMORY = 20
#: what a run says of itself that was thinned
THINNED = "nine of ten measurements between evaluations were removed to make room"


class RunService:
    """All runs of this server.

    Args:
        executor: what trains them.
        store: where they are recorded.
        queue_limit: how many may wait for the executor.
        checkpoints: those of all runs.
        clock: seconds since 1970.
        admit: raises ``Refused`` for an experiment that this machine cannot train.
        longest_hours: how long a run may take by the estimate.
        what_stays: says which of an experiment's checkpoints will not be kept; None where all will.
        on_silence: called with a run's id when nothing has come from its training for long (True), and when that has
            ended (False).
        on_active: called with a run's id when its training begins.
    """

    def __init__(
        self,
        executor: Executor[Experiment, Measurement],
        store: Store,
        queue_limit: int,
        checkpoints: Checkpoints,
        clock: Callable[[], float] = time.time,
        admit: Callable[[Experiment], None] = lambda experiment: None,
        longest_hours: float = math.inf,
        what_stays: Callable[[Experiment], str | None] = lambda experiment: None,
        on_silence: Callable[[RunId, bool], None] = lambda run, silent: None,
        on_active: Callable[[RunId], None] = lambda run: None,
    ) -> None:
        self.executor = executor
        self.store = store
        self.checkpoints = checkpoints
        self.estimates = Estimates(store)
        self.answer_times = AnswerTimes(store, self.estimates)
        self.latest: Run | None = None
        self.pace = Pace()
        self._queue_limit = queue_limit
        self._admit, self._longest_hours, self.what_stays = admit, longest_hours, what_stays
        self._clock, self._on_silence, self._on_active = clock, on_silence, on_active
        self._runs: OrderedDict[RunId, Run] = OrderedDict()
        self._waiting: deque[Run] = deque()
        self._training: dict[RunId, asyncio.Task[None]] = {}
        self._recordings: dict[RunId, Recording] = {}
        self._saving: dict[RunId, list[asyncio.Future[CheckpointSaved | None]]] = {}
        self._reading = asyncio.Lock()
        self._closing = False

    @property
    def active(self) -> RunId | None:
        """The run that trains (the newest of several), else the last one."""
        for run in reversed(self._runs.values()):
            if run.id in self._training:
                return run.id
        return self.latest.id if self.latest else None

    @property
    def active_count(self) -> int:
        """How many runs train."""
        return len(self._training)

    @property
    def waiting(self) -> int:
        """How many runs wait for the executor."""
        return len(self._waiting)

    def admit(self, experiment: Experiment) -> None:
        """Raise ``Refused`` for an experiment that this machine cannot train, or not in the time that it may take."""
        self._admit(experiment)
        self.estimates.check(experiment, self._longest_hours)

    def start(self, experiment: Experiment, paused: bool = False) -> Run:
        """Begin a run, or put it into the queue. Raises ``Busy`` or ``Refused``, and then nothing was changed."""
        self.admit(experiment)
        if len(self._training) >= self.executor.capacity() and len(self._waiting) >= self._queue_limit:
            raise Busy(f"all training slots are taken and {self._queue_limit} runs wait; try again in a minute")
        run = Run(new_run_id(), experiment, self._clock(), paused=paused, pace=self.pace)
        self._runs[run.id] = self.latest = run
        self._recordings[run.id] = Recording(run, self.store)
        self._waiting.append(run)
        self._advance()
        return run

    def control(self, command: RunCommand, by: ViewerId | None = None) -> None:
        """Hand a command to its run; ``by`` is the viewer who gave it.

        Raises:
            UnknownRun, IllegalMove: and then nothing was changed.
        """
        run = self._runs.get(RunId(command.run))
        if run is None:
            state = self.store.run(command.run).state  # a run of former times: over, so the table refuses
            check_command(command.tag, state)
            raise UnknownRun(f"the run {command.run} belongs to another server")
        check_command(command.tag, run.state)
        if isinstance(command, SetLearningRate) and run.experiment.learning_rates:
            raise IllegalMove("set_learning_rate: in fair mode each arm trains at several rates; none is changed alone")
        arms = len(run.experiment.arms)
        if isinstance(command, SetLearningRate) and command.arm is not None and command.arm >= arms:
            raise Refused(f"arm: {command.arm} is over the limit of {arms - 1}, the last arm of this run", "arm")
        run.asked.add(command, run.state, by)
        if run.state == "queued" and isinstance(command, Stop):
            self._waiting.remove(run)
            self._recordings.pop(run.id).move("stopped")
            self._advance()
        else:
            self.executor.control(run.id, command)

    async def save_checkpoint(self, run: Run) -> CheckpointSaved | None:
        """Have a run that trains save a checkpoint now; None when it ended before it could."""
        done: asyncio.Future[CheckpointSaved | None] = asyncio.get_running_loop().create_future()
        if run.id not in self._training:
            return None
        self._saving.setdefault(run.id, []).append(done)
        self.executor.control(run.id, SaveCheckpoint(run=run.id))
        return await done

    def check_followed(self, run: Run) -> None:
        """Raise ``Refused`` if another process trains the run: what it measures does not come here."""
        if not run.over and run.id not in self._runs:
            raise Refused("run: another process trains it; ask when it has ended", "run")

    async def find(self, run_id: str) -> Run:
        """A run of this server, or one rebuilt from the store. Raises ``UnknownRun``."""
        run = self._runs.get(RunId(run_id))
        if run is not None:
            return run
        async with self._reading:  # one reading serves all who come back together
            run = self._runs.get(RunId(run_id))
            if run is None:
                run = await asyncio.to_thread(rebuild, self.store, run_id, self.pace)
                if run.over:  # a run that another server trains in the same folder changes under our eyes
                    self._runs[run.id] = run
                    self._forget_old()
        return run

    def forget(self, run_id: str, until: float) -> None:
        """Let go of a run that was deleted and can be brought back ``until`` then; who follows it is told."""
        run = self._runs.get(RunId(run_id))
        if self.latest is not None and self.latest.id == run_id:
            self.latest = None
        if run is not None and run.over:
            run.stream.publish(Deleted(until))
            del self._runs[run.id]

    def record_again(self) -> None:
        """Record the runs that have not ended once more: what the record had of them is gone."""
        for recording in self._recordings.values():
            recording.begin()

    async def close(self) -> None:
        """End all runs as ``interrupted``, and the executor with them."""
        self._closing = True
        for run in list(self._waiting):
            self._recordings[run.id].move("interrupted", "the server ended")
        self._waiting.clear()
        for task in self._training.values():
            task.cancel()
        await asyncio.gather(*self._training.values(), return_exceptions=True)
        await self.executor.close()

    def _advance(self) -> None:
        """Start what can start; publish the positions of the others in the queue."""
        while self._waiting and len(self._training) < self.executor.capacity():
            run = self._waiting.popleft()
            self._recordings[run.id].move("starting")
            self._training[run.id] = asyncio.create_task(self._train(run), name=f"train-{run.id}")
            self._on_active(run.id)
        for position, run in enumerate(self._waiting, start=1):
            run.publish_position(position)
        self._forget_old()

    async def _train(self, run: Run) -> None:
        """Follow one training from its start to its end, whatever the end is."""
        silence = Silence(lambda: run.state in ("starting", "running"), partial(self._on_silence, run.id))
        try:
            async with contextlib.aclosing(self.executor.start(run.id, run.experiment, run.starts_paused)) as training:
                async for measurement in training:
                    silence.heard()
                    self._take(run, measurement)
            if not run.over and run.asked.is_stop_asked:
                self._recordings[run.id].move("stopped", "the step at hand took too long, so its process was ended")
            elif not run.over:
                self._recordings[run.id].move("failed", "the training ended without a last word")
        except SkipscopeError as error:
            self._recordings[run.id].move("failed", str(error))
        except asyncio.CancelledError:
            self._recordings[run.id].move("interrupted", "the server ended")
            raise
        except Exception:
            log.exception("run %s failed in the server", run.id)
            self._recordings[run.id].move("failed", "the server could not go on with this run")
        finally:
            silence.end()
            del self._training[run.id], self._recordings[run.id]
            self._saved(run, None)
            if not self._closing:
                self._advance()

    def _take(self, run: Run, measurement: Measurement) -> None:
        self._recordings[run.id].take(measurement)
        if isinstance(measurement, CheckpointSaved):
            self._saved(run, measurement)
        elif isinstance(measurement, Ended):
            self.estimates.learn(run.experiment, measurement)

    def _saved(self, run: Run, saved: CheckpointSaved | None) -> None:
        for done in self._saving.pop(run.id, ()):
            if not done.done():
                done.set_result(saved)

    def _forget_old(self) -> None:
        # what was found about a recorded run is in memory alone, so these stay
        ended = [run for run in self._runs.values() if run.over and run.id not in self.store.recorded]
        over = [run.id for run in ended if not run.stream.listeners]
        for run_id in over[: max(0, len(over) - KEPT_IN_MEMORY)]:
            del self._runs[run_id]


def rebuild(store: Store | RecordedRuns, run_id: str, pace: Pace | None = None) -> Run:
    """A run as the store holds it, its events made anew from what was measured, without what is damaged.

    Raises:
        UnknownRun, DataUnavailable: there is none, or nothing is left of it.
    """
    stored = store.run(run_id)
    comes_along = store if isinstance(store, RecordedRuns) else store.recorded
    epoch = comes_along.checksum(run_id) if run_id in comes_along else None
    run = Run(stored.id, stored.experiment, stored.created, recorded=True, epoch=epoch, pace=pace)
    run.move("starting")
    damaged: list[str] = []
    for measurement in store.measurements(run_id, most_frames=2 * MOST_FRAMES, on_damage=damaged.append):
        if damaged and not run.provenance:
            raise DataUnavailable(f"the record of the run {run_id} is damaged from its beginning on")
        run.apply(measurement)
    run.provenance = stored.provenance or run.provenance  # of where it was trained, not of this machine
    if not run.over and is_final(stored.state):
        run.step = max(run.step, stored.step)
        run.move(stored.state, stored.reason)
    if damaged:
        run.remark(f"damaged in the record and left out: {', '.join(damaged[:5])}{' …' if len(damaged) > 5 else ''}")
    if store.is_thinned(run_id):
        run.remark(THINNED)
    for analysis in store.analyses(run_id):
        run.stream.publish(analysis)
    run.stream.end_rebuilding()
    return run
