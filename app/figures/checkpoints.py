"""How large the checkpoints of an experiment will be, reckoned from its plan, and whether there is room. No torch."""

from app.contract.checkpoints import MOST_BYTES, MOST_FILES, CheckpointBound
from app.contract.experiment import Experiment
from app.figures.layers import plan_of
from app.figures.parameters import parameters_of

#: the head of a file, and what each layer adds to it
HEAD, HEAD_OF_A_LAYER = 4096, 256


def checkpoint_bytes(experiment: Experiment) -> int:
    """Bytes of one checkpoint, at most: parameters of all networks, running statistics of their norms, and the head."""
    by_shape = {}
    for cell in experiment.cells():
        layers = plan_of(experiment, cell).layers
        running = sum(2 * max(layer.into, layer.out) for layer in layers)
        by_shape[cell.arm, cell.layers] = parameters_of(experiment, cell) + running, len(layers)
    networks = [by_shape[network.arm, network.layers] for network in experiment.networks()]
    number = 8 if experiment.precision == "double" else 4
    return HEAD + sum(number * numbers + HEAD_OF_A_LAYER * layers for numbers, layers in networks)


def what_stays(experiment: Experiment, bound: CheckpointBound, free: int) -> str | None:
    """What is told before an experiment is trained: that not all of its checkpoints will stay, or none.

    Args:
        bound: how many bytes they may take.
        free: bytes that the disk can take.
    """
    size, wanted = checkpoint_bytes(experiment), min(MOST_FILES, len(list(experiment.evaluation_steps())))
    if size > MOST_BYTES:
        return f"No weights of this run will be kept: about {_told(size)}, and the limit is {_told(MOST_BYTES)}."
    room = min(bound.of_a_run, free)
    if size * wanted <= room:
        return None
    which = "SKIPSCOPE_CHECKPOINTS_MIB" if bound.of_a_run <= free else "the disk"
    many = f"About {room // size} of {wanted} checkpoints" if room >= size else "No weights"
    return f"{many} of this run will be kept: each takes about {_told(size)}, and {which} has room for {_told(room)}."


def _told(size: int) -> str:
    return f"{size / 2**20:,.0f} MiB"
