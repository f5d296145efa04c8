"""Every rival trains what the bare loop trains: the same weights and running statistics after some steps.

In double precision, so that what differs is a difference and not rounding. The bare loop's networks are the tests'
own reference, to which the stacks are held in ``tests/unit/nets``.
"""

from collections.abc import Callable
from typing import Any, Protocol

import psutil
import pytest
import torch
from torch import Tensor

from app.contract.experiment import Experiment
from app.contract.presets import pair
from app.data import load
from benchmarks.bare import BareLoop, Batches, Rival
from benchmarks.ensemble import Ensembles

STEPS = 4
CASES = {
    "batch": Experiment(depths=(4, 8), seeds=2, width=16, batch_size=32),
    "none": Experiment(
        depths=(4, 8), seeds=2, width=16, batch_size=32, learning_rate=0.02,
        arms=pair(normalisation="none", initialisation="pytorch"),
    ),
}  # fmt: skip


class Told(Rival, Protocol):
    """A rival that shows its networks."""

    def states(self) -> list[dict[str, Any]]: ...


Make = Callable[[Experiment, Tensor, Tensor], Told]


def compiled(experiment: Experiment, x: Tensor, y: Tensor) -> Told:
    pytest.importorskip("jax", reason="JAX is not installed; it is the extra named jax")
    from benchmarks.xla import Compiled  # noqa: PLC0415

    return Compiled(experiment, x, y)


def fused(experiment: Experiment, x: Tensor, y: Tensor) -> Told:
    return BareLoop(experiment, x, y, fused=True)


def foreach(experiment: Experiment, x: Tensor, y: Tensor) -> Told:
    return BareLoop(experiment, x, y, foreach=True)


def trained(make: Make, experiment: Experiment) -> list[dict[str, Tensor]]:
    data = load(experiment.dataset, None)
    rival = make(experiment, torch.from_numpy(data.train_x).double(), torch.from_numpy(data.train_y))
    rival.prepare(STEPS)
    rival.run(STEPS)
    return rival.states()


@pytest.mark.parametrize("normalisation", CASES)
@pytest.mark.parametrize("make", [fused, foreach, Ensembles, compiled])
def test_a_rival_trains_the_networks_of_the_bare_loop(make: Make, normalisation: str) -> None:
    experiment = CASES[normalisation]
    theirs, reference = trained(make, experiment), trained(BareLoop, experiment)
    assert len(theirs) == len(reference) == len(experiment.networks())
    for state, expected in zip(theirs, reference, strict=True):
        compared = {name for name in expected if name.startswith(("weights.", "norms.", "head."))}
        compared = {name for name in compared if not name.endswith("num_batches_tracked")}
        assert compared <= set(state)
        for name in compared:
            torch.testing.assert_close(state[name], expected[name], rtol=1e-9, atol=1e-11, msg=name)


def test_networks_of_one_seed_see_the_same_batches_and_seeds_see_others() -> None:
    experiment = CASES["batch"]
    drawn = Batches(experiment, 100).draw(3)
    assert drawn.shape == (3, experiment.seeds, experiment.batch_size)
    assert not torch.equal(drawn[:, 0], drawn[:, 1])
    alone = Batches(experiment.model_copy(update={"seeds": 1, "seed": experiment.seed + 1}), 100).draw(3)
    assert torch.equal(alone[:, 0], drawn[:, 1])


def test_jax_computes_on_one_thread() -> None:
    """Of products large enough to be shared out, one thread does nearly all; without the settings it is about half."""
    data = load("digits", None)
    experiment = Experiment(depths=(8,), seeds=3, width=128, batch_size=256)
    rival = compiled(experiment, torch.from_numpy(data.train_x), torch.from_numpy(data.train_y))
    steps = 40
    rival.prepare(steps)
    before = seconds_of_threads()
    rival.run(steps)
    rival.run(steps)
    used = [seconds - before.get(thread, 0.0) for thread, seconds in seconds_of_threads().items()]
    assert max(used) > 0.9 * sum(used)


def seconds_of_threads() -> dict[int, float]:
    """CPU seconds of every thread of this process."""
    return {thread.id: thread.user_time + thread.system_time for thread in psutil.Process().threads()}
