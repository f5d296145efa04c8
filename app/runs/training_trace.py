"""The training trace: a run epoch by epoch at one depth, as it was evaluated, in the words of the status line."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from app.contract.experiment import Experiment
from app.contract.refusals import no_such_depth
from app.contract.trace import TrainingRow
from app.runs.history import Entry
from app.runs.run import Run


def training_rows(run: Run, depth: int) -> list[TrainingRow]:
    """A row for every evaluation that is remembered, at most 2,000 of them. Raises ``Refused`` for another depth."""
    if depth not in run.experiment.depths:
        raise no_such_depth(run.experiment.depths, depth)
    examples = run.provenance.get("training_examples")
    epoch = run.experiment.batch_size / examples if isinstance(examples, int) else None
    return list(_rows(run.experiment, run.stream.history.entries(), depth, epoch))


def _rows(experiment: Experiment, entries: Sequence[Entry], depth: int, epoch: float | None) -> Iterator[TrainingRow]:
    index, depths, rates = (
        experiment.depths.index(depth),
        len(experiment.depths),
        max(1, len(experiment.learning_rates)),
    )
    groups = [arm * depths + index for arm in range(len(experiment.arms))]
    for event in (orjson.loads(entry.text) for entry in entries if not entry.frame):
        if event["type"] != "evaluation":
            continue
        best = event["best"]
        # with one rate a group is its only cell; in fair mode the best one, once it is known
        cells = [group if rates < 2 else (best[group] if best else None) for group in groups]
        yield TrainingRow(
            event["step"], None if epoch is None else event["step"] * epoch,
            _medians(event["training_loss"], cells), _medians(event["test_accuracy"], cells),
            _words(event["words"], index, cells),
        )  # fmt: skip


def _medians(band: list[list[float | None]] | None, cells: Sequence[int | None]) -> list[float | None]:
    return [None if band is None or cell is None else band[0][cell] for cell in cells]


def _words(words: dict[str, Any], index: int, cells: Sequence[int | None]) -> str:
    """What is said of the arms at this depth: what sets them apart, or where nothing does what is said of each."""
    compared = words["depths"][index]
    said = [compared] if compared else [words["cells"][cell] for cell in cells if cell is not None]
    return ". ".join(part[:1].upper() + part[1:] for part in said) or words["overall"]
