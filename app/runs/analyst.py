"""The analyst: takes questions about runs, has them answered one by one, tells the viewers and the store."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from app.analyses.convergence import convergence
from app.contract.commands import Stop
from app.contract.events import Analysis
from app.contract.findings import Finding, Found, Inquiry, plain
from app.contract.questions import Convergence, Question
from app.errors import Busy, Refused, SkipscopeError, UnknownRun
from app.ids import AnalysisId, new_analysis_id
from app.runs.run import Run
from app.runs.service import RunService
from app.workers.executor import Executor

log = logging.getLogger(__name__)

#: questions of all viewers that may wait
MOST_WAITING = 16


@dataclass(slots=True)
class _Work:
    """A question under way."""

    run: Run
    question: Question
    step: int | None
    told: Analysis
    task: asyncio.Task[None] | None = None
    cancelled: bool = False


class Analyst:
    """Has questions answered.

    Args:
        service: the runs, their store and their weights.
        executor: processes that answer.
        clock: seconds since 1970.
    """

    def __init__(
        self, service: RunService, executor: Executor[Inquiry, Found], clock: Callable[[], float] = time.time
    ) -> None:
        self.executor = executor
        self._service, self._store, self._clock = service, service.store, clock
        self._works: dict[AnalysisId, _Work] = {}
        self._turn = asyncio.Semaphore(executor.capacity())
        self._closing = False

    def ask(self, run: Run, question: Question, step: int | None = None) -> AnalysisId:
        """Put a question to the weights of a run, those kept last up to ``step`` (None: those of now).

        What comes of it goes to the run's stream. Raises ``Busy``, and then nothing was changed.
        """
        if len(self._works) >= MOST_WAITING:
            raise Busy(f"{MOST_WAITING} analyses wait or run already; try again when one is done")
        name = new_analysis_id()
        told = Analysis(name, question.model_dump(mode="json"), None, "waiting", 0.0, None, None)
        work = self._works[name] = _Work(run, question, step, told)
        run.stream.publish(told)
        work.task = asyncio.create_task(self._answer(work), name=f"analysis-{name}")
        return name

    def cancel(self, run_id: str, analysis: str) -> None:
        """End an analysis; nothing happens when it is over. Raises ``UnknownRun`` for one of another run."""
        work = self._works.get(AnalysisId(analysis))
        if work is None:
            return
        if work.run.id != run_id:
            raise UnknownRun(f"the run {run_id} has no analysis {analysis}")
        work.cancelled = True
        if work.told.state == "running":
            self.executor.control(analysis, Stop(run=work.run.id))
        elif work.task:
            work.task.cancel()

    async def close(self) -> None:
        """End all analyses and the processes."""
        self._closing = True
        tasks = [work.task for work in self._works.values() if work.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.executor.close()

    async def _answer(self, work: _Work) -> None:
        """Follow one question from its turn to its end, whatever the end is."""
        try:
            async with self._turn:
                await self._find_out(work)
            self._tell(work, state="cancelled" if work.cancelled else "finished")
        except SkipscopeError as error:
            if work.cancelled:  # its process had to be ended
                self._tell(work, state="cancelled")
            else:
                self._tell(work, state="failed", reason=str(error))
        except asyncio.CancelledError:
            self._tell(work, state="cancelled", reason="the server ended" if self._closing else None)
            if self._closing:
                raise
        except Exception:
            log.exception("analysis %s failed in the server", work.told.analysis)
            self._tell(work, state="failed", reason="the server could not go on with this analysis")
        finally:
            del self._works[AnalysisId(work.told.analysis)]
            self._store.save_analysis(work.run.id, self._clock(), work.told)

    async def _find_out(self, work: _Work) -> None:
        if isinstance(work.question, Convergence):
            step, finding = await asyncio.to_thread(self._convergence, work.run, work.question, work.step)
            self._tell(work, state="running", step=step, progress=1.0, finding=finding)
            return
        inquiry = await self._inquiry(work)
        self._tell(work, state="running", step=inquiry.step)
        async for found in self.executor.start(work.told.analysis, inquiry):
            work.cancelled |= found.cancelled
            self._tell(work, progress=found.progress, finding=found.finding)

    async def _inquiry(self, work: _Work) -> Inquiry:
        """The weights that are asked about. Raises ``Refused`` when there are none."""
        run = work.run
        missing = None
        if work.step is None and not run.over:
            kept = await self._service.keep_weights(run)
            missing = kept.reason if kept else None
        way = await asyncio.to_thread(self._service.weights.way, run.id, work.step)
        if not way or missing:
            why = missing or ("none were kept up to there" if run.step else "it has not begun")
            raise Refused(f"step: there are no weights of this run to analyse: {why}", "step")
        step, file = way[-1]
        return Inquiry(run.experiment, work.question, step, file, tuple(way))

    def _convergence(self, run: Run, question: Convergence, until: int | None) -> tuple[int, Finding]:
        self._store.flush()
        return convergence(run.experiment, self._store.measurements(run.id, most_frames=1), question, until)

    def _tell(self, work: _Work, *, finding: Finding | None = None, **changed: object) -> None:
        if finding is not None:
            changed["finding"] = plain(finding)
        work.told = replace(work.told, **changed)  # type: ignore[arg-type]
        work.run.stream.publish(work.told)
