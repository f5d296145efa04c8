"""All rivals of the engine on one fully connected sweep of plain and residual networks, by their names."""

import importlib
from importlib.util import find_spec

import torch

from app.contract.experiment import Experiment
from app.data import load
from benchmarks import peer
from benchmarks.bare import BareLoop, Rival
from benchmarks.ensemble import Ensembles

JAX, ENSEMBLES, FUSED, FOREACH = "JAX", "torch.func ensembles", "bare loop, fused SGD", "bare loop, foreach SGD"
BARE, TFJS = "bare loop", "TensorFlow.js, WASM"
WITHOUT_JAX = (
    "JAX is not installed, so the strongest rival is missing from the tables. "
    "It comes with: .venv/bin/python -m pip install --editable '.[jax]'"
)


class Foreign:
    """TensorFlow.js in a process of its own, with the networks of the first seed alone."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment, self.layers = experiment, sum(network.layers for network in experiment.networks())

    def prepare(self, steps: int) -> float:
        """Nothing: it warms up in each run."""
        return 0.0

    def run(self, steps: int) -> float:
        """Seconds that all seeds would take."""
        return steps * self.layers / peer.layer_steps_a_second(self.experiment, steps)


def with_jax() -> bool:
    """Whether JAX is installed."""
    return find_spec("jax") is not None


def rivals_of(experiment: Experiment) -> dict[str, Rival]:
    """Every rival that is installed, with its networks and the data."""
    data = load(experiment.dataset, None)
    x, y = torch.from_numpy(data.train_x), torch.from_numpy(data.train_y)
    found: dict[str, Rival] = {
        ENSEMBLES: Ensembles(experiment, x, y),
        FUSED: BareLoop(experiment, x, y, fused=True),
        FOREACH: BareLoop(experiment, x, y, foreach=True),
        BARE: BareLoop(experiment, x, y),
        TFJS: Foreign(experiment),
    }
    if with_jax():
        # not imported above: it is an extra, and takes seconds to load
        found[JAX] = importlib.import_module("benchmarks.xla").Compiled(experiment, x, y)
    return found
