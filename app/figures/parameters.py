"""How many parameters a network will have, reckoned from its plan: known before anything is built. No torch."""

from app.contract.experiment import Cell, Experiment
from app.figures.anatomy import Anatomy
from app.figures.layers import plan_of


def parameters_of(experiment: Experiment, cell: Cell) -> int:
    """Trained parameters of one network of a cell, as ``app.nets`` counts them."""
    plan, anatomy = plan_of(experiment, cell), Anatomy(experiment.arms[cell.arm])
    record, before, normed = anatomy.record, anatomy.record.pre_activation, bool(anatomy.norm)
    *hidden, last = plan.layers

    def added(channels: int) -> int:
        """A bias, or the gain and the shift of the norm that makes a bias needless."""
        return 2 * channels if normed else channels

    total = sum(layer.weights for layer in plan.layers) + last.out
    if before and normed:  # a norm stands before every layer but the first
        total += sum(added(layer.into) for layer in plan.layers[1:])
    else:
        total += sum(added(layer.out) for layer in hidden)
    for block in plan.blocks:
        if not block.number:
            continue
        first, end = plan.layers[block.first - 1], plan.layers[block.first + block.layers - 2]
        if anatomy.gated:
            total += first.weights + first.out
        if record.trained_scale:
            total += 1
        if anatomy.projects(block.resized):
            total += first.into * end.out + (0 if before and normed else added(end.out))
    return total


def parameters_of_all(experiment: Experiment) -> int:
    """Trained parameters of all networks of an experiment together."""
    by_shape = {(cell.arm, cell.layers): parameters_of(experiment, cell) for cell in experiment.cells()}
    return sum(by_shape[network.arm, network.layers] for network in experiment.networks())
