"""How much the valleys of equal arms differ: what ``app.analyses.valleys.ALIKE`` rests on.

``python -m benchmarks.equal_valleys`` trains pairs of arms of the default preset that differ in the seventh digit of
their rate, and prints by which factor the larger of their valleys is wider, over seeds and draws of the plane.
"""

import sys
import tempfile
from itertools import product
from pathlib import Path

from app.contract.experiment import Experiment
from app.learning.training import warm_up
from benchmarks.figures import EXPERIMENT, draw, trained

SEEDS, DRAWS = range(4), range(3)


def pair(connection: str, depth: int, seed: int) -> Experiment:
    """Two equal arms of one seed."""
    rate = EXPERIMENT.learning_rate
    arms = [{"connection": connection, "learning_rate": rate * (1 + part)} for part in (0, 2e-6)]
    changed = {"arms": arms, "depths": (depth,), "seeds": 1, "seed": seed}
    return Experiment.model_validate(EXPERIMENT.model_dump() | changed)


def main() -> None:
    """Print the factors of each connection and depth (``8 16 32 64``, or those that are named)."""
    warm_up(1)
    depths = [int(word) for word in sys.argv[1:]] or [8, 16, 32, 64]
    for connection, depth in product(("plain", "residual"), depths):
        factors = []
        for seed in SEEDS:
            with tempfile.TemporaryDirectory() as folder:
                subject, _ = trained(pair(connection, depth, seed), Path(folder))
            for number in DRAWS:
                one, other = draw(subject, depth, number, 21).values()
                if one and other:
                    factors.append(max(one / other, other / one))
        told = f"{len(factors)} pairs, at most {max(factors):.2f}" if factors else "no valleys"
        print(f"{connection}-{depth}: {told}")


if __name__ == "__main__":
    main()
