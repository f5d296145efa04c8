"""The tables of ``skipscope analyse``."""

from typing import Any

import pytest
from rich.console import Console

from app.analyse_command import _table
from app.analyses.analyse import analyse
from app.analyses.evaluations import Evaluations
from app.analyses.kinds.flow import Flow
from app.analyses.kinds.paths import Paths
from app.analyses.registry import analysis_of, parse_question
from app.contract.arms import Arm
from app.contract.experiment import Experiment
from app.contract.questions import Question
from app.learning.training import train
from tests.unit.analyses.test_diverged import QUESTIONS
from tests.unit.analyses.trained import subject_of


def shown(connection: str, question: Question) -> list[list[str]]:
    """The cells of each row of the table that an answer makes."""
    subject = subject_of(connection, "mlp", steps=1)
    *_, finding = analyse(subject, question)
    assert not isinstance(finding, float)
    console = Console(width=300)
    with console.capture() as captured:
        console.print(_table(analysis_of(question).table(subject.experiment, finding)))
    lines = [line.split() for line in captured.get().splitlines()]
    return [cells for cells in lines if cells and cells[0].isdecimal()]


def test_a_row_of_paths_holds_one_length_also_where_blocks_differ_in_layers() -> None:
    rows = shown("bottleneck", Paths(depth=8, examples=4, samples=1))
    # plain-8 has three blocks of two layers, bottleneck-8 two of three
    assert [row[0] for row in rows] == ["0", "2", "3", "4", "6"]
    assert rows[2][1:5] == ["–"] * 4 and rows[2][5] == "0.5"
    assert rows[1][5:] == ["–"] * 4


def test_every_layer_of_a_pass_has_a_row() -> None:
    rows = shown("residual", Flow(depth=8, examples=4))
    assert [row[0] for row in rows] == [str(layer) for layer in range(1, 9)]
    assert all(len(row) == 5 for row in rows)


@pytest.mark.parametrize("question", [q for q in QUESTIONS if q.get("plane") != "trajectory"], ids=lambda q: q["kind"])
def test_every_answer_has_a_table_with_a_cell_for_every_head(question: dict[str, Any]) -> None:
    subject, asked = subject_of("residual", "mlp", steps=1), parse_question(question)
    *_, finding = analyse(subject, asked)
    table = analysis_of(asked).table(subject.experiment, finding)
    assert table.rows and {len(row) for row in table.rows} == {len(table.heads)}
    names = " ".join(str(part) for part in (*table.heads, *(row[0] for row in table.rows)))
    assert all(name in names for name in ("plain", "residual"))


def test_the_table_of_convergence_names_what_was_not_reached() -> None:
    experiment = Experiment(depths=(4, 6), arms=(Arm(connection="residual"),), width=8, steps=5, evaluate_every=5)
    evaluations = Evaluations.of(experiment, train(experiment))
    asked = parse_question({"kind": "convergence", "target": 1.0})
    *_, finding = analyse(evaluations, asked)
    table = analysis_of(asked).table(experiment, finding)
    assert table.rows == [[name, *["not reached"] * 3] for name in ("residual-4", "residual-6")]
