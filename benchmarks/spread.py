"""By how much equal networks differ: the measurements behind the constants of ``app.evidence``.

    python -m benchmarks.spread [PRESET…] [--seed 100] [--runs 8]

Each arm of each preset is trained twice, at rates that differ in the sixth digit, with ``runs`` seeds that
``benchmarks.equal_arms`` does not use. The variance of the difference between two equal networks is told as a share of
p(1 − p), p their accuracy: between the two of one seed (chaos alone), and between two seeds (first weights and batches
too). A scaled inverse χ² is fitted to the variances of all evaluations by their logarithms (Smyth 2004, section 6.2).
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import digamma, polygamma

from app.contract import measurements as m
from app.contract.experiment import DATASET_SHAPES, Experiment
from app.contract.presets import preset
from app.learning.training import train
from benchmarks.equal_arms import NEARLY, alone

#: presets whose networks learn; the others stay with the start, or are long
USUAL = ("shallow", "degradation", "spiral", "vanishing", "families", "fair")
#: accuracies at which sentences compare; beyond them p(1 − p) is small, and so are the differences
RANGES = ((0.0, 0.3), (0.3, 0.6), (0.6, 0.9), (0.9, 0.985))


@dataclass(frozen=True, slots=True)
class Spread:
    """What one cell showed at one evaluation, over ``seeds`` seeds; variances as shares of p(1 − p)."""

    preset: str
    accuracy: float
    chaos: float
    between: float
    seeds: int


def measured(experiment: Experiment) -> list[tuple[NDArray[np.float64], NDArray[np.float64] | None]]:
    """Test accuracy and training loss [cells, seeds] at every evaluation after step 5."""
    points = [item for item in train(experiment, frame_interval=1e9) if isinstance(item, m.Evaluated) and item.step > 5]
    shape = (len(experiment.cells()), experiment.seeds)
    return [
        (
            point.test_accuracy.reshape(shape).astype(np.float64),
            None if point.training_loss is None else point.training_loss.reshape(shape).astype(np.float64),
        )
        for point in points
    ]


def spreads(name: str, seed: int, runs: int) -> tuple[list[Spread], list[float]]:
    """Of every cell and evaluation of a preset; and the variances of the logarithms of training losses."""
    own = preset(name).experiment.model_copy(update={"seed": seed, "seeds": runs})
    found: list[Spread] = []
    losses: list[float] = []
    for arm in dict.fromkeys(own.arms):
        one, other = (measured(alone(own, arm, factor)) for factor in (1.0, NEARLY))
        for (a, loss), (b, _) in zip(one, other, strict=True):
            found += [s for x, y in zip(a, b, strict=True) if (s := _spread(name, x, y, own)) is not None]
            if loss is not None:
                finite = [row[np.isfinite(row)] for row in loss]
                losses += [float(np.log(row).var(ddof=1)) for row in finite if len(row) > 2]
    return found, losses


def _spread(name: str, x: NDArray[np.float64], y: NDArray[np.float64], experiment: Experiment) -> Spread | None:
    """None where the networks have not learned, or all they can: there p(1 − p) says little."""
    there = np.isfinite(x) & np.isfinite(y)
    x, y = x[there], y[there]
    if len(x) < 4:
        return None
    p = float((x.mean() + y.mean()) / 2)
    if not 1 / DATASET_SHAPES[experiment.dataset][2] + 0.04 < p < RANGES[-1][1]:
        return None
    share = p * (1 - p)
    between = float(x.var(ddof=1) + y.var(ddof=1))
    return Spread(name, p, float(((x - y) ** 2).mean() / share), between / share, len(x))


def fitted(variances: Sequence[float], freedom: float) -> tuple[float, float]:
    """(scale, degrees of freedom) of the prior of variances that have ``freedom`` degrees of freedom each."""
    logs = np.log(np.maximum(variances, 1e-9)) - digamma(freedom / 2) + log(freedom / 2)
    extra = logs.var(ddof=1) - polygamma(1, freedom / 2)
    if extra <= 0:
        return float(np.exp(logs.mean())), float("inf")
    prior = float(brentq(lambda d: polygamma(1, d / 2) - extra, 0.01, 1e6))
    return float(np.exp(logs.mean() + digamma(prior / 2) - log(prior / 2))), prior


def _told(name: str, found: Sequence[Spread]) -> None:
    if len(found) < 5:
        return
    chaos, between = np.array([s.chaos for s in found]), np.array([s.between for s in found])
    scale, freedom = fitted(list(between), found[0].seeds - 1)
    print(
        f"{name:20}{len(found):6}{chaos.mean():10.4f}{np.quantile(chaos, 0.95):10.4f}"
        f"{between.mean():10.4f}{np.quantile(between, 0.95):10.4f}{scale:10.4f}{freedom:8.1f}",
        flush=True,
    )


def main(arguments: list[str]) -> int:
    """Print the spread by preset and by accuracy."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spread", description=__doc__.splitlines()[0])
    parser.add_argument("presets", nargs="*", metavar="PRESET", default=USUAL)
    parser.add_argument("--seed", type=int, default=100, help="first seed")
    parser.add_argument("--runs", type=int, default=8, help="how many seeds")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    print(f"{'':26}{'one seed':>20}{'two seeds':>20}{'fit to two seeds':>18}")
    print(f"{'':20}{'cells':>6}{'mean':>10}{'95 %':>10}{'mean':>10}{'95 %':>10}{'scale':>10}{'freedom':>8}")
    everything: list[Spread] = []
    losses: list[float] = []
    for name in chosen.presets:
        found, of_loss = spreads(name, chosen.seed, chosen.runs)
        everything += found
        losses += of_loss
        _told(name, found)
    _told("all", everything)
    for low, high in RANGES:
        _told(f"accuracy {low:g} to {high:g}", [s for s in everything if low <= s.accuracy < high])
    _told("accuracy 0.2 to 0.9", [s for s in everything if 0.2 <= s.accuracy < 0.9])
    print(f"ln of the training loss, two seeds: variance {2 * np.mean(losses):.2f}, median {2 * np.median(losses):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
