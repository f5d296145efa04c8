"""What a check has found."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is, the worst last: a warning costs something, with a problem something does not work."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Found:
    """A sentence about one thing, and what to do about it; None when there is nothing to do."""

    name: str
    level: Level
    words: str
    advice: str | None = None


def ok(name: str, words: str) -> Found:
    """All is well."""
    return Found(name, Level.OK, words)


def warning(name: str, words: str, advice: str) -> Found:
    """It works, but not as well as it could."""
    return Found(name, Level.WARNING, words, advice)


def problem(name: str, words: str, advice: str) -> Found:
    """Something does not work."""
    return Found(name, Level.PROBLEM, words, advice)


def told_size(size: float) -> str:
    """Bytes as people say them."""
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.0f} MB"


def count(number: int, one: str, more: str | None = None) -> str:
    """``1 thread``, ``2 threads``."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"
