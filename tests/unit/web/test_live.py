"""The live socket's small parts; the whole of it is tested with a real server."""

import logging

import pytest

from app.errors import MalformedMessage
from app.ids import ViewerId
from app.web.live import LOG_EVERY, BadMessageLog, request_of


def test_bad_messages_make_one_log_line_in_ten_seconds(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    bad = BadMessageLog(lambda: now[0])
    with caplog.at_level(logging.WARNING):
        for _ in range(1000):
            bad.add(ViewerId("v1"), MalformedMessage("the message is not JSON"))
        assert len(caplog.records) == 1
        now[0] += LOG_EVERY
        bad.add(ViewerId("v1"), MalformedMessage("the message is not JSON"))
    assert len(caplog.records) == 2 and "999 more like it" in caplog.text


@pytest.mark.parametrize(
    ("text", "request_id"),
    [
        ('{"request": "r1"}', "r1"), ('{"request": 5}', None), ('{"request": "' + "x" * 81 + '"}', None), ("[1]", None),
        ("{", None), (None, None), ("", None),
    ],
)  # fmt: skip
def test_the_request_of_a_refused_message_is_found_if_it_is_usable(text: str | None, request_id: str | None) -> None:
    assert request_of(text) == request_id
