"""Refusals: what a validation found wrong, as one sentence for people that names the field, the value and the bound."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from app.errors import Refused


def refused(error: ValidationError) -> Refused:
    """The first problem of a pydantic error as one sentence for people: field, value, bound."""
    return first_problem(error.errors(include_url=False))


def no_such_depth(depths: Sequence[int], depth: int) -> Refused:
    """The refusal of a depth that a run does not have."""
    return Refused(f"depth: this run has no networks at {depth}; it has {', '.join(map(str, depths))}", "depth")


def first_problem(errors: Sequence[Any]) -> Refused:
    """The first of a list of pydantic's error details as one sentence for people.

    A form knows its fields without what they are wrapped in on the wire, so that is left out.
    """
    first = errors[0]
    path = [str(part) for part in first["loc"] if not str(part).startswith("function-")]
    while path and path[0] in ("body", "query", "path", "experiment"):
        del path[0]
    message = str(first["msg"]).removeprefix("Value error, ")
    kind, value, context = first["type"], first["input"], first.get("ctx", {})
    if kind == "value_error" and ": " in message and not path:
        field, message = message.split(": ", 1)
        return Refused(f"{field}: {message}", field)
    field = ".".join(path) or "experiment"
    shown = _shown(value)
    match kind:
        case "less_than_equal":
            message = f"{shown} is over the limit of {_bound(context['le'])}"
        case "less_than":
            message = f"must be under {_bound(context['lt'])}"
        case "greater_than_equal":
            message = f"must be at least {_bound(context['ge'])}"
        case "greater_than":
            message = f"must be over {_bound(context['gt'])}"
        case "union_tag_invalid":
            message = f"{_shown(context['tag'])} is not one of {context['expected_tags']}"
        case "literal_error":
            message = f"{shown} is not one of {context['expected']}"
        case "too_long":
            message = f"{context['actual_length']} items is over the limit of {context['max_length']}"
        case "too_short":
            message = f"needs at least {context['min_length']} item"
        case "string_too_long":
            message = f"is over the limit of {context['max_length']} characters"
        case "extra_forbidden":
            message = "there is no such field"
        case "missing":
            message = "is missing"
        case "value_error":
            pass
        case _ if (wanted := _wanted(kind)) is not None:
            message = f"{shown} is not {wanted}"
        case _:
            message = f"{shown} cannot be used here"
    return Refused(f"{field}: {message}", field)


#: what a value should have been, by the first word of pydantic's kind of error
WANTED = {
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "finite": "a number",
    "bool": "true or false",
    "string": "a text",
    "tuple": "a list",
    "list": "a list",
    "dict": "an object",
    "model": "an object",
}


def _bound(value: Any) -> Any:
    """A bound without a point where it is whole."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _wanted(kind: str) -> str | None:
    return WANTED.get(kind.split("_")[0])


def _shown(value: Any) -> str:
    """A value as a person may read it in an error: short, and never a number of thousands of digits."""
    if isinstance(value, int) and abs(value) >= 10**15:
        return "a number of more than 15 digits"
    text = repr(value) if isinstance(value, (int, float, str)) else type(value).__name__
    return text if len(text) <= 60 else text[:57] + "…"
