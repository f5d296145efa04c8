"""The analysis service: takes questions about runs, has them answered, and tells the viewers and the store.

Questions about weights wait for each other and are answered in a worker process, each with an id of its own. Questions
about evaluations are answered here from the store, at once. Many viewers ask those again and again while a run trains,
so there is one answer to each, with one id: it is computed once for all who ask at the same evaluation, and a later one
replaces it in the stream, in the history and in the store.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from app.analyses.analyse import analyse, complete_finding
from app.analyses.evaluations import Evaluations
from app.analyses.registry import analysis_of
from app.contract.commands import Stop
from app.contract.events import Analysis
from app.contract.findings import AnalysisProgress, AnalysisRequest, Finding, plain
from app.contract.questions import Question
from app.errors import Busy, SkipscopeError, UnknownRun
from app.ids import AnalysisId, analysis_id_of, new_analysis_id
from app.runs.run import Run
from app.runs.service import RunService
from app.runs.weights import newest_weights, no_weights
from app.workers.executor import Executor

log = logging.getLogger(__name__)

#: questions of all viewers that may wait
MOST_WAITING = 16


@dataclass(slots=True)
class _Job:
    """A question that is being answered.

    Attributes:
        step: up to which checkpoints or evaluations count; None: all do.
        latest: the newest event about it.
        evaluation: of a question about evaluations the last one that counts.
        asked_again: whether that question was asked at another evaluation since.
        began: when its computation began, on the service's timer; None before.
    """

    run: Run
    question: Question
    step: int | None
    latest: Analysis
    task: asyncio.Task[None] | None = None
    cancelled: bool = False
    evaluation: int | None = None
    asked_again: bool = False
    began: float | None = None


class AnalysisService:
    """Has questions answered.

    Args:
        service: the runs, their store and their weights.
        executor: processes that answer questions about weights.
        clock: seconds since 1970.
        timer: seconds, monotonic.
    """

    def __init__(
        self,
        service: RunService,
        executor: Executor[AnalysisRequest, AnalysisProgress],
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.executor = executor
        self._service, self._store, self._clock, self._timer = service, service.store, clock, timer
        self._jobs: dict[AnalysisId, _Job] = {}
        self._turn = asyncio.Semaphore(executor.capacity())
        self._closing = False

    def ask(self, run: Run, question: Question, step: int | None = None) -> AnalysisId:
        """Ask a question about a run: about the last weights or evaluations up to ``step`` (None: those of now).

        The answer goes to the run's stream.

        Raises:
            Busy, Refused: and then nothing was changed.
        """
        self._service.check_followed(run)
        if analysis_of(question).needs_weights:
            job = self._new_job(new_analysis_id(), run, question, step)
            run.stream.publish(job.latest)
            self._begin(job, self._answer_from_weights(job))
            return AnalysisId(job.latest.analysis)
        name = analysis_id_of(run.id, question.model_dump(mode="json"), step)
        evaluation = run.last_evaluation(step)
        if name in self._jobs:
            job = self._jobs[name]
            if evaluation != job.evaluation:
                job.step, job.asked_again = step, True
            return name
        known = run.stream.history.analysis(name)
        if known is None or known.step != evaluation or known.state == "failed":
            job = self._new_job(name, run, question, step)
            self._begin(job, self._answer_from_evaluations(job))
        return name

    def cancel(self, run_id: str, analysis: str) -> None:
        """End an analysis; nothing happens when it is over. Raises ``UnknownRun`` for one of another run."""
        job = self._jobs.get(AnalysisId(analysis))
        if job is None:
            return
        if job.run.id != run_id:
            raise UnknownRun(f"the run {run_id} has no analysis {analysis}")
        job.cancelled = True
        if job.latest.state == "running":
            self.executor.control(analysis, Stop(run=job.run.id))
        elif job.task:
            job.task.cancel()

    async def close(self) -> None:
        """End all analyses and the processes."""
        self._closing = True
        tasks = [job.task for job in self._jobs.values() if job.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.executor.close()

    def _new_job(self, name: AnalysisId, run: Run, question: Question, step: int | None) -> _Job:
        waiting = [analysis_of(job.question).needs_weights for job in self._jobs.values()]
        if waiting.count(analysis_of(question).needs_weights) >= MOST_WAITING:
            raise Busy(f"{MOST_WAITING} analyses wait or run already; try again when one is done")
        event = Analysis(name, question.model_dump(mode="json"), None, "waiting", 0.0, None, None)
        job = self._jobs[name] = _Job(run, question, step, event)
        job.evaluation = run.last_evaluation(step)
        return job

    def _begin(self, job: _Job, answering: Coroutine[Any, Any, None]) -> None:
        job.task = asyncio.create_task(answering, name=f"analysis-{job.latest.analysis}")

    async def _answer_from_weights(self, job: _Job) -> None:
        """Follow one question from its turn to its end, whatever the end is."""
        try:
            async with self._turn:
                await self._ask_worker(job)
            self._publish(job, state="cancelled" if job.cancelled else "finished")
        except SkipscopeError as error:
            if job.cancelled:  # its process had to be ended
                self._publish(job, state="cancelled")
            else:
                self._publish(job, state="failed", reason=str(error))
        except asyncio.CancelledError:
            self._publish(job, state="cancelled", reason="the server ended" if self._closing else None)
            if self._closing:
                raise
        except Exception:
            self._publish(job, state="failed", reason=_broken(job))
        finally:
            del self._jobs[AnalysisId(job.latest.analysis)]
            self._save(job)

    async def _ask_worker(self, job: _Job) -> None:
        request = await self._request(job)
        job.began = self._timer()
        self._publish(job, state="running", step=request.weights.step)
        async for progress in self.executor.start(job.latest.analysis, request):
            job.cancelled |= progress.cancelled
            self._publish(job, progress=progress.done, finding=progress.finding)

    async def _request(self, job: _Job) -> AnalysisRequest:
        """The weights that are asked about. Raises ``Refused`` when there are none."""
        if job.step is None and not job.run.over:
            saved = await self._service.save_checkpoint(job.run)
            if saved and saved.reason:
                raise no_weights(saved.reason)
        return AnalysisRequest(await newest_weights(self._service, job.run, job.step), job.question)

    async def _answer_from_evaluations(self, job: _Job) -> None:
        """Answer from the store, and again while the question is asked at another evaluation in the meantime."""
        try:
            while True:
                job.asked_again, job.evaluation = False, job.run.last_evaluation(job.step)
                try:
                    step, finding = await asyncio.to_thread(self._find, job.run, job.question, job.step)
                    self._publish(job, state="finished", step=step, progress=1.0, finding=finding, reason=None)
                except SkipscopeError as error:
                    self._publish(job, state="failed", step=job.evaluation, reason=str(error))
                except Exception:
                    self._publish(job, state="failed", step=job.evaluation, reason=_broken(job))
                self._save(job)
                if not job.asked_again:
                    return
        finally:
            del self._jobs[AnalysisId(job.latest.analysis)]

    def _find(self, run: Run, question: Question, until: int | None) -> tuple[int, Finding]:
        """The answer from the stored evaluations, and the step of the last one that counts."""
        self._store.flush()
        measurements = self._store.measurements(run.id, most_frames=1)
        evaluations = Evaluations.of(run.experiment, measurements, until)
        return evaluations.step, complete_finding(analyse(evaluations, question))

    def _publish(self, job: _Job, *, finding: Finding | None = None, **changed: object) -> None:
        if finding is not None:
            changed["finding"] = plain(finding)
        if job.began is not None:
            changed["seconds"] = round(self._timer() - job.began, 3)
        job.latest = replace(job.latest, **changed)  # type: ignore[arg-type]
        job.run.stream.publish(job.latest)

    def _save(self, job: _Job) -> None:
        if job.latest.state == "finished" and job.latest.seconds:
            self._service.answer_times.learn(job.run.experiment, job.question, job.latest.seconds)
        self._store.save_analysis(job.run.id, self._clock(), job.latest)


def _broken(job: _Job) -> str:
    """Log an error of ours; the reason for the viewers."""
    log.exception("analysis %s failed in the server", job.latest.analysis)
    return "the server could not go on with this analysis"
