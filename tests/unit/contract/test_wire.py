"""The schema of the wire fits what the server sends and takes."""

from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from app.contract import events
from app.contract.commands import COMMANDS, decode_command, tag_of
from app.contract.events import EVENTS, encode_event
from app.contract.presets import PRESETS
from app.paths import static_dir
from tests.wire import QUESTION_CLASSES, event_models, schema

MODELS = event_models()


def recorded() -> dict[str, Any]:
    data: dict[str, Any] = orjson.loads((static_dir() / "recorded" / "degradation.json").read_bytes())
    return data


def test_a_real_run_is_what_the_schema_says() -> None:
    snapshot = MODELS[events.Snapshot].model_validate(recorded())
    assert snapshot.model_dump(mode="json") == recorded()


@pytest.mark.parametrize("field", ["experiment", "provenance", "history"])
def test_a_run_with_a_field_that_the_schema_does_not_know_is_noticed(field: str) -> None:
    run = recorded()
    holder = run[field][0] if field == "history" else run[field]
    holder["unheard_of"] = 1
    with pytest.raises(ValidationError):
        MODELS[events.Snapshot].model_validate(run)


def test_every_event_is_in_the_schema_with_its_envelope() -> None:
    definitions = schema()["$defs"]
    for cls in EVENTS:
        found = definitions[cls.__name__]
        assert found["properties"]["type"] == {"const": tag_of(cls), "type": "string"}
        assert found["required"] == list(found["properties"])


def test_an_answer_has_the_envelope_that_the_schema_gives_it() -> None:
    sent = orjson.loads(encode_event(events.Started("a"), "run-1"))
    assert MODELS[events.Started].model_validate(sent).model_dump() == sent


def test_a_command_needs_no_more_than_the_schema_asks_for() -> None:
    definitions = schema()["$defs"]
    assert {cls.__name__ for cls in COMMANDS} <= set(definitions)
    given: dict[str, Any] = {"experiment": PRESETS["spiral"].experiment.model_dump(mode="json"), "run": "run-1"}
    given |= {"question": {"kind": "lesions", "depth": 8}, "learning_rate": 0.1, "analysis": "a-1"}
    for cls in COMMANDS:
        needed = definitions[cls.__name__]["required"]
        text = orjson.dumps({"type": cls.tag} | {name: given[name] for name in needed if name != "type"})
        assert isinstance(decode_command(text), cls)


def test_a_question_needs_its_kind_and_nothing_that_has_a_default() -> None:
    definitions = schema()["$defs"]
    for cls in QUESTION_CLASSES:
        needed = {name for name, field in cls.model_fields.items() if field.is_required()} | {"kind"}
        assert set(definitions[cls.__name__]["required"]) == needed
