"""The log is bounded."""

import json
import logging
import sys

import pytest

from app.logs import EVERY, AsJson, OneLineASecond


def test_one_thing_makes_one_line_a_second_and_another_is_not_held_back(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    log = logging.getLogger("tests.flooded")
    log.addFilter(OneLineASecond(lambda: now[0]))

    def flood(count: int) -> None:
        for number in range(count):
            log.warning("peer %d misbehaves", number)

    with caplog.at_level(logging.WARNING):
        flood(1000)
        log.error("something else")
        assert [record.getMessage() for record in caplog.records] == ["peer 0 misbehaves", "something else"]
        now[0] += EVERY
        flood(2)
    assert caplog.records[-1].getMessage() == "peer 0 misbehaves (999 more like it since the last line)"


def test_for_programs_each_line_is_an_object_whatever_it_holds() -> None:
    record = logging.makeLogRecord(
        {
            "name": "app.x",
            "levelno": 30,
            "levelname": "WARNING",
            "msg": 'a "b"\n%s',
            "args": (b"\xff",),
            "facts": {"run": 1},
        }
    )
    try:
        raise ValueError("two\nlines")
    except ValueError:
        record.exc_info = sys.exc_info()
    line = AsJson().format(record)
    said = json.loads(line)
    assert "\n" not in line and said["traceback"].endswith("two\nlines")
    assert (said["level"], said["where"], said["run"]) == ("warning", "app.x", 1)
    assert said["message"].startswith('a "b"')
