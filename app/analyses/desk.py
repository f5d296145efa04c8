"""The desk: where a process that analyses takes its questions. It has the ``train`` that a trainer has.

The subject of the last question is kept, for the next one is mostly about the same weights: a block that is
clicked shall be gone at once.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from app.analyses.analyse import analyse
from app.analyses.subject import Subject
from app.contract.commands import Command, Stop
from app.contract.experiment import Arm, Experiment
from app.contract.findings import Found, Inquiry
from app.contract.questions import Paths, Shattering
from app.learning.training import warm_up as warm_up_training

#: seconds between two reports of progress
PROGRESS_SECONDS = 0.2
_last: dict[tuple[object, ...], Subject] = {}


def warm_up(threads: int) -> None:
    """Make torch ready to train and to answer: the first batched gradient alone takes half a second."""
    warm_up_training(threads)
    subject = Subject(Experiment(depths=(4,), arms=(Arm(connection="plain"), Arm(connection="residual"))), 0)
    for question in (Paths(depth=4, examples=2), Shattering(depths=(4,), points=32, width=8, seeds=1)):
        for _ in analyse(subject, question):
            pass


def train(
    inquiry: Inquiry,
    *,
    take: Callable[[bool], Command | None],
    frame_interval: float = PROGRESS_SECONDS,
    dataset_dir: Path | None = None,
    device: str = "cpu",
    keep: Path | None = None,
) -> Iterator[Found]:
    """Answer a question: progress, findings that are not whole yet, and at the end progress 1.

    Args:
        inquiry: what is asked, of which weights.
        take: where a ``Stop`` comes from; it is asked whenever the analysis says how far it is.
        dataset_dir: folder of the user's own data.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.

    Raises:
        DataUnavailable: the data set or the weights cannot be read.
        Refused: the question does not fit the run.
    """
    subject = _subject(inquiry, dataset_dir, device)
    share, told = 0.0, time.monotonic()
    for said in analyse(subject, inquiry.question):
        if isinstance(take(False), Stop):
            yield Found(share, cancelled=True)
            return
        if not isinstance(said, float):
            yield Found(share, said)
        else:
            share = said
            if time.monotonic() - told >= PROGRESS_SECONDS:
                told = time.monotonic()
                yield Found(share)
    yield Found(1.0)


def _subject(inquiry: Inquiry, dataset_dir: Path | None, device: str) -> Subject:
    key = (inquiry.experiment, inquiry.file, device)
    subject = _last.get(key)
    if subject is None:
        subject = Subject(inquiry.experiment, inquiry.step, dataset_dir=dataset_dir, device=device)
        subject.load(inquiry.file)
        _last.clear()
        _last[key] = subject
    # the process that trains thins its files, perhaps while the question waited
    subject.way = [(step, file) for step, file in inquiry.way if file.exists()]
    return subject
