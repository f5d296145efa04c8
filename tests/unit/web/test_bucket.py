"""The token bucket."""

from hypothesis import given
from hypothesis import strategies as st

from app.web.bucket import TokenBucket


def test_a_burst_passes_and_what_follows_does_not() -> None:
    bucket = TokenBucket(20, 40, lambda: 0.0)
    assert [bucket.take() for _ in range(50)] == [True] * 40 + [False] * 10


@given(st.lists(st.floats(0, 2), max_size=300))
def test_never_more_than_the_rate_in_the_long_run(pauses: list[float]) -> None:
    now = [0.0]
    bucket = TokenBucket(20, 40, lambda: now[0])
    taken = 0
    for pause in pauses:
        now[0] += pause
        taken += bucket.take()
        assert taken <= 40 + 20 * now[0] + 1e-6


def test_who_waits_may_talk_again() -> None:
    now = [0.0]
    bucket = TokenBucket(20, 1, lambda: now[0])
    assert bucket.take() and not bucket.take()
    now[0] += 0.05
    assert bucket.take()
