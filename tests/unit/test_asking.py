"""The tables of ``skipscope analyse``."""

from rich.console import Console

from app.analyses.analyse import analyse
from app.asking import _table
from app.contract.questions import Flow, Paths, Question
from tests.unit.analyses.trained import subject_of


def shown(connection: str, question: Question) -> list[list[str]]:
    """The cells of each row of the table that an answer makes."""
    subject = subject_of(connection, "mlp", steps=1)
    *_, finding = analyse(subject, question)
    assert not isinstance(finding, float)
    console = Console(width=300)
    with console.capture() as captured:
        console.print(_table(subject.experiment, finding))
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
