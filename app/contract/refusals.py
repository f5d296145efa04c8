"""Refusals: what a validation found wrong, as one sentence for people that names the field, the value and the bound."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from app.errors import Refused


def refused(error: ValidationError) -> Refused:
    """The first problem of a pydantic error as one sentence for people: field, value, bound."""
    return first_problem(error.errors(include_url=False))


def first_problem(errors: Sequence[Any]) -> Refused:
    """The first of a list of pydantic's error details as one sentence for people.

    A form knows its fields without what they are wrapped in on the wire, so that is left out.
    """
    first = errors[0]
    place = [str(part) for part in first["loc"] if not str(part).startswith("function-")]
    while place and place[0] in ("body", "query", "path", "experiment"):
        del place[0]
    message = str(first["msg"]).removeprefix("Value error, ")
    kind, value, context = first["type"], first["input"], first.get("ctx", {})
    if kind == "value_error" and ": " in message and not place:
        field, message = message.split(": ", 1)
        return Refused(f"{field}: {message}", field)
    field = ".".join(place) or "experiment"
    shown = _shown(value)
    match kind:
        case "less_than_equal":
            message = f"{shown} is over the limit of {context['le']}"
        case "less_than":
            message = f"{shown} must be under {context['lt']}"
        case "greater_than_equal":
            message = f"{shown} is under the least value, {context['ge']}"
        case "greater_than":
            message = f"{shown} must be over {context['gt']}"
        case "literal_error":
            message = f"{shown} is not one of {context['expected']}"
        case "too_long":
            message = f"{context['actual_length']} items is over the limit of {context['max_length']}"
        case "too_short":
            message = f"needs at least {context['min_length']} item"
        case "extra_forbidden":
            message = "there is no such field"
        case "missing":
            message = "is missing"
        case "value_error":
            pass
        case _:
            message = f"{shown}: {message[:1].lower()}{message[1:]}"
    return Refused(f"{field}: {message}", field)


def _shown(value: Any) -> str:
    """A value as a person may read it in an error: short, and never a number of thousands of digits."""
    if isinstance(value, int) and abs(value) >= 10**15:
        return "a number of more than 15 digits"
    text = repr(value) if isinstance(value, (int, float, str)) else type(value).__name__
    return text if len(text) <= 60 else text[:57] + "…"
