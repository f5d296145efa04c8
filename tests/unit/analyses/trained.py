"""Subjects for the tests of analyses: small sweeps of a plain and another arm after a few steps, in float64."""

import torch

from app.analyses.subject import Replica, Subject
from app.contract.experiment import Experiment

FAMILIES = ("mlp", "conv6n2")
DEPTHS = {"mlp": (8, 12), "conv6n2": (8, 14)}


def subject_of(connection: str, family: str, *, steps: int = 3, **arm: object) -> Subject:
    """A plain arm and one of this connection, two seeds, trained for ``steps`` steps of 32 examples."""
    arms = [{"connection": "plain"}, {"connection": connection, "cardinality": 2} | arm]
    experiment = Experiment.model_validate(
        {"arms": arms, "family": family, "depths": DEPTHS[family], "width": 8, "seeds": 2, "steps": max(1, steps)}
    )
    subject = Subject(experiment, steps, dtype=torch.float64)
    for step in range(steps):
        rows = slice(32 * step, 32 * step + 32)
        subject.sweep.backward(subject.train_x[rows], subject.train_y[rows], measure=False)
        subject.sweep.update()
    return subject


def replica_of(subject: Subject, *, shallow: bool = False) -> Replica:
    """The networks of the second arm, at the deeper of the two depths or the shallower."""
    return list(subject.replicas(subject.experiment.depths[0 if shallow else -1]))[1]
