"""How large checkpoints will be, and what is told when not all of them will stay."""

from pathlib import Path

import pytest

from app.contract.checkpoints import CheckpointBound, file_of
from app.contract.connections import CONNECTIONS
from app.contract.experiment import Experiment
from app.figures.checkpoints import checkpoint_bytes, what_stays
from app.learning import checkpoint
from app.learning.sweep import Sweep


@pytest.mark.parametrize("family", ["mlp", "conv", "conv6n2"])
@pytest.mark.parametrize("connection", CONNECTIONS)
@pytest.mark.parametrize("normalisation", ["batch", "layer", "none"])
def test_a_checkpoint_is_no_larger_than_was_reckoned_and_not_much_smaller(
    tmp_path: Path, connection: str, family: str, normalisation: str
) -> None:
    plan = Experiment.model_validate(
        {
            "dataset": "digits", "family": family, "depths": (8, 20) if family == "conv6n2" else (8, 12), "width": 16,
            "arms": [{"connection": connection, "cardinality": 2, "widen": 3, "normalisation": normalisation}],
            "seeds": 2,
        }
    )  # fmt: skip
    checkpoint.save(Sweep(plan), 0, file_of(tmp_path, 0))
    size = file_of(tmp_path, 0).stat().st_size
    assert size <= checkpoint_bytes(plan) <= 1.2 * size + 30_000


def test_what_will_not_stay_is_told_before_training() -> None:
    plan = Experiment(depths=(64,), width=64)
    size, files = checkpoint_bytes(plan), len(list(plan.evaluation_steps()))
    assert 4 < files < 40
    assert what_stays(plan, CheckpointBound(9 * 2**40, size * files), 9 * 2**40) is None
    told = what_stays(plan, CheckpointBound(9 * 2**40, size * files - 1), 9 * 2**40)
    assert told and f"About {files - 1} of {files} checkpoints" in told and "SKIPSCOPE_CHECKPOINTS_MIB" in told
    told = what_stays(plan, CheckpointBound(9 * 2**40, 9 * 2**40), 2 * size)
    assert told and f"About 2 of {files} checkpoints" in told and "the disk has room" in told
    told = what_stays(plan, CheckpointBound(0, 0), 9 * 2**40)
    assert told and told.startswith("No weights of this run will be kept")
    large = Experiment(depths=(32, 64), width=256, seeds=10)
    told = what_stays(large, CheckpointBound(9 * 2**40, 9 * 2**40), 9 * 2**40)
    assert told and told.endswith("and the limit is 128 MiB.")
