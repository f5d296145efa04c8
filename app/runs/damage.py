"""Rows that cannot be read: left out and named, so that one of them does not take the others with it."""

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from app.errors import DataUnavailable

log = logging.getLogger(__name__)

Read = TypeVar("Read")
#: told what is damaged, such as ``measurement 17``
OnDamage = Callable[[str], None]


def to_log(what: str) -> None:
    """Nobody asked for this row in particular: the log names it."""
    log.warning("%s is damaged and left out", what)


def readable(
    rows: Iterable[tuple[Any, ...]],
    read: Callable[..., Read],
    name: str,
    on_damage: OnDamage = to_log,
) -> Iterator[Read]:
    """What ``read`` makes of the rows; those of which it makes nothing are left out.

    Args:
        rows: the first column tells a row from the others, the rest goes to ``read``.
        read: makes something of the other columns.
        name: what a row is called before its first column.
        on_damage: told of every row that is left out.
    """
    for key, *columns in rows:
        try:
            yield read(*columns)
        except (DataUnavailable, KeyError, TypeError, ValueError):  # JSON's and pydantic's errors are the last
            on_damage(f"{name} {key}")
