"""``/metrics``: how the server does, in the format of Prometheus. Asks for the token like every other route."""

from collections.abc import Iterable, Iterator
from itertools import accumulate

from fastapi import APIRouter
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.contract.events import RUN_STATES
from app.rooms.room import Room
from app.rooms.tally import EDGES, Tally
from app.runs.service import RunService
from app.runs.trace_service import TraceService


class Metrics(Collector):
    """What is counted, read where it is kept at the moment of asking."""

    def __init__(self, service: RunService, traces: TraceService, room: Room, tally: Tally) -> None:
        self._service, self._traces, self._room, self._tally = service, traces, room, tally

    def collect(self) -> Iterable[Metric]:
        """All metrics but those of the process."""
        yield from self._lines()
        yield from self._work()

    def _lines(self) -> Iterator[Metric]:
        tally = self._tally
        yield GaugeMetricFamily("skipscope_viewers", "Viewers that are connected.", len(self._room))
        yield CounterMetricFamily("skipscope_frames_sent", "Frames handed to viewers' lines.", tally.frames)
        yield CounterMetricFamily(
            "skipscope_frames_superseded", "Frames left out for viewers that were behind.", tally.superseded
        )
        pace = self._service.pace
        yield CounterMetricFamily(
            "skipscope_sending_seconds", "Time that sending events to those who follow runs took.", pace.seconds
        )
        yield GaugeMetricFamily(
            "skipscope_sending_interval_seconds", "Time between two sendings, at least.", pace.interval
        )
        edges = [*(str(edge) for edge in EDGES), "+Inf"]
        yield HistogramMetricFamily(
            "skipscope_event_latency_seconds",
            "From the making of an event to its handing to a viewer's line.",
            buckets=list(zip(edges, map(float, accumulate(tally.latencies)), strict=True)),
            sum_value=tally.latency_sum,
        )

    def _work(self) -> Iterator[Metric]:
        service, traces = self._service, self._traces
        runs = GaugeMetricFamily("skipscope_runs", "Recorded runs by state.", labels=["state"])
        counted = service.store.counts()
        for state in RUN_STATES:
            runs.add_metric([state], counted.get(state, 0))
        yield runs
        yield GaugeMetricFamily("skipscope_queue_length", "Runs that wait for a training process.", service.waiting)
        executor = service.executor
        yield GaugeMetricFamily("skipscope_training_processes", "Training processes.", executor.capacity())
        yield GaugeMetricFamily("skipscope_training_processes_ready", "Those that are warm and free.", executor.ready())
        yield GaugeMetricFamily(
            "skipscope_recording_waits_bytes",
            "Bytes of measurements not on disk yet.",
            service.store.writer.waiting_bytes,
        )
        yield CounterMetricFamily("skipscope_trace_requests", "Traces that were asked for.", traces.asked)
        yield GaugeMetricFamily("skipscope_traces_waiting", "Traces that wait or run.", traces.waiting)


def router(service: RunService, traces: TraceService, room: Room, tally: Tally) -> APIRouter:
    """The route ``/metrics``."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(Metrics(service, traces, room, tally))
    api = APIRouter()

    @api.get("/metrics")
    async def metrics() -> Response:
        """How the server does, in the text format of Prometheus."""
        return Response(await run_in_threadpool(generate_latest, registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return api
