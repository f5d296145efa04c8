"""The JSON schema of the wire: ``python -m tests.wire`` prints it, and ``make types`` makes TypeScript of it.

Experiment, commands, events, questions and findings stand in it as they travel: an event with its envelope, a
command with its tag. Commands and questions may leave out what has a default; what the server sends is complete.
"""

import operator
import sys
from collections.abc import Iterable, Sequence
from dataclasses import fields
from functools import reduce
from typing import Any, Literal, get_type_hints

import orjson
from pydantic import BaseModel, ConfigDict, TypeAdapter, create_model
from pydantic.json_schema import GenerateJsonSchema

from app.analyses.registry import ANALYSES
from app.contract import events
from app.contract.commands import COMMANDS, Command, tag_of
from app.contract.events import EVENTS
from app.contract.experiment import Experiment
from app.contract.presets import Preset
from app.contract.trace import Learnt, Trace, TraceQuestion, TrainingRow
from app.contract.trace_lists import ImagePage, TraceableRun

#: the classes of questions and of findings; all else here follows from them
QUESTION_CLASSES: tuple[type[BaseModel], ...] = tuple(one.question for record in ANALYSES for one in record.answers)
FINDING_CLASSES: tuple[type, ...] = tuple(record.finding for record in ANALYSES)

#: what the page asks for over HTTP
HTTP_ANSWERS: tuple[type, ...] = (Trace, Learnt, TrainingRow, TraceableRun, ImagePage)

#: events that concern no run; and those that are numbered in its stream (``Started`` and ``Viewers`` are in neither)
NO_RUN = (events.Welcome, events.Notice, events.Active, events.Pong, events.Error)
NUMBERED = tuple(cls for cls in EVENTS if cls not in (*NO_RUN, events.Started, events.Viewers))
#: what the history of a snapshot holds
PAST = tuple(cls for cls in NUMBERED if cls not in (events.Snapshot, events.Prepared, events.Deleted))
#: types that keep their name where others hold them
ALIASES: dict[str, Any] = {
    "Column": events.Column,
    "RunState": events.RunState,
    "AnalysisState": events.AnalysisState,
}


class Sent(BaseModel):
    """Base of what the server sends: these fields and no others."""

    model_config = ConfigDict(extra="forbid")


class Provenance(Sent):
    """Where the numbers come from. ``checksums`` has an entry a network, the other lists have one a cell."""

    config_hash: str
    checksums: list[str]
    parameters: list[int]
    flops: list[int]
    training_examples: int
    test_examples: int
    input: list[int]
    classes: int
    device: str
    threads: int
    machine: str
    python: str
    torch: str
    skipscope: str
    recorded_at: str | None = None


class NotPrepared(Sent):
    """The provenance of a run whose networks do not stand yet."""


class PollAnswer(Sent):
    """Names of the choices that are right, and why."""

    right: list[str]
    words: str


class Words(Sent):
    """Sentences about an evaluation: one a cell, one a depth that compares the arms, one overall; and the answer to
    the poll, None while it is open."""

    cells: list[str]
    depths: list[str]
    overall: str
    answer: PollAnswer | None


def command_model(cls: type[Command]) -> type[BaseModel]:
    """A command with its tag."""
    tag: Any = Literal[cls.tag]
    return create_model(cls.__name__, __base__=cls, __doc__=cls.__doc__, type=tag)


def event_model(cls: type, **hints: Any) -> type[BaseModel]:
    """An event with its envelope. ``hints`` has the fields of which the class says no more than ``Any``."""
    head: dict[str, Any] = {"v": Literal[events.PROTOCOL], "type": Literal[tag_of(cls)]}
    head |= {} if cls in NO_RUN else {"run": str}
    head |= {"epoch": int, "seq": int} if cls in NUMBERED else {}
    own = get_type_hints(cls)
    return create_model(
        cls.__name__, __base__=Sent, __doc__=cls.__doc__,
        **head | {field.name: own[field.name] for field in fields(cls)} | hints,
    )  # fmt: skip


def event_models() -> dict[type, type[BaseModel]]:
    """Every event class with what its events look like."""
    question, finding = _union(QUESTION_CLASSES), _union(FINDING_CLASSES)
    hints: dict[type, Any] = {
        events.Evaluation: {"words": Words},
        events.Prepared: {"provenance": Provenance},
        events.Analysis: {"question": question, "finding": finding | None},
    }
    models = {cls: event_model(cls, **hints.get(cls, {})) for cls in EVENTS if cls is not events.Snapshot}
    past = _union(models[cls] for cls in PAST)
    history = Sequence[past]  # type: ignore[valid-type]
    snapshot = {"experiment": Experiment, "provenance": Provenance | NotPrepared, "history": history}
    return models | {events.Snapshot: event_model(events.Snapshot, **snapshot)}


class Given(GenerateJsonSchema):
    """What a client sends: fields with a default may be left out, but not the tag of a union's member."""

    def field_is_required(self, field: Any, total: bool) -> bool:
        """Whether a field must be there."""
        inner = field["schema"].get("schema", {})
        tag = inner.get("type") == "literal" and len(inner["expected"]) == 1
        return tag or super().field_is_required(field, total)

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Fields have names, they need no titles."""
        return False


class Complete(Given):
    """What the server sends: every field is there, whether it has a default or not."""

    def field_is_required(self, field: Any, total: bool) -> bool:
        """Whether a field must be there."""
        return True


def definitions(classes: Iterable[type], generator: type[GenerateJsonSchema]) -> dict[str, Any]:
    """The definitions of classes, and of what they hold, by name. No two may share a name."""
    found: dict[str, Any] = {}
    for cls in classes:
        schema = TypeAdapter(cls).json_schema(schema_generator=generator)
        for name, definition in {**schema.pop("$defs", {}), cls.__name__: schema}.items():
            # a dataclass takes this from the model that holds it
            definition.pop("additionalProperties", None)
            assert found.setdefault(name, definition) == definition, f"there are two of the name {name}"
    return found


def schema() -> dict[str, Any]:
    """The whole schema: every class and every union by its name."""
    unions = {
        "Event": EVENTS, "PastEvent": PAST, "Command": COMMANDS,
        "Question": QUESTION_CLASSES, "Finding": FINDING_CLASSES,
    }  # fmt: skip
    aliases = {name: TypeAdapter(alias).json_schema() for name, alias in ALIASES.items()}
    given = definitions((*map(command_model, COMMANDS), *QUESTION_CLASSES, TraceQuestion), Given)
    given["Analyse"]["properties"]["question"] = _ref("Question")
    sent = definitions((*event_models().values(), *FINDING_CLASSES, *HTTP_ANSWERS, Preset), Complete)
    sent["Analysis"]["properties"] |= {
        "question": {"tsType": "Required<Question>"},
        "finding": {"anyOf": [_ref("Finding"), {"type": "null"}]},
    }
    sent["Snapshot"]["properties"] |= {
        "provenance": {"tsType": "Provenance | Partial<Provenance>"},
        "history": {"type": "array", "items": _ref("PastEvent")},
    }
    questions = {cls.__name__: given[cls.__name__] for cls in QUESTION_CLASSES}
    defs = {
        **{name: {"oneOf": [_ref(cls.__name__) for cls in classes]} for name, classes in unions.items()},
        **aliases,
        "Band": {"description": "[median, low, high] over the seeds", "type": "array", "items": _ref("Column")},
        **_by_name(given | sent | questions, aliases),
    }
    roots = ("Event", "Command", "Preset", "Band", "TraceQuestion", *(cls.__name__ for cls in HTTP_ANSWERS))
    return {
        "title": "Wire", "description": "What crosses the wire.", "type": "object", "required": roots,
        "properties": {name: _ref(name) for name in roots}, "$defs": defs,
    }  # fmt: skip


def _union(types: Iterable[Any]) -> Any:
    return reduce(operator.or_, types)


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


def _by_name(node: Any, aliases: dict[str, Any]) -> Any:
    """A schema with references in place of what has a name of its own."""
    for name, alias in aliases.items():
        if node == alias:
            return _ref(name)
    if isinstance(node, dict):
        return {key: _by_name(inner, aliases) for key, inner in node.items()}
    return [_by_name(inner, aliases) for inner in node] if isinstance(node, list) else node


if __name__ == "__main__":
    sys.stdout.write(orjson.dumps(schema(), option=orjson.OPT_INDENT_2).decode())
