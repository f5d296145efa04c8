"""Every analysis is complete, and a module in the folder of the kinds is all that a further one needs."""

import asyncio
import re
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from app import cli
from app.analyses import kinds, registry
from app.analyses.record import AnalysisRecord, Table
from app.contract.commands import RunCommand
from app.contract.experiment import Experiment
from app.contract.findings import AnalysisProgress, AnalysisRequest, Finding
from app.contract.questions import Question
from app.errors import Refused
from app.learning.training import no_orders, train
from app.runs.analysis_service import AnalysisService
from app.runs.checkpoints import FOLDER, Checkpoints
from app.runs.service import RunService
from app.runs.store import Store
from app.workers.analysis import AnalysisWorker
from app.workers.worker import Context
from tests.fakes import FakeExecutor
from tests.patience import PATIENCE, until

DOCS = Path(__file__).resolve().parents[3] / "docs"
EXPERIMENT = Experiment(dataset="spiral", depths=(4, 6), width=8, steps=20, evaluate_every=10)

#: an analysis that is not there: the norm of all weights, and how many evaluations there were
TEMPORARY = '''
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from app.analyses.record import AnalysisRecord, Answer, Table
from app.analyses.words import arm_name
from app.contract.findings import Finding
from app.contract.questions import Depth, Question
from app.lazy import Lazy

if TYPE_CHECKING:
    import torch
else:
    torch = Lazy("torch")


class {name}(Question):
    """The norm of the weights."""

    kind: Literal["{kind}"] = "{kind}"
    depth: Depth
    power: Annotated[int, Field(ge=1, le=4)] = 2


@dataclass(frozen=True, slots=True)
class ArmNorm:
    arm: int
    layers: int
    norm: float


@dataclass(frozen=True, slots=True)
class {name}Finding(Finding):
    arms: list[ArmNorm]


def norms(subject, question):
    arms = []
    if {needs_weights}:
        for replica in subject.replicas(question.depth):
            norm = torch.linalg.vector_norm(replica.stack.parameters.flat, question.power)
            arms.append(ArmNorm(replica.cell.arm, replica.cell.layers, float(norm)))
            yield 0.5
    else:
        arms = [ArmNorm(0, question.depth, float(len(subject.points)))]
    yield {name}Finding(arms, words=["the {kind} are known"])


def table(experiment, finding):
    return Table(["network", "norm"], [[arm_name(experiment, arm), arm.norm] for arm in finding.arms])


ANALYSIS = AnalysisRecord(
    name="{kind}", label="{name}", position={position}, answers=(Answer({name}, norms),), finding={name}Finding,
    table=table, needs_weights={needs_weights},
)
'''

each_analysis = pytest.mark.parametrize("record", registry.ANALYSES, ids=lambda record: record.name)


@each_analysis
def test_every_analysis_has_questions_a_finding_and_a_table(record: AnalysisRecord[Any]) -> None:
    assert record.label and record.answers and issubclass(record.finding, Finding)
    assert {cls.__module__ for cls in record.finding_types()} == {f"app.analyses.kinds.{record.name}"}
    for answer in record.answers:
        assert issubclass(answer.question, Question) and answer.question.__doc__
        assert answer.function.__doc__ and answer.function.__module__ == record.finding.__module__


def test_kinds_names_and_places_are_unique() -> None:
    kinds_of_questions = [kind for record in registry.ANALYSES for kind in record.kinds]
    assert len(set(kinds_of_questions)) == len(kinds_of_questions) == len(registry.answers())
    for values in ([record.name for record in registry.ANALYSES], [record.position for record in registry.ANALYSES]):
        assert len(set(values)) == len(values)


@each_analysis
def test_every_analysis_has_its_section_and_its_rows_in_the_documentation(record: AnalysisRecord[Any]) -> None:
    sections = re.findall(r"^## (.+)$", (DOCS / "analyses.md").read_text(encoding="utf-8"), re.MULTILINE)
    protocol = (DOCS / "protocol.md").read_text(encoding="utf-8")
    assert record.label in sections
    for heading in (*record.kinds, *(cls.__name__ for cls in record.finding_types())):
        assert f"### `{heading}`\n" in protocol


def test_the_page_of_the_command_line_lists_the_kinds() -> None:
    listed = re.search(r"KIND is one of (.*?);", (DOCS / "command-line.md").read_text(encoding="utf-8"), re.DOTALL)
    assert listed and re.findall(r"`(\w+)`", listed[1]) == list(registry.answers())


def test_the_tabs_of_the_page_are_in_their_order() -> None:
    assert [(tab["name"], tab["label"]) for tab in registry.tabs()] == [
        ("lesion", "Lesion"), ("paths", "Paths"), ("shattering", "Shattering"), ("landscape", "Landscape"),
        ("convergence", "Speed"), ("flow", "Flow"), ("refinement", "Refinement"), ("signal", "Signal"),
        ("similarity", "Similarity"),
    ]  # fmt: skip
    assert registry.tabs()[0]["kinds"] == ["lesion", "lesions", "deletions", "shuffle"]
    assert [tab["name"] for tab in registry.tabs() if not tab["needs_weights"]] == ["convergence"]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({"kind": "lesion", "depth": 8, "blocks": []}, "question.lesion.blocks: needs at least 1 item"),
        ({"kind": "landscape", "depth": 8, "side": 103}, "question.landscape.side: 103 is over the limit of 101"),
        ({"kind": "nothing"}, "question: 'nothing' is not one of 'lesion', "),
        ({"kind": "paths"}, "question.paths.depth: is missing"),
        ({"kind": "flow", "depth": 8, "speed": 1}, "question.flow.speed: there is no such field"),
        ({}, "question: "),
        ([], "question: "),
        (None, "question: "),
    ],
)
def test_a_question_out_of_bounds_is_refused_by_name(question: object, words: str) -> None:
    with pytest.raises(Refused) as refusal:
        registry.parse_question(question, "question")
    assert words in str(refusal.value) and str(refusal.value.field).startswith("question")


def test_a_kind_that_does_not_exist_is_refused_with_those_that_do() -> None:
    kinds_there = r"lesion, lesions, deletions, shuffle, paths, shattering, landscape, convergence, flow"
    with pytest.raises(Refused, match=f"question: 'nothing' is not one of {kinds_there}"):
        registry.question_model("nothing")


def test_a_table_of_columns_leaves_cells_empty_where_a_column_ends() -> None:
    assert Table.of_columns(["a", "b"], [[1, 2], [None]]).rows == [[1, None], [2, ""]]


class InThisProcess:
    """An executor that answers in this process, as the analysing process does."""

    def capacity(self) -> int:
        return 1

    def ready(self) -> int:
        return 1

    def device_memory(self) -> int | None:
        return None

    async def open(self) -> None:
        """Nothing to start."""

    async def close(self) -> None:
        """Nothing to end."""

    def control(self, job_id: str, command: RunCommand) -> None:
        """No order comes in these tests."""

    async def start(
        self, job_id: str, task: AnalysisRequest, paused: bool = False
    ) -> AsyncGenerator[AnalysisProgress, None]:
        for progress in AnalysisWorker().run(task, Context(no_orders, device="cpu")):
            yield progress


def test_a_module_in_the_folder_is_enough_to_ask_a_new_kind_by_the_service_and_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for position, (kind, needs_weights) in enumerate((("norms", True), ("counts", False)), start=1):
        text = TEMPORARY.format(kind=kind, name=kind.capitalize(), needs_weights=needs_weights, position=position)
        (tmp_path / f"{kind}.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path)])
    monkeypatch.setattr(registry, "ANALYSES", registry.find_analyses())
    assert [tab["label"] for tab in registry.tabs()][:2] == ["Norms", "Counts"]
    with pytest.raises(Refused, match=r"norms\.power: 5 is over the limit of 4"):
        registry.parse_question({"kind": "norms", "depth": 6, "power": 5})
    answers = asyncio.run(asked(tmp_path / "data"))
    for kind, answer in answers.items():
        done = CliRunner().invoke(
            cli.app, ["analyse", "last", kind, "--depth", "6", "--json", "--data-dir", str(tmp_path / "data")]
        )
        assert done.exit_code == 0, done.output
        assert orjson.loads(done.stdout)["finding"] == answer["finding"]
    shown = CliRunner().invoke(cli.app, ["analyse", "last", "norms", "--data-dir", str(tmp_path / "data")])
    assert "residual-6" in shown.stdout and "The norms are known." in shown.stdout


async def asked(folder: Path) -> dict[str, dict[str, Any]]:
    """The answers of the service to both kinds, about a run that is trained here."""
    store = Store(folder, lambda reason: None)
    trainer, checkpoints = FakeExecutor(), Checkpoints(folder / FOLDER)
    service = RunService(trainer, store, 1, checkpoints)
    analyses = AnalysisService(service, InThisProcess())
    run = service.start(EXPERIMENT)
    await trainer.give(run.id, *train(EXPERIMENT, checkpoints=folder / FOLDER / run.id))

    def finished() -> list[dict[str, Any]]:
        events = [orjson.loads(entry.text) for entry in run.stream.history.entries()]
        return [event for event in events if event["type"] == "analysis" and event["state"] == "finished"]

    for kind in ("norms", "counts"):
        analyses.ask(run, registry.parse_question({"kind": kind, "depth": 6}))
    await until(lambda: len(finished()) == 2)
    await analyses.close()
    await service.close()
    assert store.flush(PATIENCE)
    store.close()
    return {event["question"]["kind"]: event for event in finished()}
