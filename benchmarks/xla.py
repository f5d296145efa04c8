"""The rival of a JAX expert: for each depth one compiled program that trains all its networks for many steps.

``jit`` over ``scan`` over the steps; within a step ``vmap`` over arms and seeds, ``scan`` over the blocks. Plain and
residual share a program: the factor of the skip is data. Activations are [width, batch], as in our stacks, which was
faster than [batch, width]; unrolling two blocks was slower, the gradient inside the ``vmap`` about the same.

JAX is the extra ``jax`` of the package. It gets one thread, as all rivals do, so this module has to be imported before
anything else imports JAX.
"""

import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from app.contract.experiment import Experiment
from benchmarks.bare import Batches, first_networks
from tests.unit.nets.reference import ReferenceNetwork

# the size of its pools is read from these when it starts
ONE_THREAD = {
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "NPROC": "1",
    "JAX_PLATFORMS": "cpu",
}
os.environ.update(ONE_THREAD)

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
from jax import lax  # noqa: E402

# admits float64 where it is asked for; nothing below asks for it by itself
jax.config.update("jax_enable_x64", True)

Tree = Any  # JAX's pytrees: nested dictionaries and tuples of arrays
MOMENTUM, EPSILON = 0.1, 1e-5
#: our names for the tensors of a layer, and where ``ReferenceNetwork`` has them
TENSORS = {
    "w": "weights.{}.weight", "b": "weights.{}.bias", "gain": "norms.{}.weight", "shift": "norms.{}.bias",
    "mean": "norms.{}.running_mean", "var": "norms.{}.running_var",
}  # fmt: skip
STATISTICS = ("mean", "var")


def layer(p: Tree, s: Tree, h: jax.Array) -> tuple[jax.Array, Tree]:
    """A weight layer, and with batch norm its running statistics after this batch [width, batch]."""
    z = p["w"] @ h
    if "gain" not in p:
        return z + p["b"][:, None], s
    batch = z.shape[1]
    mean = z.mean(1)
    centred = z - mean[:, None]
    var = (centred * centred).mean(1)
    y = centred * (lax.rsqrt(var + EPSILON) * p["gain"])[:, None] + p["shift"][:, None]
    seen = {"mean": mean, "var": var * (batch / (batch - 1))}
    return y, {name: (1 - MOMENTUM) * s[name] + MOMENTUM * seen[name] for name in STATISTICS}


def loss(p: Tree, s: Tree, skip: jax.Array, x: jax.Array, y: jax.Array) -> tuple[jax.Array, Tree]:
    """Cross-entropy of one network for a batch x [batch, features], and its running statistics afterwards."""

    def block(h: jax.Array, both: Tree) -> tuple[jax.Array, Tree]:
        (p1, p2), (s1, s2) = both
        f, s1 = layer(p1, s1, h)
        f, s2 = layer(p2, s2, jax.nn.relu(f))
        return jax.nn.relu(f + skip * h), (s1, s2)

    h, stem = layer(p["stem"], s["stem"], x.T)
    h, blocks = lax.scan(block, jax.nn.relu(h), (p["blocks"], s["blocks"]))
    logits = p["head"]["w"] @ h + p["head"]["b"][:, None]
    chances = jnp.take_along_axis(jax.nn.log_softmax(logits, 0), y[None], 0)
    return -chances.mean(), {"stem": stem, "blocks": blocks}


def trained(
    experiment: Experiment, x: jax.Array, y: jax.Array, skips: jax.Array, state: Tree, rows: jax.Array
) -> tuple[Tree, jax.Array]:
    """Parameters, statistics and velocities after a step for each of ``rows`` [steps, seeds, batch]; the losses."""
    of_seeds = jax.vmap(loss, (0, 0, None, 0, 0))
    of_arms = jax.vmap(of_seeds, (0, 0, 0, None, None))
    rate, momentum, decay = experiment.learning_rate, experiment.momentum, experiment.weight_decay

    def total(p: Tree, s: Tree, rows: jax.Array) -> tuple[jax.Array, Tree]:
        losses, s = of_arms(p, s, skips, x[rows], y[rows])
        return losses.sum(), (losses, s)

    def step(state: Tree, rows: jax.Array) -> tuple[Tree, jax.Array]:
        p, s, v = state
        (_, (losses, s)), gradients = jax.value_and_grad(total, has_aux=True)(p, s, rows)
        v = jax.tree.map(lambda v, g, p: momentum * v + g + decay * p, v, gradients, p)
        return (jax.tree.map(lambda p, v: p - rate * v, p, v), s, v), losses

    state, losses = lax.scan(step, state, rows)
    return state, losses


class Compiled:
    """A fully connected sweep of plain and residual networks in JAX. See ``bare.Rival``."""

    def __init__(self, experiment: Experiment, x: Tensor, y: Tensor) -> None:
        self.experiment = experiment
        self.x, self.y = jnp.asarray(x.flatten(1).numpy()), jnp.asarray(y.numpy().astype(np.int32))
        self.skips = jnp.asarray([arm.connection == "residual" for arm in experiment.arms], self.x.dtype)
        self.batches = Batches(experiment, len(x))
        networks = experiment.networks()
        first = [model.state_dict() for model in first_networks(experiment, ReferenceNetwork, x)]
        self.carried = [
            _stacked(experiment, [one for one, network in zip(first, networks, strict=True) if network.depth == depth])
            for depth in experiment.depths
        ]
        self._programs: dict[int, list[Callable[..., Any]]] = {}

    def prepare(self, steps: int) -> float:
        """Compile for runs of this length: one program a depth."""
        start = time.perf_counter()
        rows = jnp.zeros((steps, self.experiment.seeds, self.experiment.batch_size), jnp.int32)
        program = jax.jit(partial(trained, self.experiment), donate_argnums=3)
        self._programs[steps] = [
            program.lower(self.x, self.y, self.skips, state, rows).compile() for state in self.carried
        ]
        return time.perf_counter() - start

    def run(self, steps: int) -> float:
        """One depth after another."""
        start = time.perf_counter()
        rows = jnp.asarray(self.batches.draw(steps).numpy().astype(np.int32))
        for place, program in enumerate(self._programs[steps]):
            self.carried[place], losses = program(self.x, self.y, self.skips, self.carried[place], rows)
            losses.block_until_ready()
        return time.perf_counter() - start

    def states(self) -> list[dict[str, Tensor]]:
        """Weights and running statistics of every network, as ``ReferenceNetwork`` names them."""
        depths, seeds = self.experiment.depths, self.experiment.seeds
        return [
            _unstacked(jax.tree.map(lambda value, at=(arm, seed): value[at], self.carried[place][:2]))
            for arm in range(len(self.experiment.arms))
            for place in range(len(depths))
            for seed in range(seeds)
        ]


def _stacked(experiment: Experiment, states: Sequence[dict[str, Tensor]]) -> Tree:
    """Parameters, running statistics and velocities of one depth: [arms, seeds, …], the blocks' [arms, seeds, n, …]."""
    leading = (len(experiment.arms), experiment.seeds)
    count = sum(name.startswith("weights.") and name.endswith(".weight") for name in states[0])

    def tensors(names: Sequence[str], numbers: Sequence[int]) -> Tree:
        found = {}
        for name in names:
            keys = [TENSORS[name].format(number) for number in numbers]
            if keys[0] in states[0]:
                one = np.stack([np.stack([state[key].numpy() for key in keys]) for state in states])
                found[name] = jnp.asarray(one.reshape(*leading, *one.shape[1:]))
        return found

    def alone(names: Sequence[str]) -> Tree:
        return {name: value[:, :, 0] for name, value in tensors(names, [0]).items()}

    def pair(names: Sequence[str]) -> Tree:
        return tuple(tensors(names, range(first, count, 2)) for first in (1, 2))

    trained = [name for name in TENSORS if name not in STATISTICS]
    head = [np.stack([state[f"head.{name}"].numpy() for state in states]) for name in ("weight", "bias")]
    parameters = {
        "stem": alone(trained),
        "blocks": pair(trained),
        "head": {
            name: jnp.asarray(value.reshape(*leading, *value.shape[1:])) for name, value in zip("wb", head, strict=True)
        },
    }
    statistics = {"stem": alone(STATISTICS), "blocks": pair(STATISTICS)}
    return parameters, statistics, jax.tree.map(jnp.zeros_like, parameters)


def _unstacked(state: Tree) -> dict[str, Tensor]:
    """The tensors of one network by the names of ``ReferenceNetwork``."""
    found = {}
    for part in state:
        for name, value in part["stem"].items():
            found[TENSORS[name].format(0)] = value
        for place, tensors in enumerate(part["blocks"], 1):
            for name, values in tensors.items():
                for block, value in enumerate(values):
                    found[TENSORS[name].format(2 * block + place)] = value
        for name, value in part.get("head", {}).items():
            found["head." + {"w": "weight", "b": "bias"}[name]] = value
    return {name: torch.from_numpy(np.array(value)) for name, value in found.items()}
