"""Every test that ``docs/reliability.md`` names exists, and every row names one or is said to be open."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (?!fault|---)(.+?) \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)


def test_the_page_has_its_rows() -> None:
    assert len(ROWS) > 20


@pytest.mark.parametrize(("fault", "shown"), [(fault, shown) for fault, _, shown in ROWS])
def test_a_row_names_tests_that_exist_or_is_open(fault: str, shown: str) -> None:
    named = re.findall(r"`([\w/.]+)::(\w+)`", shown)
    assert named or shown.startswith("open")
    for path, test in named:
        assert f"def {test}(" in (ROOT / path).read_text(encoding="utf-8"), f"{path}::{test}"
