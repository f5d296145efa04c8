"""What a run remembers."""

from itertools import pairwise

import orjson
from hypothesis import given
from hypothesis import strategies as st

from app.contract.events import Analysis, Diverged, Evaluation, Frame, Position, State, encode_event
from app.runs.history import MOST_ANALYSES, MOST_BYTES, MOST_FRAMES, Entry, History, Thinned


def entry(seq: int, size: int = 10) -> Entry:
    return Entry(seq, True, "x" * size)


@given(st.integers(0, 3000), st.integers(2, 50))
def test_what_is_thinned_is_bounded_and_evenly_spread(count: int, most: int) -> None:
    thinned = Thinned(most)
    for seq in range(count):
        thinned.add(entry(seq))
    kept = [e.seq for e in thinned.entries()]
    assert len(kept) <= most
    assert kept == sorted(set(kept))
    if count:
        assert kept[0] == 0 and kept[-1] == count - 1
        gaps = {b - a for a, b in pairwise(kept[:-1])}
        assert len(gaps) <= 1
        assert count <= most or len(kept) > most // 2 - 1


def test_what_is_thinned_is_bounded_in_bytes() -> None:
    thinned = Thinned(2000, most_bytes=50_000)
    for seq in range(1000):
        thinned.add(entry(seq, 1000))
    assert sum(len(e.text) for e in thinned.entries()) <= 51_000


def test_frames_are_thinned_and_the_rest_is_kept_in_order() -> None:
    history = History()
    frame, point = Frame(0, 0.0, [], "", "", ""), Evaluation(0, 0.0, [], [], None, None, None, {})
    events = [frame, frame, frame, point, Diverged(0, [], []), State("running", 0)]
    for seq in range(3000):
        history.add(events[seq % 6], Entry(seq, seq % 6 < 3, "{}"))
    seqs = [e.seq for e in history.entries()]
    assert seqs == sorted(seqs)
    assert sum(e.frame for e in history.entries()) <= MOST_FRAMES
    assert sum(not e.frame for e in history.entries()) == 1500


def test_of_an_analysis_only_the_last_word_is_kept_and_of_the_newest_ones_only() -> None:
    history = History()
    for seq in range(3 * (MOST_ANALYSES + 5)):
        history.add(Analysis(f"a{seq // 3}", {}, 0, "running", 0.0, None, None), Entry(seq, False, "{}"))
    assert [e.seq for e in history.entries()] == [3 * n + 2 for n in range(5, MOST_ANALYSES + 5)]


def test_analyses_of_evaluations_do_not_push_out_those_of_weights() -> None:
    history = History()
    lesions, convergence = {"kind": "lesions", "depth": 8}, {"kind": "convergence", "target": 0.9}
    history.add(Analysis("a0", lesions, 0, "finished", 1.0, {}, None), Entry(0, False, "{}"))
    for seq in range(1, MOST_ANALYSES + 5):
        history.add(Analysis(f"a{seq}", convergence, 0, "finished", 1.0, {}, None), Entry(seq, False, "{}"))
    assert [e.seq for e in history.entries()] == [0, *range(5, MOST_ANALYSES + 5)]
    assert history.analysis("a0") is not None and history.analysis("a4") is None


def test_large_answers_are_bounded_together_the_newest_stay_and_what_waits_is_never_forgotten() -> None:
    history = History(has_stored=False)
    for number in range(16):
        landscape = Analysis(f"a{number}", {"kind": "landscape"}, 0, "finished", 1.0, {}, None)
        history.add(
            Analysis(f"w{number}", {"kind": "lesions"}, 0, "waiting", 0.0, None, None), Entry(2 * number, False, "{}")
        )
        history.add(landscape, Entry(2 * number + 1, False, "x" * 340_000))
    kept = [entry.seq for entry in history.entries()]
    assert sum(len(entry.text) for entry in history.entries()) <= MOST_BYTES
    assert [seq for seq in kept if seq % 2] == [25, 27, 29, 31] and len([seq for seq in kept if not seq % 2]) == 16
    history.add(
        Analysis("huge", {"kind": "landscape"}, 0, "finished", 1.0, {}, None), Entry(40, False, "x" * 3_000_000)
    )
    assert history.entries()[-1].seq == 40 and history.analysis("w3") and history.analysis("a15") is None


def test_of_answers_that_are_stored_the_older_ones_are_announced_without_their_finding() -> None:
    history = History()
    for number in range(16):
        event = Analysis(f"a{number}", {"kind": "landscape"}, 7, "finished", 1.0, {"loss": "x" * 340_000}, None, 2.0)
        history.add(event, Entry(number, False, encode_event(event, "r1", Position(5, number))))
    kept = [orjson.loads(entry.text) for entry in history.entries()]
    assert sum(len(entry.text) for entry in history.entries()) <= MOST_BYTES + 16 * 500
    assert [one["seq"] for one in kept if one["finding"]] == [12, 13, 14, 15]
    assert [one["seq"] for one in kept if not one["finding"]] == list(range(12))
    assert kept[0] == {
        "v": 1, "type": "analysis", "run": "r1", "epoch": 5, "seq": 0, "analysis": "a0", "state": "finished", "step": 7,
        "question": {"kind": "landscape"}, "progress": 1.0, "finding": None, "reason": None, "seconds": 2.0,
    }  # fmt: skip
