"""The training trace: what the events of a run say of one depth, and the runs that can be traced."""

from pathlib import Path

import orjson
import pytest

from app.contract.checkpoints import checkpoints_in
from app.contract.experiment import DATASET_SHAPES
from app.contract.presets import PRESETS
from app.errors import Refused
from app.ids import RunId
from app.paths import recorded_dir
from app.runs.checkpoints import Checkpoints
from app.runs.recorded_runs import RecordedRuns, recorded_id
from app.runs.run import Run
from app.runs.service import RunService, rebuild
from app.runs.store import Store
from app.runs.stored_run import StoredRun
from app.runs.traceable_runs import traceable_runs
from app.runs.training_trace import training_rows
from tests.fakes import FakeExecutor

SHIPPED = RecordedRuns(recorded_dir())


def evaluations(run: Run) -> list[dict[str, object]]:
    events = [orjson.loads(entry.text) for entry in run.stream.history.entries()]
    return [event for event in events if event["type"] == "evaluation"]


@pytest.mark.parametrize("name", ["degradation", "fair", "he-fashion"])
def test_every_row_is_an_evaluation_with_the_numbers_of_the_cells_that_viewers_see(name: str) -> None:
    run = rebuild(SHIPPED, recorded_id(name))
    experiment = run.experiment
    for index, depth in enumerate(experiment.depths):
        rows, events = training_rows(run, depth), evaluations(run)
        assert [row.step for row in rows] == [event["step"] for event in events]
        for row, event in zip(rows, events, strict=True):
            best, words = event["best"], event["words"]
            groups = [arm * len(experiment.depths) + index for arm in range(len(experiment.arms))]
            cells = groups if not experiment.learning_rates else [best[group] if best else None for group in groups]  # type: ignore[index]
            accuracy = event["test_accuracy"][0]  # type: ignore[index]
            assert row.test_accuracy == [None if cell is None else accuracy[cell] for cell in cells]
            assert isinstance(words, dict) and row.words
            compared = words["depths"][index]
            assert not compared or row.words == compared[0].upper() + compared[1:]
        last = rows[-1]
        assert last.epoch == pytest.approx(experiment.steps * experiment.batch_size / _examples(run))
        assert None not in last.training_loss and rows[0].epoch == 0


def _examples(run: Run) -> int:
    examples = run.provenance["training_examples"]
    assert isinstance(examples, int)
    return examples


def test_before_the_first_step_each_arm_has_its_own_words() -> None:
    first = training_rows(rebuild(SHIPPED, recorded_id("degradation")), 64)[0]
    assert "Plain-64 at the start: " in first.words and ". Residual-64 at the start: " in first.words


def test_another_depth_is_refused_by_name() -> None:
    with pytest.raises(Refused, match="depth: this run has no networks at 5; it has 4, 8, 16, 32, 64") as refused:
        training_rows(rebuild(SHIPPED, recorded_id("degradation")), 5)
    assert refused.value.field == "depth"


def test_runs_of_images_with_checkpoints_can_be_traced_the_recorded_ones_first(tmp_path: Path) -> None:
    store = Store(tmp_path, lambda reason: None, recorded=SHIPPED)
    try:
        service = RunService(FakeExecutor(), store, 2, Checkpoints(tmp_path / "weights", SHIPPED))
        recorded = traceable_runs(service)
        with_images = [name for name, one in PRESETS.items() if DATASET_SHAPES[one.experiment.dataset][1]]
        assert [one.id for one in recorded] == [recorded_id(name) for name in ("trace-pair", *with_images)]
        assert "spiral" not in with_images
        pair, *recorded = recorded
        assert (pair.title, pair.depths, len(pair.steps)) == (
            "plain and residual, Fashion-MNIST, 28×28, all 60,000",
            [20],
            5,
        )
        assert [one.title for one in recorded] == [PRESETS[name].title for name in with_images]
        assert all(one.recorded and one.steps[0] == 0 for one in recorded)
        first = recorded[0]
        assert first.steps == [step for step, _ in checkpoints_in(recorded_dir() / "degradation")]
        assert (first.arms, first.connections, first.depths) == (["plain", "residual"],) * 2 + ([4, 8, 16, 32, 64],)
        experiment = PRESETS["shallow"].experiment
        for name in ("with", "without"):
            store.save_run(StoredRun(RunId(name), 5.0, "finished", None, 30, experiment, {}, {}))
        assert store.flush()
        (tmp_path / "weights" / "with").mkdir(parents=True)
        (tmp_path / "weights" / "with" / "000000030.safetensors").write_bytes(b"")
        *_, own = traceable_runs(service)
        assert (own.id, own.title, own.recorded, own.steps) == ("with", "plain and residual, digits, 8×8", False, [30])
    finally:
        store.close()
