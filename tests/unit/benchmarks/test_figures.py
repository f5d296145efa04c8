"""The figures of ``docs/analyses.md`` are those that were measured, and what was measured comes out again."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.analyses.subject import Subject
from benchmarks import figures

PAGE = figures.PAGE.read_text(encoding="utf-8")
STORED: dict[str, Any] = orjson.loads(figures.STORED.read_bytes())


@pytest.fixture(scope="module")
def subject(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    """The networks of 16 layers of the same preset: their numbers depend on nobody who trains beside them."""
    alone = figures.EXPERIMENT.model_copy(update={"depths": (16,)})
    return figures.trained(alone, tmp_path_factory.mktemp("kept"))[0]


def test_every_figure_of_the_page_is_the_measured_one() -> None:
    assert figures.filled(PAGE, STORED) == PAGE
    named = re.findall(r"<!-- figures: (\w+) -->", PAGE)
    assert sorted(named) == sorted(figures.SHOWS) == sorted(STORED)
    assert len(figures.BLOCK.findall(PAGE)) == len(named) == PAGE.count("<!-- end -->")


def test_a_figure_that_was_changed_by_hand_is_noticed() -> None:
    assert figures.filled(PAGE.replace(" % of the plane", "0 % of the plane"), STORED) == PAGE
    assert figures.filled(PAGE, STORED | {"lesions": STORED["lesions"][:1]}) != PAGE


def test_the_lesions_come_out_again(subject: Subject) -> None:
    """Single precision differs from processor to processor as two equal networks do, so not to the digit."""
    stored = {one["network"]: one for one in STORED["lesions"]}
    for one in figures.lesions(subject, (16,)):
        expected = stored[one["network"]]
        assert one["whole"] == pytest.approx(expected["whole"], abs=0.03)
        assert one["without_one"] == pytest.approx(expected["without_one"], abs=0.1)


def test_the_valleys_come_out_again(subject: Subject) -> None:
    for name, share in figures.draw(subject, 16, 0, 11).items():
        # of equal networks they differ by up to 1.45, and the points lie wider apart here
        assert 0.5 < share / STORED["landscape"]["draws"][0][name] < 2


def test_the_autocorrelations_come_out_again() -> None:
    """Fresh networks in double precision: the same everywhere, as long as they are not deep enough for chaos."""
    [stored] = [one for one in STORED["shattering"] if one["seeds"] == 5]
    found = figures.shattering(Subject(figures.EXPERIMENT.model_copy(update={"depths": (4,)}), 0), 5, (4, 12))
    assert found["distance"] == pytest.approx(stored["distance"], rel=1e-3)
    for arm, values in found["arms"].items():
        for layers, value in values.items():
            assert value == pytest.approx(stored["arms"][arm][layers], abs=1e-3)


def test_the_signal_before_training_and_its_prediction_come_out_again(subject: Subject) -> None:
    """Double precision from the seeds alone: the same everywhere."""
    stored = {one["network"]: one for one in STORED["signal"]["networks"]}
    for one in figures.signals(subject, (16,)):
        expected = stored[one["network"]]
        for name in ("correlation", "mean_square", "branch_share"):
            if None in expected[name]:  # plain networks have no ⊕
                assert one[name] == expected[name]
            else:
                assert one[name][:2] == pytest.approx(expected[name][:2], rel=1e-3), name


def test_the_command_writes_file_and_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page, stored = tmp_path / "analyses.md", tmp_path / "figures.json"
    page.write_text(re.sub(r"\d", "7", PAGE), encoding="utf-8")
    monkeypatch.setattr(figures, "PAGE", page)
    monkeypatch.setattr(figures, "STORED", stored)
    monkeypatch.setattr(figures, "measure", lambda: STORED)
    figures.main()
    assert orjson.loads(stored.read_bytes()) == STORED
    blocks = [
        found.group() for text in (page.read_text(encoding="utf-8"), PAGE) for found in figures.BLOCK.finditer(text)
    ]
    assert blocks[: len(blocks) // 2] == blocks[len(blocks) // 2 :]
