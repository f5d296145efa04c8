"""The trace service: has images traced through networks, of a run or published, and answers whoever asked.

Answers are for the asker alone: they go into no stream and no store. The process is started when the first visitor
comes, and it is another than that of the analyses. Of a hall of students one at a time comes before the lecturer.
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from typing import Any

from app.contract.published_trace import PublishedRequest
from app.contract.roles import Role
from app.contract.trace import TraceQuestion, TraceRequest, check_traceable
from app.errors import Busy, SkipscopeError
from app.runs.service import RunService
from app.runs.weights import newest_weights
from app.workers.executor import Executor

#: traces that may wait or run, of the students and of the lecturer
MOST_WAITING = 16


@dataclass
class _Job:
    role: Role
    has_begun: bool = False


class TraceService:
    """Has images traced, as many at once as the executor can.

    Args:
        service: the runs and their weights.
        executor: processes that trace.
    """

    def __init__(self, service: RunService, executor: Executor[TraceRequest | PublishedRequest, bytes]) -> None:
        self._service, self._executor = service, executor
        # a student waits in both queues, the lecturer only in the second, where one student at most stands before
        self._students, self._turn = (asyncio.Semaphore(executor.capacity()) for _ in range(2))
        self._numbers = itertools.count(1)
        #: what waits or runs
        self._jobs: dict[asyncio.Task[bytes], _Job] = {}
        #: how often it was asked, with those that were turned away
        self.asked = 0

    @property
    def waiting(self) -> int:
        """How many wait or run."""
        return len(self._jobs)

    def health(self) -> dict[str, int]:
        """How many processes are warm, of how many, and how many traces wait or run."""
        return {"ready": self._executor.ready(), "capacity": self._executor.capacity(), "waiting": self.waiting}

    async def open(self) -> None:
        """Somebody is about to ask: begin to warm up."""
        await self._executor.open()

    async def ask(
        self, run_id: str, question: TraceQuestion, learnt: bool = False, role: Role = Role.LECTURER
    ) -> bytes:
        """The answer to a question about a run's newest weights up to its step, as JSON.

        If this call is cancelled, a question that waits is dropped; one that runs goes on to its end, which is near,
        for ending it would cost its process.

        Raises:
            Busy: too many wait.
            UnknownRun, Refused, DataUnavailable: the question does not fit the run, or its weights are not there.
            WorkerLost: the process ended; the next question is asked of a new one.
        """
        return await self._shielded(self._of_run(run_id, question, learnt, role), role)

    async def ask_published(self, request: PublishedRequest, role: Role = Role.LECTURER) -> bytes:
        """The same of a published network with the weights of a file."""
        return await self._shielded(self._of_published(request, role), role)

    async def _shielded(self, answering: Coroutine[Any, Any, bytes], role: Role) -> bytes:
        self.asked += 1
        if sum(job.role is role for job in self._jobs.values()) >= MOST_WAITING:
            answering.close()
            raise Busy(f"{MOST_WAITING} traces wait or run already; try again in a moment")
        job = asyncio.create_task(answering, name="trace")
        self._jobs[job] = _Job(role)
        job.add_done_callback(self._over)
        try:
            return await asyncio.shield(job)
        except asyncio.CancelledError:
            if job in self._jobs and not self._jobs[job].has_begun:
                job.cancel()
            raise

    async def close(self) -> None:
        """End all traces and the process."""
        jobs = list(self._jobs)
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        await self._executor.close()

    async def _of_run(self, run_id: str, question: TraceQuestion, learnt: bool, role: Role) -> bytes:
        run = await self._service.find(run_id)
        check_traceable(run.experiment)
        async with self._in_turn(role):
            return await self._run(
                TraceRequest(await newest_weights(self._service, run, question.step), question, learnt)
            )

    async def _of_published(self, request: PublishedRequest, role: Role) -> bytes:
        async with self._in_turn(role):
            return await self._run(request)

    @contextlib.asynccontextmanager
    async def _in_turn(self, role: Role) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as queues:
            for queue in [self._students, self._turn] if role is Role.STUDENT else [self._turn]:
                await queues.enter_async_context(queue)
            yield

    async def _run(self, request: TraceRequest | PublishedRequest) -> bytes:
        job = asyncio.current_task()
        assert job is not None
        self._jobs[job].has_begun = True
        answer: bytes | None = None
        async for found in self._executor.start(f"trace-{next(self._numbers)}", request):
            answer = found
        if answer is None:
            raise SkipscopeError("the trace ended without an answer")
        return answer

    def _over(self, job: asyncio.Task[bytes]) -> None:
        del self._jobs[job]
        if not job.cancelled():
            job.exception()  # seen, whether or not the asker is still there
