"""Equal arms in refinement, signal and similarity: how often their words tell two networks apart that are the same.

``python -m benchmarks.equal_measures [DEPTH…]`` trains pairs of arms of the default preset that differ in the seventh
digit of their rate, three seeds each, and counts the comparing sentences that claim a difference. Then it trains ten
seeds of one arm, takes some of them for one arm and others for another, and prints the mean square of the contrast of
their similarity, which is its variance, and how often they are told apart: what ``app.analyses.similarity_words.PRIOR``
rests on. Such arms have no seed in common, so they differ by more than equal arms of one run do.
"""

import sys
import tempfile
from itertools import product
from pathlib import Path

import numpy as np

from app.analyses.cka import layer_vectors
from app.analyses.registry import parse_question
from app.analyses.similarity_words import ArmResult, Contrast, contrast
from app.analyses.subject import Subject
from app.contract.experiment import Experiment
from app.learning.training import warm_up
from benchmarks.figures import EXPERIMENT, trained, words_of

#: what a sentence says that tells two arms apart
CLAIMS = {"refinement": "easier to read", "signal": " than in ", "similarity": "less alike"}
CONNECTIONS, STARTS = ("plain", "residual"), (100, 200)
#: of the splits of one arm: how many of each number of seeds
SPLITS, SEEDS = 200, (2, 3, 5)


def subject_of(connection: str, depth: int, seed: int, seeds: int, rates: tuple[float, ...]) -> Subject:
    """Trained networks of one connection at one depth, an arm for each of ``rates``, in units of the preset's."""
    arms = [{"connection": connection, "learning_rate": EXPERIMENT.learning_rate * rate} for rate in rates]
    changed = {"arms": arms, "depths": (depth,), "seeds": seeds, "seed": seed}
    with tempfile.TemporaryDirectory() as folder:
        return trained(Experiment.model_validate(EXPERIMENT.model_dump() | changed), Path(folder))[0]


def contrasts(subject: Subject, depth: int, seeds: int) -> list[Contrast]:
    """Of so many seeds of one arm and as many others of the same arm, drawn at random."""
    [replica] = subject.replicas(depth)
    x, layers = subject.test_x[:256].double(), [depth - 1, depth]
    vectors = np.stack(
        [np.stack([v.numpy() for v in layer_vectors(replica.stack, n, layers, x)]) for n in range(replica.stack.k)], 1
    )
    generator = np.random.default_rng(0)
    found = []
    for _ in range(SPLITS):
        order = generator.permutation(vectors.shape[1])
        halves = (order[:seeds], order[seeds : 2 * seeds])
        one, other = (ArmResult("", layers, range(seeds), vectors[:, half]) for half in halves)
        found.append(contrast(one, other))
    return [one for one in found if one is not None]


def main() -> None:
    """Print claims and variances of each connection and depth (``8 16 32 64``, or those that are named)."""
    warm_up(1)
    depths = [int(word) for word in sys.argv[1:]] or [8, 16, 32, 64]
    claims = dict.fromkeys(CLAIMS, 0)
    asked = 0
    for connection, depth in product(CONNECTIONS, depths):
        for start in STARTS:
            subject = subject_of(connection, depth, start, 3, (1.0, 1.000002))
            asked += 1
            for kind, claim in CLAIMS.items():
                last = words_of(subject, parse_question({"kind": kind, "depth": depth}))[2]
                if claim in last:
                    claims[kind] += 1
                    print(f"  {connection}-{depth}: {last}")
        subject = subject_of(connection, depth, 300, 10, (1.0,))
        for seeds in SEEDS:
            found = contrasts(subject, depth, seeds)
            square = np.mean([np.mean(one.values**2) for one in found])
            claims_here = sum(one.clear(1) for one in found)
            print(f"{connection}-{depth}, {seeds} seeds: mean square of the contrast {square:.4f}, ", end="")
            print(f"{claims_here} of {len(found)} told apart", flush=True)
    print(f"claims in {asked} comparisons of equal arms each: {claims}")


if __name__ == "__main__":
    main()
