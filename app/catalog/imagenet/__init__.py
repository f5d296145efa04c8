"""The names of ImageNet's thousand classes, in the order in which networks give them."""

from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("classes.txt")


@cache
def classes() -> list[str]:
    """Their names. Where they are from: ``PROVENANCE.md`` beside this file."""
    return _FILE.read_text(encoding="utf-8").splitlines()
