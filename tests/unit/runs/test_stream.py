"""The stream of a run."""

import orjson
from hypothesis import given
from hypothesis import strategies as st

from app.contract.events import Diverged
from app.ids import RunId
from app.runs.stream import RING, Stream


def stream(events: int) -> Stream:
    made = Stream(RunId("r1"))
    for step in range(events):
        made.publish(Diverged(step, [0], [0]))
    return made


@given(st.integers(0, 2 * RING), st.integers(0, 3 * RING))
def test_what_follows_a_place_is_given_whole_or_not_at_all(events: int, place: int) -> None:
    entries = stream(events).since(place)
    if place > events or place < events - RING:
        assert entries is None
    else:
        assert entries is not None
        assert [entry.seq for entry in entries] == list(range(place + 1, events + 1))


def test_an_event_is_numbered_and_encoded_once() -> None:
    made = stream(2)
    first = made.since(0)
    again = made.since(0)
    assert first is not None and again is not None
    assert first[1].text is again[1].text
    event = orjson.loads(first[1].text)
    assert (event["run"], event["epoch"], event["seq"], event["type"]) == ("r1", made.epoch, 2, "diverged")


def test_listeners_are_woken_by_each_event() -> None:
    made = stream(0)
    woken: list[int] = []
    made.listeners.add(lambda: woken.append(made.seq))
    made.publish(Diverged(0, [0], [0]))
    made.publish(Diverged(1, [0], [0]))
    assert woken == [1, 2]


def test_without_its_ring_a_stream_gives_nothing_but_the_end() -> None:
    made = stream(5)
    made.end_rebuilding()
    assert made.since(4) is None
    assert made.since(5) == ()
