"""How much memory the training of an experiment takes, reckoned from its plan before anything is built. No torch."""

from math import prod

from app import machine
from app.contract.experiment import Cell, Experiment
from app.errors import Refused
from app.figures.layers import plan_of
from app.figures.parameters import parameters_of

#: numbers that an optimiser keeps for every parameter
STATES = {"sgd": 1, "nesterov": 1, "adam": 2, "adamw": 2}
#: a training process that trains nothing
BASE = 400 * 2**20
#: of the memory of the machine, the part that all training processes may have together; the rest is for the system,
#: the server, and answers
SHARE = 0.75


def memory_of(experiment: Experiment) -> int:
    """Bytes that a process needs to train an experiment.

    Parameters, their gradients, a copy for the checkpoint being saved, one for what a step works out, and twice what
    the optimiser keeps, for it makes the new beside the old. And of every layer what a step keeps of the batch for the
    way back: what it reads, what it gives, and that behind norm and σ.
    """
    number = 8 if experiment.precision == "double" else 4
    by_shape: dict[tuple[int, int], int] = {}
    for cell in experiment.cells():
        held = parameters_of(experiment, cell) * (4 + 2 * STATES[experiment.optimiser])
        by_shape[cell.arm, cell.layers] = held + experiment.batch_size * activations_of(experiment, cell)
    return BASE + number * sum(by_shape[network.arm, network.layers] for network in experiment.networks())


def activations_of(experiment: Experiment, cell: Cell) -> int:
    """Numbers that one network of a cell keeps of one example during a step."""
    return sum(_size(layer.reads) + 3 * _size(layer.gives) for layer in plan_of(experiment, cell).layers)


def check_memory(experiment: Experiment, processes: int, device_memory: int | None = None) -> None:
    """Raise ``Refused`` if one of so many training processes cannot have the memory that an experiment needs.

    Args:
        device_memory: bytes of the GPU on which all of them train; None where that is the machine's memory.
    """
    total = machine.memory() if device_memory is None else device_memory
    if total is None:
        return
    needed, share = memory_of(experiment), int(total * SHARE / processes)
    if needed > share:
        which = f"each of {processes} training processes" if processes > 1 else "a training process"
        where = "on this machine" if device_memory is None else "on this machine's GPU"
        raise Refused(
            f"width: this needs about {told_size(needed)} of memory, and {which} may have {told_size(share)} {where}; "
            "lower the width, the widening, the batch size, or the number of networks",
            "width",
        )


def _size(shape: str) -> int:
    """How many numbers an example of such a shape has: ``16×7×7``."""
    return prod(map(int, shape.split("×")))


def told_size(size: int) -> str:
    """Bytes as people say them."""
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.0f} MB"
