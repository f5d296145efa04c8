"""``python -m benchmarks.precision``: what single precision does to the gradients of deep networks.

The same weights and the same batch, once in single and once in double precision. Where a network amplifies small
differences from layer to layer, rounding grows with them. Prints the table of ``docs/connections.md``.
"""

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from app.contract.arms import Arm
from app.contract.experiment import Experiment
from app.contract.measurements import Floats
from app.data import load
from app.learning.batches import Batches
from app.learning.sweep import Sweep

CONNECTIONS, DEPTHS, SEEDS = ("plain", "residual"), (16, 32, 64), range(5)


def deviation(connection: str, depth: int, seed: int) -> Floats:
    """|g − ĝ|/ĝ of every layer's ‖∂L/∂W‖ at the start: g in single precision, ĝ in double, from equal weights."""
    arm = Arm.model_validate({"connection": connection})
    experiment = Experiment(arms=(arm,), depths=(depth,), seed=seed)
    data = load(experiment.dataset, None)
    x, y = Batches(len(data.train_x), experiment.batch_size, [seed]).next(
        torch.from_numpy(data.train_x), torch.from_numpy(data.train_y)
    )
    single = Sweep(experiment)
    double = Sweep(experiment.model_copy(update={"precision": "double"}))
    double.trainers[0].parameters.flat.copy_(single.trainers[0].parameters.flat)
    norms = [sweep.backward(x.to(sweep.dtype), y, measure=True).weight_gradients for sweep in (single, double)]
    assert norms[0] is not None and norms[1] is not None
    return np.abs(norms[0].astype(np.float64) / norms[1] - 1)


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    table = Table(title="‖∂L/∂W‖ in single against double precision: relative deviation, batch norm, before training")
    for heading in ("network", "median layer", "worst layer, median of 5 seeds", "lowest to highest"):
        table.add_column(heading, justify="left" if heading == "network" else "right")
    for connection in CONNECTIONS:
        for depth in DEPTHS:
            found = [deviation(connection, depth, seed) for seed in SEEDS]
            worst = [layers.max() for layers in found]
            table.add_row(
                f"{connection}-{depth}",
                f"{np.median([np.median(layers) for layers in found]):.1g}",
                f"{np.median(worst):.1g}",
                f"{min(worst):.1g} to {max(worst):.1g}",
            )
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
