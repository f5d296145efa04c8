"""``make bench``: a part that does not exist is refused by name."""

import sys

import pytest

from benchmarks import run


def test_an_unknown_part_is_refused_and_nothing_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["run", "engin", "quick"])
    with pytest.raises(SystemExit, match="there is no engin to measure; the parts are engine, families") as refusal:
        run.main()
    assert refusal.value.code != 0
