"""Equal arms (an A/A test): how often the status line tells two networks apart that are the same.

    python -m benchmarks.equal_arms [PRESET…] [--seed 0] [--all]

Each arm of each preset is trained twice, at learning rates that differ in the sixth digit: the same connection, the
same first weights, the same batches. Chaos makes the two end at different accuracies; whatever sentence calls one of
them ahead claims too much. At most 5 % of the sentences may. The other way round, the default preset must tell its true
difference, at 32 and 64 layers, by step 100.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from app.contract import measurements as m
from app.contract.arms import Arm
from app.contract.events import Evaluation
from app.contract.experiment import Experiment
from app.contract.presets import PRESETS, preset
from app.learning.training import train
from app.runs.digest import Digest

#: the second arm's rate over the first's
NEARLY = 1.000002
#: the largest share of sentences that may tell equal arms apart
ALLOWED = 0.05
#: what a sentence says that ranks two arms
CLAIM = " ahead of "
#: minutes, not seconds; trained only with --all or by name
LONG = ("he-fashion",)


@dataclass(slots=True)
class Count:
    """Sentences that compare arms, and those among them that claim a difference."""

    sentences: int = 0
    claims: int = 0

    def add(self, words: dict[str, object]) -> None:
        """Count the sentences of one evaluation: one a depth, and the overall one."""
        compared = [str(sentence) for sentence in words["depths"] if sentence]  # type: ignore[attr-defined]
        for sentence in [*compared, str(words["overall"])] if compared else []:
            self.sentences += 1
            self.claims += CLAIM in sentence

    def __add__(self, other: "Count") -> "Count":
        return Count(self.sentences + other.sentences, self.claims + other.claims)

    @property
    def share(self) -> float:
        """Claims a sentence."""
        return self.claims / self.sentences if self.sentences else 0.0


def alone(experiment: Experiment, arm: Arm, factor: float) -> Experiment:
    """An experiment with one arm, at ``factor`` times its rates."""
    own = arm.learning_rate or experiment.learning_rate
    change = {} if experiment.learning_rates else {"learning_rate": own * factor}
    rates = [rate * factor for rate in experiment.learning_rates]
    return Experiment.model_validate(
        experiment.model_dump() | {"arms": [arm.model_dump() | change], "learning_rates": rates}
    )


def words_of_equal_arms(experiment: Experiment, arm: Arm) -> Iterator[dict[str, object]]:
    """What is said at each evaluation of a run whose two arms are this one.

    Each is trained by itself, as a network's numbers do not depend on who trains beside it; so the networks of fair
    mode, which have the same rates in every arm, can be nearly equal too.
    """
    twice = Experiment.model_validate(experiment.model_dump() | {"arms": [arm.model_dump()] * 2})
    digest = Digest(twice)
    both = (list(train(alone(experiment, arm, factor), frame_interval=1e9)) for factor in (1.0, NEARLY))
    first, second = ([item for item in run if isinstance(item, m.Prepared | m.Evaluated)] for run in both)
    for one, other in zip(first, second, strict=True):
        event = digest.event(_joined(one, other))
        if isinstance(event, Evaluation):
            yield event.words


def _joined(one: m.Prepared | m.Evaluated, other: m.Prepared | m.Evaluated) -> m.Prepared | m.Evaluated:
    if isinstance(one, m.Prepared):
        return one
    assert isinstance(other, m.Evaluated)
    columns = [
        None if mine is None or its is None else np.concatenate([mine, its])
        for mine, its in (
            (one.test_accuracy, other.test_accuracy), (one.test_loss, other.test_loss),
            (one.training_loss, other.training_loss), (one.training_accuracy, other.training_accuracy),
        )
    ]  # fmt: skip
    return m.Evaluated(one.step, one.seconds, *columns)  # type: ignore[arg-type]


def count(experiment: Experiment) -> Count:
    """Over every arm of an experiment, compared with its equal."""
    found = Count()
    for arm in dict.fromkeys(experiment.arms):
        for words in words_of_equal_arms(experiment, arm):
            found.add(words)
    return found


def true_difference(seed: int) -> dict[int, int | None]:
    """From which step on the default preset says, at every evaluation, that residual is ahead, by depth."""
    experiment = preset("degradation").experiment.model_copy(update={"seed": seed})
    digest = Digest(experiment)
    since: dict[int, int | None] = dict.fromkeys(experiment.depths)
    for measurement in train(experiment, frame_interval=1e9):
        event = digest.event(measurement)
        if isinstance(event, Evaluation):
            for depth, sentence in zip(experiment.depths, event.words["depths"], strict=True):
                if CLAIM not in sentence:
                    since[depth] = None
                elif since[depth] is None:
                    since[depth] = event.step
    return since


def main(arguments: list[str]) -> int:
    """Print the share of each preset and of all; 0 if equal arms are rarely and the true difference is told."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.equal_arms", description=__doc__.splitlines()[0])
    parser.add_argument("presets", nargs="*", metavar="PRESET", help="those to train; default: all that are short")
    parser.add_argument("--seed", type=int, default=0, help="first seed")
    parser.add_argument("--all", action="store_true", help="the long ones too")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    names = chosen.presets or [name for name in PRESETS if chosen.all or name not in LONG]
    total = Count()
    print(f"{'preset':18}{'seeds':>6}{'sentences':>11}{'claim':>7}{'share':>8}")
    for name in names:
        own = preset(name).experiment.model_copy(update={"seed": chosen.seed})
        for seeds in sorted({1, 3, own.seeds}):
            try:
                experiment = Experiment.model_validate(own.model_dump() | {"seeds": seeds})
            except ValueError:  # more layers than one run may have
                continue
            found = count(experiment)
            total += found
            shown = f"{found.sentences:11}{found.claims:7}{100 * found.share:6.1f} %" if found.sentences else ""
            print(f"{name:18}{seeds:6}{shown or '  compares nothing: its words stay with the start'}", flush=True)
    print(f"{'all':24}{total.sentences:11}{total.claims:7}{100 * total.share:6.1f} %, allowed {100 * ALLOWED:g} %")
    told = true_difference(chosen.seed)
    for depth in (32, 64):
        print(f"degradation, true difference at {depth} layers: told from step {told[depth]} on")
    late = [depth for depth in (32, 64) if (step := told[depth]) is None or step > 100]
    return int(total.share > ALLOWED or bool(late))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
