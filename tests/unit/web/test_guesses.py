"""Wrong tokens are counted by host."""

from app.web.guesses import A_SECOND, AT_ONCE, MOST_HOSTS, MOST_WRONG, Guesses


def test_a_host_that_guesses_must_wait_and_others_need_not() -> None:
    now = [0.0]
    guesses = Guesses(lambda: now[0])
    tried = 0
    while guesses.may_try("10.0.0.1"):
        guesses.was_wrong("10.0.0.1", f"guess {tried}")
        tried += 1
    assert tried == AT_ONCE
    assert guesses.may_try("10.0.0.2")
    now[0] += 1 / A_SECOND
    assert guesses.may_try("10.0.0.1")


def test_what_is_remembered_is_bounded() -> None:
    guesses = Guesses(lambda: 0.0)
    for number in range(2 * MOST_HOSTS):
        guesses.was_wrong(f"host {number}", "x")
    for number in range(2 * MOST_WRONG):
        guesses.was_wrong("one", f"{number}")
    assert len(guesses._hosts) == MOST_HOSTS and len(guesses._hosts["one"].wrong) == MOST_WRONG
