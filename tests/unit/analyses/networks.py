"""Networks for the tests of analyses: copies of disturbed ones, and runs that were trained and kept for real."""

from pathlib import Path
from typing import Any

import torch

from app.analyses.subject import Subject
from app.contract.checkpoints import checkpoints_in
from app.contract.connections import CONNECTIONS
from app.contract.experiment import Experiment
from app.learning.training import train
from app.nets.copies import copies
from app.nets.stack import Stack
from tests.unit.nets.test_stack_equals_torch import make

FAMILIES = ("mlp", "conv6n2")
BLOCKS = {"mlp": 5, "conv6n2": 3}  # a stage


def network(
    connection: str, family: str, shortcut: str = "A", seeds: tuple[int, ...] = (1, 0), **options: Any
) -> Stack:
    """Copies, at evaluation, of some seeds whose running statistics and weights are no longer those of the start."""
    stages = 3 if family == "conv6n2" else 1
    transitions = stages - 1 if connection == "dense" else 0
    depth = 2 + transitions + BLOCKS[family] * stages * CONNECTIONS[connection].layers
    stack = make(family, (connection,), (depth,), shortcut=shortcut, **options)
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        stack.parameters.flat += 0.1 * torch.randn(len(stack.parameters.flat), dtype=torch.float64, generator=generator)
        for buffer in stack.running:
            buffer += torch.rand(len(buffer), dtype=torch.float64, generator=generator)
    return copies(stack, seeds)


def trained(experiment: Experiment, folder: Path, dtype: torch.dtype = torch.float32) -> Subject:
    """What an experiment has learned, read back from the weights that it kept."""
    for _ in train(experiment, checkpoints=folder):
        pass
    trajectory = checkpoints_in(folder)
    subject = Subject(experiment, trajectory[-1][0], dtype=dtype)
    subject.trajectory = trajectory
    subject.load(trajectory[-1][1])
    return subject
