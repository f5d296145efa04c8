"""``--set`` on the command line: ``key=value`` changes to an experiment or a question, checked like any other input.

``depths=4,64`` · ``learning_rate=0.1`` · ``arms=plain,residual`` · ``arms.normalisation=none`` (every arm) ·
``arms.1.skip_scale=0.5`` (the second arm)
"""

from collections.abc import Sequence
from typing import Any, get_origin

import orjson

from app.analyses.registry import parse_question, question_model
from app.contract.experiment import Experiment, parse_experiment
from app.contract.questions import Question
from app.errors import Refused


def override(experiment: Experiment, settings: Sequence[str]) -> Experiment:
    """The experiment with the changes. Raises ``Refused``, naming the field and the bound."""
    data = experiment.model_dump(mode="json")
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            raise Refused(f"--set {setting}: write it as key=value, for instance depths=4,64", key)
        _assign(data, key.strip(), text.strip())
    return parse_experiment(data)


def question_of(kind: str, settings: Sequence[str]) -> Question:
    """The question of that kind with ``key=value`` fields. Raises ``Refused``, naming the field and the bound."""
    fields = question_model(kind).model_fields
    data: dict[str, Any] = {"kind": kind}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            raise Refused(f"--set {setting}: write it as key=value, for instance depth=32", key)
        key = key.strip()
        several = key in fields and get_origin(fields[key].annotation) is tuple
        data[key] = [_value(item) for item in text.split(",")] if several else _value(text)
    return parse_question(data)


def _assign(data: dict[str, Any], key: str, text: str) -> None:
    match key.split("."):
        case ["depths" | "learning_rates"] if not text.startswith("["):
            data[key] = [_value(item) for item in text.split(",") if item.strip()]
        case ["arms"]:
            rest = {k: v for k, v in data["arms"][0].items() if k != "connection"}
            data["arms"] = [{"connection": name.strip()} | rest for name in text.split(",")]
        case ["arms", field]:
            for arm in data["arms"]:
                arm[field] = _value(text)
        case ["arms", number, field]:
            if not number.isdigit() or int(number) >= len(data["arms"]):
                raise Refused(f"{key}: there is no arm {number}; arms are 0 to {len(data['arms']) - 1}", key)
            data["arms"][int(number)][field] = _value(text)
        case [field]:
            data[field] = _value(text)
        case _:
            raise Refused(f"{key}: there is no such field", key)


def _value(text: str) -> Any:
    """Numbers and null as JSON reads them, all else as text."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text.strip()
