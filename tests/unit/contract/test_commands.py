"""Commands from outside: whatever comes, it is a command or an error with a name."""

import json
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract.arms import Arm
from app.contract.commands import COMMANDS, SetLearningRate, Start, decode_command
from app.contract.experiment import Experiment
from app.errors import MalformedMessage, Refused, SkipscopeError

TAGS = [cls.tag for cls in COMMANDS]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from([*Experiment.model_fields, *Arm.model_fields, "experiment", "run", "request", "learning_rate"])


def decoded(text: str | bytes) -> None:
    """Decode; only our own errors may come out, each with a short sentence."""
    try:
        decode_command(text)
    except SkipscopeError as error:
        assert isinstance(error, (MalformedMessage, Refused))
        assert 0 < len(str(error)) < 500


@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    decoded(text)


@given(st.binary())
def test_any_bytes_are_answered(data: bytes) -> None:
    decoded(data)


@given(anything)
def test_any_json_is_answered(data: Any) -> None:
    decoded(json.dumps(data))


@given(st.sampled_from(TAGS), st.dictionaries(names, anything, max_size=6))
def test_any_fields_are_answered(tag: str, fields: dict[str, Any]) -> None:
    decoded(json.dumps(fields | {"type": tag}))


@given(st.dictionaries(names, anything, max_size=6))
def test_any_experiment_is_answered(fields: dict[str, Any]) -> None:
    decoded(json.dumps({"type": "start", "experiment": fields}))


@pytest.mark.parametrize("text", ["[" * 200_000, "9" * 5000, '{"type":' + "9" * 5000 + "}", '{"a":' * 50_000, "\ud800"])
def test_hostile_json_is_malformed(text: str) -> None:
    with pytest.raises(MalformedMessage):
        decode_command(text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("tag", TAGS)
def test_unknown_fields_of_a_command_are_ignored(tag: str) -> None:
    given = {"type": tag, "run": "r1", "learning_rate": 0.1, "experiment": {}, "of_tomorrow": 1}
    given |= {"question": {"kind": "lesions", "depth": 16}, "analysis": "a1"}
    assert decode_command(orjson.dumps(given)).tag == tag


def bounds() -> Iterator[tuple[str, str, Any, Any]]:
    """(where, field, value at the bound, value past it) for every bound in the schema of an experiment."""
    schema = Experiment.model_json_schema()
    for where, properties in (("", schema["properties"]), ("arms", schema["$defs"]["Arm"]["properties"])):
        for field, about in properties.items():
            for variant in about.get("anyOf", [about]):
                step = 1 if variant.get("type") == "integer" else 1e-6
                if "minimum" in variant:
                    yield where, field, variant["minimum"], variant["minimum"] - step
                if "maximum" in variant:
                    yield where, field, variant["maximum"], variant["maximum"] + max(step, variant["maximum"] * step)
                if "exclusiveMinimum" in variant:
                    yield where, field, variant["exclusiveMinimum"] + step, variant["exclusiveMinimum"]
                if "exclusiveMaximum" in variant:
                    yield where, field, variant["exclusiveMaximum"] - step, variant["exclusiveMaximum"]
                if "enum" in variant:
                    yield where, field, variant["enum"][-1], "no such thing"
                if variant.get("type") == "boolean":
                    yield where, field, True, "no such thing"


def experiment_with(where: str, field: str, value: Any) -> dict[str, Any]:
    small: dict[str, Any] = {"depths": [8], "width": 2, "batch_size": 2}
    if where:
        return small | {"arms": [{"connection": "plain"} | {field: value}]}
    return small | {field: value}


#: fields that are lists have bounds of their own, tested below
LISTS = ("depths", "arms", "learning_rates")
BOUNDS = [bound for bound in bounds() if bound[1] not in LISTS]


def test_every_field_with_a_number_or_a_choice_is_bounded() -> None:
    bounded = {(where, field) for where, field, _, _ in BOUNDS}
    everything = {("", field) for field in Experiment.model_fields} | {("arms", field) for field in Arm.model_fields}
    assert everything - bounded == {("", field) for field in LISTS}


@pytest.mark.parametrize(("where", "field", "at", "past"), BOUNDS)
def test_a_value_at_its_bound_is_taken_and_one_past_it_is_refused_by_name(
    where: str, field: str, at: Any, past: Any
) -> None:
    command = decode_command(orjson.dumps({"type": "start", "experiment": experiment_with(where, field, at)}))
    assert isinstance(command, Start)
    with pytest.raises(Refused) as refused:
        decode_command(orjson.dumps({"type": "start", "experiment": experiment_with(where, field, past)}))
    assert refused.value.field == (f"arms.0.{field}" if where else field)
    assert field in str(refused.value)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"depths": [4096]}, "depths: depth 4096 is over the limit of 1024"),
        ({"depths": [1026]}, "depths: depth 1026 is over the limit of 1024"),
        ({"family": "conv", "depths": [130]}, "depths: 130 is over the limit of 128 for convolutional networks"),
        ({"depths": []}, "depths: needs at least 1 item"),
        ({"depths": list(range(4, 40, 2))}, "depths: 18 items is over the limit of 8"),
        ({"depths": [4, 4]}, "depths: each depth may be named once"),
        ({"depths": [5]}, "depths: 5 must be even"),
        ({"family": "conv6n2", "depths": [9]}, "depths: 9 is not of the form 6n+2; the nearest are 8 and 14"),
        ({"arms": [{"connection": "plain"}] * 5}, "arms: 5 items is over the limit of 4"),
        ({"dataset": "spiral", "family": "conv"}, "family: convolutional networks need images"),
        ({"depths": [100, 102, 104, 106, 108, 110, 112, 128], "seeds": 10}, "depths: 17400 layers"),
        ({"family": "conv", "width": 256, "batch_size": 1024}, "width: "),
        ({"learning_rates": [0.1] * 7}, "learning_rates: 7 items is over the limit of 6"),
        ({"learning_rates": [0.1, 0.1]}, "learning_rates: each rate may be named once"),
        ({"learning_rates": [0.1, 0]}, "learning_rates.1: must be over 0"),
        (
            {"learning_rates": [0.1], "arms": [{"connection": "plain", "learning_rate": 0.1}]},
            "arms.0.learning_rate: leave it empty in fair mode",
        ),
        ({"arms": [{"connection": "resnext", "cardinality": 3}]}, "arms.0.cardinality: 3 paths do not divide the 16"),
        (
            {"width": 9, "arms": [{"connection": "plain", "initialisation": "looks_linear"}]},
            "arms.0.initialisation: looks_linear needs an even width, not 9",
        ),
        (
            {"arms": [{"connection": "dense", "initialisation": "looks_linear"}]},
            "arms.0.initialisation: looks_linear has no mirror for what dense layers concatenate",
        ),
        (
            {"width": 12, "arms": [{"connection": "bottleneck", "initialisation": "looks_linear"}]},
            "arms.0.initialisation: looks_linear needs an even width, not 3 between the narrow layers",
        ),
        ({"dataset": "spiral", "augment": True}, "augment: spiral has no images"),
        ({"width": "wide"}, "width: 'wide' is not a whole number"),
        ({"width": 2.5}, "width: 2.5 is not a whole number"),
        ({"learning_rate": "fast"}, "learning_rate: 'fast' is not a number"),
        ({"momentum": 1}, "momentum: must be under 1"),
        ({"width": 1}, "width: must be at least 2"),
        ({"depths": 8}, "depths: 8 is not a list"),
        ({"augment": "maybe"}, "augment: 'maybe' is not true or false"),
        ({"arms": ["plain"]}, "arms.0: 'plain' is not an object"),
        ({"no_such": 1}, "no_such: there is no such field"),
        ({"seed": 10**17}, "seed: a number of more than 15 digits is over the limit"),
    ],
)
def test_what_does_not_fit_together_is_refused_in_words(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        decode_command(orjson.dumps({"type": "start", "experiment": fields}))
    assert str(refused.value).startswith(sentence)
    assert refused.value.field is not None


@pytest.mark.parametrize("rate", [0, -1, 1.1e9])
def test_a_learning_rate_past_its_bound_is_refused(rate: float) -> None:
    with pytest.raises(Refused, match="learning_rate: "):
        decode_command(orjson.dumps({"type": "set_learning_rate", "run": "r1", "learning_rate": rate}))


def test_a_learning_rate_at_its_bound_is_taken() -> None:
    command = decode_command(b'{"type":"set_learning_rate","run":"r1","learning_rate":1e9}')
    assert isinstance(command, SetLearningRate)
