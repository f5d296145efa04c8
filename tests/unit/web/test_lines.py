"""Who gives way when there are too many connections."""

from app.web.lines import LEAST_WAITING, WAITING, Lines


class Line:
    """A connection that knows whether it was cut."""

    def __init__(self) -> None:
        self.cut = False

    def abort(self) -> None:
        self.cut = True


def test_whoever_has_waited_longest_gives_way() -> None:
    lines = Lines(8)
    near = [Line() for _ in range(9)]
    assert all(lines.enter(line, "127.0.0.1") for line in near)
    assert [line.cut for line in near] == [True] + [False] * 8
    lines.work(near[1])
    lines.work(near[2])
    lines.wait(near[1])
    lines.enter(Line(), "::1")
    assert [line.cut for line in near] == [True, False, False, True] + [False] * 5


def test_requests_in_progress_are_never_cut_and_then_the_newcomer_is_refused() -> None:
    lines = Lines(4)
    busy = [Line() for _ in range(4)]
    for line in busy:
        assert lines.enter(line, "127.0.0.1")
        lines.work(line)
    assert not lines.enter(Line(), "127.0.0.1")
    lines.leave(busy[0])
    lines.leave(busy[0])
    assert lines.enter(Line(), "127.0.0.1")
    assert not any(line.cut for line in busy)


def test_one_host_takes_neither_all_connections_nor_those_reserved_for_this_machine() -> None:
    lines = Lines(400)

    def taken(host: str) -> int:
        """How many a host gets that asks until it is refused."""
        count = 0
        while lines.enter(line := Line(), host):
            lines.work(line)
            count += 1
        return count

    assert taken("10.0.0.1") == 300
    assert taken("10.0.0.2") == 400 - 32 - 300
    assert taken("127.0.0.1") == 32


def test_a_host_that_only_connects_gives_way_to_itself() -> None:
    lines = Lines(8000)
    other = Line()
    lines.enter(other, "10.0.0.2")
    most = int(WAITING * 8000)
    crowd = [Line() for _ in range(most + 10)]
    assert all(lines.enter(line, "10.0.0.1") for line in crowd)
    assert [line.cut for line in crowd] == [True] * 10 + [False] * most
    assert not other.cut


def test_a_hall_of_two_thousand_comes_in_at_once_from_behind_one_address() -> None:
    lines = Lines(8192)
    viewers = [Line() for _ in range(2000)]
    assert all(lines.enter(line, "10.0.0.1") for line in viewers)
    assert not any(line.cut for line in viewers)
    for line in viewers:
        lines.work(line)
    pages = [Line() for _ in range(6000)]  # the rest of a page comes by some lines more, which wait between requests
    assert all(lines.enter(line, "10.0.0.1") for line in pages)
    assert not any(line.cut for line in viewers)


def test_with_few_connections_a_page_of_another_host_still_loads() -> None:
    lines = Lines(16)
    page = [Line() for _ in range(LEAST_WAITING)]
    assert all(lines.enter(line, "10.0.0.1") for line in page)
    assert not any(line.cut for line in page)
