"""Labels: what the page calls a field and its values, and in which group of its form the field stands.

Written beside the field and carried by its JSON schema.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import Field
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo

#: groups of the form's fields, in order; a field without a group stands in the last, which is folded
GROUPS = {"data": "Data and networks", "optimisation": "Optimisation", "advanced": "Advanced"}


def labelled(label: str, choices: Mapping[str, str] | None = None, *, group: str = "", **bounds: Any) -> FieldInfo:
    """A pydantic field with a label, and one for each of its values.

    Args:
        group: a name of ``GROUPS``.
        bounds: as ``pydantic.Field`` has them.
    """
    extra: JsonDict = {}
    if choices:
        extra["labels"] = dict(choices)
    if group:
        extra["group"] = group
    made: FieldInfo = Field(title=label, json_schema_extra=extra or None, **bounds)
    return made


def choices_of(field: FieldInfo) -> dict[str, Any]:
    """What the values of a field are called; empty where only the field has a label."""
    extra = field.json_schema_extra
    labels = extra.get("labels") if isinstance(extra, dict) else None
    return labels if isinstance(labels, dict) else {}
