"""``/metrics`` of a real server that trains for viewers."""

from prometheus_client.parser import text_string_to_metric_families

from tests.patience import wait_until
from tests.support import Server, connect, running_server


def read(server: Server) -> dict[str, float]:
    """Samples by name and labels."""
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(server.get("/metrics").text)
        for sample in family.samples
    }


def test_viewers_frames_runs_and_the_queue_are_counted() -> None:
    with running_server() as server:
        with connect(server) as viewer:
            viewer.start()
            viewer.until_state("finished")
            viewer.start({"depths": [4], "steps": 100_000})
            viewer.until_state("running")
            viewer.receive("frame")
            viewer.start({"depths": [4]})
            wait_until(lambda: read(server).get("skipscope_runs queued") == 1)
            found = read(server)
            assert (found["skipscope_viewers"], found["skipscope_queue_length"]) == (1, 1)
            assert (found["skipscope_runs finished"], found["skipscope_runs running"]) == (1, 1)
            assert found["skipscope_frames_sent_total"] > 0 <= found["skipscope_frames_superseded_total"]
            count = found["skipscope_event_latency_seconds_count"]
            assert count == found["skipscope_event_latency_seconds_bucket +Inf"] > found["skipscope_frames_sent_total"]
            assert found["skipscope_trace_requests_total"] == 0 and found["process_open_fds"] > 0
        wait_until(lambda: read(server)["skipscope_viewers"] == 0)
