"""Networks that have diverged are left out, and the words say so; questions about the others are answered."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from app.analyses.analyse import analyse
from app.analyses.registry import parse_question
from app.analyses.subject import Subject
from app.contract.checkpoints import checkpoints_in, file_of
from app.contract.experiment import Experiment
from app.errors import Refused
from app.learning import checkpoint

EXPERIMENT = Experiment(dataset="spiral", depths=(6, 8), width=8, seeds=3, steps=40, evaluate_every=20)
#: all that is asked of trained weights, each small
QUESTIONS: list[dict[str, Any]] = [
    {"kind": "lesion", "depth": 8, "blocks": [1]},
    {"kind": "lesions", "depth": 8},
    {"kind": "deletions", "depth": 8, "most": 1, "repeats": 1},
    {"kind": "shuffle", "depth": 8, "most": 1, "repeats": 1},
    {"kind": "paths", "depth": 8, "examples": 4},
    {"kind": "flow", "depth": 8, "examples": 4},
    {"kind": "shattering", "setting": "trained", "points": 32},
    {"kind": "landscape", "depth": 8, "side": 5},
    {"kind": "landscape", "depth": 8, "side": 5, "plane": "trajectory"},
    {"kind": "refinement", "depth": 8, "examples": 32},
    {"kind": "signal", "depth": 8, "examples": 8, "jacobians": 1},
    {"kind": "similarity", "depth": 8, "examples": 16},
]
every_question = pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: f"{q['kind']}-{q.get('plane', '')}")
#: of the networks at depth 8, which stand in the order plain, residual, three seeds each
NAMES, PLAIN, RESIDUAL = ("plain-8", "residual-8"), [3, 4, 5], [9, 10, 11]


@pytest.fixture
def with_lost(kept: Path, tmp_path: Path) -> Callable[[list[int]], Subject]:
    """The run, as it is when some of its networks diverge between the steps 10 and 20, and their weights overflow."""

    def lose(lost: list[int]) -> Subject:
        subject = Subject(EXPERIMENT, 40)
        for step, file in checkpoints_in(kept):
            checkpoint.load(subject.sweep, file)
            for network in lost if step >= 20 else []:
                for members, trainer in zip(subject.sweep.members, subject.sweep.trainers, strict=True):
                    for group in trainer.parameters.groups.values():
                        group.data[group.rows_of([members.index(network)])] = torch.inf
            checkpoint.save(subject.sweep, step, file_of(tmp_path, step))
        subject.trajectory = checkpoints_in(tmp_path)
        subject.load(subject.trajectory[-1][1])
        return subject

    return lose


def answer(subject: Subject, question: dict[str, Any]) -> Any:
    *_, finding = analyse(subject, parse_question(question))
    return finding


def names(finding: Any) -> set[int]:
    return {part.arm for key in ("arms", "lines", "surfaces") for part in getattr(finding, key, [])}


@every_question
def test_a_diverged_seed_is_left_out_and_the_words_say_how_many_are_left(
    with_lost: Callable[[list[int]], Subject], question: dict[str, Any]
) -> None:
    finding = answer(with_lost(PLAIN[1:2]), question)
    assert names(finding) == {0, 1}
    if any("2 of 3 seeds" in sentence for sentence in finding.words):
        assert "plain-8: 2 of 3 seeds, the other diverged by step 20" in finding.words
    else:  # the first seed alone is asked, and that is another only where the first is lost
        words = answer(with_lost(PLAIN[:1]), question).words
        assert all(f"{n} is that of seed 1, for an earlier one diverged in an arm" in words for n in NAMES)
        assert question["kind"] in ("flow", "landscape") and not any("seed 1" in sentence for sentence in finding.words)


@every_question
def test_a_diverged_arm_does_not_refuse_the_question_about_the_other(
    with_lost: Callable[[list[int]], Subject], question: dict[str, Any]
) -> None:
    finding = answer(with_lost(PLAIN), question)
    assert names(finding) == {1} or question["kind"] == "shattering"  # which has the other depth of that arm, too
    assert "plain-8 has nothing to analyse: its 3 seeds diverged by step 20" in finding.words
    assert not any(sentence.startswith(("No ", "In all")) for sentence in finding.words), "nothing is compared"


@every_question
def test_only_when_nothing_is_left_is_a_question_refused(
    with_lost: Callable[[list[int]], Subject], question: dict[str, Any]
) -> None:
    lost = PLAIN + RESIDUAL if question["kind"] != "shattering" else list(range(12))
    with pytest.raises(Refused, match=r"plain-8 and residual-8 diverged by step 20, so there is nothing") as refusal:
        answer(with_lost(lost), question | ({"depths": [8]} if question["kind"] == "shattering" else {}))
    assert refusal.value.field == "depth"


def test_the_numbers_of_the_others_are_those_without_the_lost_ones(
    with_lost: Callable[[list[int]], Subject], kept: Path
) -> None:
    whole = Subject(EXPERIMENT, 40)
    whole.load(file_of(kept, 40))
    question = {"kind": "lesions", "depth": 8}
    before, after = answer(whole, question), answer(with_lost(PLAIN[:1]), question)
    assert after.arms[1] == before.arms[1]
    left = next(p for p in with_lost(PLAIN[:1]).replicas(8) if p.cell.arm == 0)
    assert left.seeds == (1, 2) and left.stack.k == 2
    theirs = next(p for p in whole.replicas(8) if p.cell.arm == 0)
    x = whole.test_x[:8]
    torch.testing.assert_close(left.stack.forward(x), theirs.stack.forward(x)[1:])
    lows = [a <= b for a, b in zip(before.arms[0].accuracy[1], after.arms[0].accuracy[1], strict=True)]
    assert all(lows)


def test_a_pair_is_asked_at_the_same_seed_where_there_is_one(with_lost: Callable[[list[int]], Subject]) -> None:
    def seeds(lost: list[int]) -> list[tuple[int, ...]]:
        return [replica.seeds for replica in with_lost(lost).replicas(8, seeds=1)]

    assert seeds([]) == [(0,), (0,)]
    assert seeds([PLAIN[0], RESIDUAL[1]]) == [(2,), (2,)]
    assert seeds([PLAIN[0], RESIDUAL[1], RESIDUAL[2]]) == [(1,), (0,)], "no seed is left in both"


def test_of_a_run_whose_trajectory_cannot_be_read_the_words_do_not_say_since_when(
    with_lost: Callable[[list[int]], Subject],
) -> None:
    subject = with_lost(PLAIN)
    for _, file in subject.trajectory[:-1]:
        file.write_bytes(b"")
    words = answer(subject, {"kind": "lesions", "depth": 8}).words
    assert words[-1] == "plain-8 has nothing to analyse: its 3 seeds diverged"


def test_in_fair_mode_a_rate_at_which_some_seeds_are_left_stands_for_an_arm_without_a_best_one() -> None:
    subject = Subject(Experiment(depths=(4,), seeds=3, learning_rates=(0.1, 0.01), width=8), 0)
    [trainer] = subject.sweep.trainers
    [members] = subject.sweep.members
    trainer.frozen = {members.index(network) for network in (0, 1, 2, 3, 4)}  # plain: all of the first rate, two
    assert [replica.seeds for replica in subject.replicas(4)] == [(2,), (0, 1, 2)]


def test_in_fair_mode_the_cells_that_are_given_as_best_are_asked() -> None:
    subject = Subject(Experiment(depths=(4, 6), learning_rates=(0.1, 0.01), width=8), 0)
    cells = subject.experiment.cells()
    for best in ((0, 3, 4, 7), (1, 2, 5, None)):
        subject.best = best
        assert [replica.cell for replica in subject.replicas(6)] == [cells[best[1] or 0], cells[best[3] or 6]]
