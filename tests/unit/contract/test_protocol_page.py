"""``docs/protocol.md`` and the code say the same, both ways."""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from fastapi.routing import iter_route_contexts

from app.analyses.registry import ANALYSES
from app.analyses.trace import MOST_BYTES
from app.analyses.trace_networks import PROBE_EXAMPLES
from app.analyses.words import SUPERSCRIPTS
from app.contract import published_trace, trace, trace_lists
from app.contract.commands import COMMANDS, tag_of
from app.contract.events import CLOSE_CODES, EVENTS, PROTOCOL
from app.errors import SkipscopeError
from app.ids import EPOCH_BITS
from app.main import create_app
from app.rooms.outbox import MOST_ANSWER_BYTES, MOST_FOLLOWED, MOST_FRAMES_BEHIND
from app.runs.history import MOST_FRAMES, MOST_OTHERS
from app.runs.stream import RING
from app.runs.trace_service import MOST_WAITING
from app.settings import Settings
from app.web.live_line import FRAMES_A_SECOND, FRAMES_AT_ONCE
from app.web.progress import PATIENCE
from app.web.trace import MOST_IMAGES
from tests.fakes import FakeExecutor, Finder, Tracer

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "protocol.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def entries(section: str) -> dict[str, set[str]]:
    """Name → fields of each ``###`` entry of a section."""
    found = re.findall(r"^### `(\w+)`\n(.*?)(?=^### |\Z)", SECTIONS[section], re.MULTILINE | re.DOTALL)
    return {name: set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) for name, text in found}


def errors(cls: type[SkipscopeError] = SkipscopeError) -> Iterator[type[SkipscopeError]]:
    yield cls
    for sub in cls.__subclasses__():
        yield from errors(sub)


def test_every_command_and_field_is_on_the_page_and_nothing_else_is() -> None:
    assert entries("Commands") == {cls.tag: set(cls.model_fields) - {"request"} for cls in COMMANDS}


def test_every_event_and_field_is_on_the_page_and_nothing_else_is() -> None:
    assert entries("Events") == {tag_of(cls): set(vars(cls)["__dataclass_fields__"]) for cls in EVENTS}


def test_every_question_and_its_fields_are_on_the_page_and_nothing_else_is() -> None:
    assert entries("Questions") == {
        answer.kind: set(answer.question.model_fields) - {"kind"} for record in ANALYSES for answer in record.answers
    }


def test_every_finding_and_its_fields_are_on_the_page_and_nothing_else_is() -> None:
    assert entries("Findings") == {
        cls.__name__: {field.name for field in fields(cls)} for record in ANALYSES for cls in record.finding_types()
    }


def test_every_part_of_a_trace_and_its_fields_are_on_the_page_and_nothing_else_is() -> None:
    asked = (trace.TraceQuestion, published_trace.PublishedQuestion, trace.Example, trace.Pixels)
    given = (trace.Trace, trace.Traced, trace.TraceStage, trace.Join, trace.Maps, trace.Learnt, trace.TrainingRow)
    lists = (trace_lists.TraceableRun, trace_lists.ImagePage)
    assert entries("Traces") == {cls.__name__: set(cls.model_fields) for cls in asked} | {
        cls.__name__: {field.name for field in fields(cls)} for cls in (*given, *lists)
    }


def test_every_close_code_is_on_the_page_with_its_words() -> None:
    rows = re.findall(r"^\| (\d{4}) \| (.*?) \|$", SECTIONS["Close codes"], re.MULTILINE)
    assert {int(code): words for code, words in rows} == CLOSE_CODES


def test_every_error_code_is_on_the_page_with_its_status() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d{3}) \|", SECTIONS["Error codes"], re.MULTILINE)
    by_starlette = {"method_not_allowed": 405}
    assert {code: int(status) for code, status in rows} == by_starlette | {e.code: e.status for e in errors()}


def test_every_route_is_on_the_page(tmp_path: Path) -> None:
    rows = {(method, path) for method, path in re.findall(r"^\| `(\w+) (/\S*)` \|", SECTIONS["HTTP"], re.MULTILINE)}
    routes = create_app(Settings(data_dir=tmp_path), FakeExecutor(), Finder(), Tracer()).openapi()["paths"]
    assert rows == {(method.upper(), path) for path, methods in routes.items() for method in methods}


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("Events", f"the version of this protocol ({PROTOCOL})"),
        ("Events", f"at most {MOST_FRAMES} frames and {MOST_OTHERS:,} of each"),
        ("Commands", f"at most {MOST_FOLLOWED} runs"),
        (
            "Coming in",
            f"{FRAMES_A_SECOND:.0f}\nframes of any kind a second in the long run and {FRAMES_AT_ONCE:.0f} at once",
        ),
        ("Traces", f"at most {MOST_WAITING} may wait or run"),
        ("Traces", f"have at most {MOST_BYTES // 10**6} MB"),
        ("Traces", f"1 to {trace.MOST_MAPS}"),
        ("Traces", f"at most {PROBE_EXAMPLES:,} training examples"),
        ("HTTP", f"`count`, 1 to {MOST_IMAGES}"),
        ("Positions", f"a number below 2{str(EPOCH_BITS).translate(SUPERSCRIPTS)} that"),
        ("Positions", f"last {RING} events"),
        ("Positions", f"more than {MOST_FRAMES_BEHIND} wait"),
        ("Positions", f"nothing for {PATIENCE:.0f} seconds, or lets {MOST_ANSWER_BYTES // 1024} KiB"),
    ],
)
def test_the_numbers_on_the_page_are_those_of_the_code(section: str, words: str) -> None:
    assert words in SECTIONS[section]


def test_route_contexts_are_what_the_guard_is_tested_with(tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path), FakeExecutor(), Finder(), Tracer())
    paths = {context.path_format for context in iter_route_contexts(app.routes)}
    assert set(app.openapi()["paths"]) | {"/live", "/"} <= paths
