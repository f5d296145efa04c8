"""The live socket's small parts; the whole of it is tested with a real server."""

import pytest

from app.web.live import request_of


@pytest.mark.parametrize(
    ("text", "request_id"),
    [
        ('{"request": "r1"}', "r1"), ('{"request": 5}', None), ('{"request": "' + "x" * 81 + '"}', None), ("[1]", None),
        ("{", None), (None, None), ("", None),
    ],
)  # fmt: skip
def test_the_request_of_a_refused_message_is_found_if_it_is_usable(text: str | None, request_id: str | None) -> None:
    assert request_of(text) == request_id
