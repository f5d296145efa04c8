"""The words say what the numbers say, say so when there is nothing to see, and claim nothing without evidence."""

import dataclasses
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract.arms import Arm
from app.contract.experiment import Experiment
from app.runs.phrases import counted_seeds, listed, named_layers, percent, points, short, times
from app.runs.status_sentences import Narrator, Numbers, Signals

EXPERIMENT = Experiment(depths=(4, 64), seeds=3)
ONE_SEED = EXPERIMENT.model_copy(update={"seeds": 1})
#: size of the test set of the digits
EXAMPLES = 360
STEADY = Signals(gradient_ratio=1.0, backwards=1.0, forwards=1.0)
NAN = float("nan")


def numbers(accuracy: list[list[float]], **changes: object) -> Numbers:
    """What is known at step 220, with these accuracies, a row of seeds for each cell."""
    cells, seeds = len(accuracy), len(accuracy[0])
    known = Numbers(
        step=220,
        accuracy=np.array(accuracy),
        training_loss=np.full((cells, seeds), 0.1),
        training_step=220,
        diverged=[[12] * sum(np.isnan(row)) for row in accuracy],
        best=list(range(cells)),
        signals=[STEADY] * cells,
    )
    return dataclasses.replace(known, **changes)  # type: ignore[arg-type]


def said(accuracy: list[list[float]], experiment: Experiment = EXPERIMENT, **changes: object) -> dict[str, Any]:
    return Narrator(experiment, EXAMPLES).words(numbers(accuracy, **changes))


def alike(*accuracies: float, seeds: int = 3) -> list[list[float]]:
    """Every seed of a cell at the same accuracy."""
    return [[accuracy] * seeds for accuracy in accuracies]


def signals(**changes: object) -> list[Signals]:
    """Those of the second cell changed."""
    return [STEADY, dataclasses.replace(STEADY, **changes), STEADY, STEADY]  # type: ignore[arg-type]


LEARNT = alike(0.97, 0.97, 0.97, 0.97)


# one network


def test_a_deep_plain_network_at_chance_is_called_so_with_its_gradient() -> None:
    words = said(alike(0.97, 0.11, 0.97, 0.97), signals=signals(gradient_ratio=310.2))
    assert words["cells"][1] == "plain-64 is at 11 %, chance; its layer-1 gradient is 310× its last layer's"


def test_a_vanishing_gradient_is_told_as_how_many_times_smaller() -> None:
    words = said(alike(0.97, 0.10, 0.97, 0.97), signals=signals(gradient_ratio=2.5e-9))
    assert words["cells"][1].endswith("its layer-1 gradient is 4.0·10⁸× smaller than its last layer's")


def test_chance_is_what_the_test_set_cannot_tell_from_guessing() -> None:
    assert said(alike(0.97, 0.13, 0.97, 0.97))["cells"][1] == "plain-64 is at 13 %, chance"
    assert said(alike(0.97, 0.149, 0.97, 0.97))["cells"][1] == "plain-64 is at 15 %"
    assert said(alike(0.97, 0.05, 0.97, 0.97))["cells"][1] == "plain-64 is at 5 %"
    spiral = EXPERIMENT.model_copy(update={"dataset": "spiral"})
    assert said(alike(0.97, 0.36, 0.97, 0.97), spiral)["cells"][1] == "plain-64 is at 36 %, chance"


def test_layers_without_gradient_are_named() -> None:
    words = said(LEARNT, signals=signals(silent=tuple(range(2, 64)), gradient_ratio=5000.0))
    assert words["cells"][1] == "plain-64 is at 97 %; layers 2–63 receive no gradient"
    words = said(LEARNT, signals=signals(silent=(3,), partly_silent=(4, 5)))
    assert words["cells"][1].endswith("layer 3 receives no gradient and layers 4–5 receive no gradient in some seeds")


def test_a_block_that_stochastic_depth_dropped_is_not_called_dead() -> None:
    arms = (Arm(connection="stochastic"), Arm(connection="residual"))
    words = said(LEARNT, Experiment(depths=(4, 64), seeds=3, arms=arms), signals=signals(silent=(6, 7)))
    assert words["cells"][1].endswith("layers 6–7 receive no gradient (stochastic depth drops blocks)")


def test_without_a_frame_of_the_very_step_nothing_is_said_of_gradients() -> None:
    assert said(LEARNT, signals=None)["cells"][1] == "plain-64 is at 97 %"
    assert said(LEARNT, signals=None, step=0)["cells"][1] == "plain-64 is not trained yet"


def test_a_diverged_network_is_frozen_and_its_depth_is_not_compared() -> None:
    words = said([[0.97] * 3, [NAN] * 3, [0.97] * 3, [0.97] * 3])
    assert words["cells"][1] == "plain-64 diverged at step 12 and is frozen"
    assert words["depths"][1] == "At 64 layers the arms cannot be compared: too many networks diverged"
    assert words["overall"].endswith("cannot be compared at 64 layers (3 seeds)")


def test_one_diverged_seed_is_counted() -> None:
    words = said([[0.97] * 3, [0.97, NAN, 0.97], [0.97] * 3, [0.97] * 3])
    assert words["cells"][1] == "plain-64 is at 97 % (1 of 3 seeds diverged)"


# before the first step


def test_before_the_first_step_nothing_is_claimed() -> None:
    assert said(LEARNT, step=0)["overall"] == "Nothing is trained yet"


@given(st.floats(1e-12, 1e12))
def test_keeping_its_size_means_within_a_factor_of_two(ratio: float) -> None:
    words = said(LEARNT, step=0, signals=signals(backwards=ratio, forwards=1 / ratio))["cells"][1]
    assert ("keep their size (within a factor of 2)" in words) == (0.5 <= ratio <= 2 or 0.5 <= 1 / ratio <= 2)
    factor = max(ratio, 1 / ratio)
    if factor > 2.06:
        told = [float(number) for number in re.findall(r"(?:grow|shrink) (\d[\d.]*)(?:·|×)", words)]
        assert len(told) == 2 and told[0] == told[1]
        if factor < 9e4:
            assert told[0] == pytest.approx(factor, rel=0.05)
        assert ("gradients grow" in words) == (ratio > 1) and ("activations shrink" in words) == (ratio > 1)


def test_a_run_about_the_start_keeps_to_what_was_seen_there() -> None:
    narrator = Narrator(EXPERIMENT.model_copy(update={"steps": 20}), EXAMPLES)
    first = narrator.words(numbers(LEARNT, step=0, signals=signals(backwards=2.6e4)))
    late = narrator.words(numbers([[0.97] * 3, [NAN] * 3, [0.97] * 3, [0.97] * 3], step=20))
    start = (
        "plain-64 at the start: gradients grow 26000× from the last hidden layer to the first, "
        "activations keep their size (within a factor of 2)"
    )
    assert first["cells"][1] == start
    assert late["cells"][1] == f"{start}; it diverged at step 12"
    assert [late["cells"][c] for c in (0, 2, 3)] == [first["cells"][c] for c in (0, 2, 3)]
    long = Narrator(EXPERIMENT, EXAMPLES)
    long.words(numbers(LEARNT, step=0))
    assert long.words(numbers(LEARNT, step=20))["cells"][0] == "plain-4 is at 97 %"


def test_layers_without_gradient_at_the_start_are_named() -> None:
    words = said(LEARNT, step=0, signals=signals(backwards=0.0, forwards=0.0, silent=tuple(range(2, 63, 2))))
    assert words["cells"][1] == (
        "plain-64 at the start: gradients vanish, activations vanish, "
        "every second layer from 2 to 62 receives no gradient"
    )


# two arms


def test_a_difference_is_told_with_its_margin_and_its_seeds() -> None:
    words = said([[0.97] * 3, [0.13, 0.14, 0.15], [0.97] * 3, [0.95, 0.94, 0.96]])
    assert re.fullmatch(
        r"At 64 layers residual is 81 points ahead of plain, give or take \d+ \(3 seeds\)", words["depths"][1]
    )
    assert words["overall"].startswith("Residual is ahead of plain at 64 layers, by 81 points; plain and residual ")


def test_a_plain_network_that_wins_is_said_to_win() -> None:
    words = said(alike(0.98, 0.97, 0.50, 0.97))
    assert words["depths"][0].startswith("At 4 layers plain is 48 points ahead of residual")


def test_what_the_seeds_do_not_show_is_called_untold_and_not_equal() -> None:
    words = said([[0.97] * 3, [0.90, 0.80, 0.98], [0.97] * 3, [0.94, 0.99, 0.91]])
    assert words["depths"][1] == "At 64 layers 3 seeds cannot tell plain (89 %) and residual (95 %) apart"
    assert words["overall"] == "Plain and residual cannot be told apart at 4 and 64 layers (3 seeds)"
    assert "no difference" not in str(words).lower()


def test_equal_is_said_with_the_width_of_what_is_known() -> None:
    narrator = Narrator(EXPERIMENT, 10_000)
    words = narrator.words(numbers(alike(0.992, 0.992, 0.993, 0.993)))
    found = re.fullmatch(
        r"At 4 layers plain \(99 %\) and residual \(99 %\) are equal within ([\d.]+) points? \(3 seeds\)",
        words["depths"][0],
    )
    assert found and 0.1 < float(found[1]) <= 5
    assert f"are equal within {found[1]} point" in words["overall"]


@given(st.lists(st.lists(st.integers(0, EXAMPLES), min_size=3, max_size=3), min_size=4, max_size=4))
def test_whatever_is_measured_the_numbers_of_a_sentence_fit_together(right: list[list[int]]) -> None:
    words = said([[count / EXAMPLES for count in seeds] for seeds in right])
    for sentence, a, b in zip(words["depths"], right[:2], right[2:], strict=True):
        apart = abs(sum(a) - sum(b)) / 3 / EXAMPLES
        if equal := re.search(r"equal within ([\d.]+) point", sentence):
            assert 100 * apart <= float(equal[1]) <= 5
        if ahead := re.search(r"is ([\d.]+) points? ahead of (\w+), give or take ([\d.]+) ", sentence):
            assert float(ahead[1]) == pytest.approx(100 * apart, abs=0.51) and float(ahead[3]) <= float(ahead[1])
            assert (ahead[2] == "plain") == (sum(b) > sum(a))


def test_nobody_is_ahead_by_less_than_nothing() -> None:
    """Residual's seeds have the better mean, and the worse one where plain's are left, too."""
    experiment = EXPERIMENT.model_copy(update={"seeds": 10})
    words = said([[0.9] * 10, [0.6] * 5 + [NAN] * 5, [0.9] * 10, [0.5] * 5 + [0.99] * 5], experiment)
    assert words["depths"][1] == "At 64 layers 5 of 10 seeds cannot tell plain (60 %) and residual (74 %) apart"


def test_one_seed_is_said_to_be_one() -> None:
    words = said(alike(0.97, 0.12, 0.97, 0.95, seeds=1), ONE_SEED)
    assert words["depths"][1].endswith("(one seed)") and words["overall"].endswith("(one seed)")
    words = said(alike(0.97, 0.90, 0.97, 0.94, seeds=1), ONE_SEED)
    assert words["depths"][1] == "At 64 layers one seed cannot tell plain (90 %) and residual (94 %) apart"


def test_one_seed_is_little_evidence() -> None:
    """Two equal networks were met that ended 16 points apart."""
    words = said(alike(0.97, 0.60, 0.97, 0.76, seeds=1), ONE_SEED)
    assert "cannot tell" in words["depths"][1]


def test_a_comparison_that_rests_on_fewer_seeds_says_so() -> None:
    words = said([[0.97] * 3, [0.12, NAN, 0.11], [0.97] * 3, [0.95, 0.96, 0.94]])
    assert words["depths"][1].endswith("(2 of 3 seeds)")
    assert words["overall"].endswith("(3 seeds; 2 of 3 seeds at 64 layers)")
    words = said([[0.97] * 3, [0.12, NAN, NAN], [0.97] * 3, [NAN, 0.96, 0.94]])
    assert words["depths"][1].endswith("cannot be compared: too many networks diverged")


def test_networks_that_guess_are_not_ranked() -> None:
    words = said(alike(0.97, 0.07, 0.97, 0.13))
    assert words["depths"][1] == "At 64 layers no arm is better than chance: plain (7 %) and residual (13 %)"
    assert words["overall"] == (
        "Plain and residual cannot be told apart at 4 layers, are no better than chance at 64 layers (3 seeds)"
    )


def test_a_network_is_called_by_the_layers_that_it_has() -> None:
    arms = (Arm(connection="residual"), Arm(connection="bottleneck"))
    odd = Experiment(depths=(16,), seeds=3, arms=arms, width=32)
    words = said(alike(0.30, 0.95), odd)
    assert words["cells"][1] == "bottleneck-17 is at 95 %"
    assert words["depths"][0].startswith("bottleneck-17 is 65 points ahead of residual-16")
    assert words["overall"].startswith("Bottleneck is ahead of residual at 16/17 layers, by 65 points")


# more arms, and one


FOUR = Experiment(
    arms=tuple(Arm.model_validate({"connection": name}) for name in ("residual", "preact", "highway", "plain")),
    depths=(8, 20),
    seeds=3,
)


def test_of_more_than_two_arms_the_leader_is_told_and_who_is_behind_it() -> None:
    words = said(alike(0.96, 0.96, 0.95, 0.95, 0.96, 0.40, 0.95, 0.12), FOUR)
    assert words["depths"][1] == (
        "At 20 layers residual (96 %) is ahead of highway by 56 points and plain by 84 points (3 seeds), "
        "and cannot be told from pre-activation (95 %)"
    )
    assert words["overall"].startswith(words["depths"][1])
    assert words["depths"][0] == (
        "At 8 layers 3 seeds cannot tell residual (96 %), pre-activation (95 %), highway (96 %) and plain (95 %) apart"
    )


def test_two_arms_of_one_connection_are_told_apart_by_name() -> None:
    twice = EXPERIMENT.model_copy(update={"arms": (EXPERIMENT.arms[1], EXPERIMENT.arms[1])})
    words = said(alike(0.97, 0.12, 0.97, 0.95), twice)
    assert "residual₂ is 83 points ahead of residual₁" in words["depths"][1]


def test_two_positions_of_the_slider_with_the_same_networks_are_told_once() -> None:
    twins = Experiment(depths=(4, 6), seeds=3, arms=(Arm(connection="bottleneck"), Arm(connection="resnext")))
    words = said(alike(0.30, 0.30, 0.95, 0.95), twins)
    assert words["cells"][:2] == ["bottleneck-5 is at 30 %"] * 2
    assert words["overall"] == "ResNeXt is ahead of bottleneck at 5 layers, by 65 points at 5 (3 seeds)"


def test_a_single_arm_has_its_deepest_network_told() -> None:
    alone = Experiment(depths=(4, 64), seeds=3, arms=EXPERIMENT.arms[1:])
    assert said(alike(0.97, 0.93), alone)["overall"] == "residual-64 is at 93 %"


# training loss


def losses(*rows: list[float]) -> np.ndarray:
    return np.array(rows)


LOW, HIGH = [0.1, 0.11, 0.09], [2.3, 2.2, 2.4]


def test_degradation_is_told_by_training_loss_only_when_it_rises_with_depth() -> None:
    rises = said(LEARNT, training_loss=losses(LOW, HIGH, LOW, LOW))["overall"]
    falls = said(LEARNT, training_loss=losses(HIGH, LOW, LOW, LOW))["overall"]
    assert "Training loss rises with depth: of plain 0.1 at 4, 2.3 at 64 layers (3 seeds)" in rises
    both = said(LEARNT, training_loss=losses(LOW, HIGH, LOW, HIGH))["overall"]
    assert "depth: of plain 0.1 at 4, 2.3 at 64 layers; of residual 0.1 at 4, 2.3 at 64 layers (3 seeds)" in both
    assert "rises with depth" not in falls


def test_a_training_loss_rises_with_depth_only_if_the_seeds_agree() -> None:
    scattered = losses([0.1, 0.5, 0.3], [0.9, 0.1, 0.5], LOW, LOW)
    assert "rises with depth" not in said(LEARNT, training_loss=scattered)["overall"]
    slight = losses([0.1, 0.1, 0.1], [0.16, 0.16, 0.16], LOW, LOW)
    assert "rises with depth" not in said(LEARNT, training_loss=slight)["overall"]
    once = Experiment(depths=(4, 64))
    told = said(alike(*[0.97] * 4, seeds=1), once, training_loss=losses([0.1], [0.2], [0.1], [0.1]))["overall"]
    assert "rises with depth" not in told


def test_a_training_loss_of_another_step_is_dated() -> None:
    told = said(LEARNT, training_loss=losses(LOW, HIGH, LOW, LOW), training_step=160)["overall"]
    assert told.endswith("0.1 at 4, 2.3 at 64 layers (3 seeds, at step 160)")


# phrases


def test_numbers_are_written_as_people_say_them() -> None:
    assert percent(0.914) == "91 %"
    assert [points(gap) for gap in (0.81, 0.03, 0.014, 0.01, 0.004)] == [
        "81 points", "3 points", "1.4 points", "1 point", "0.4 points",
    ]  # fmt: skip
    assert [times(ratio) for ratio in (2.44, 9.96, 310.4, 2.4e8)] == ["2.4×", "10×", "310×", "2.4·10⁸×"]
    told = [short(number) for number in (0.0037, 2.34, 152, 1.6e11, 0, 1e-7)]
    assert told == ["0.0037", "2.3", "150", "1.6·10¹¹", "0", "1.0·10⁻⁷"]
    assert (listed([4]), listed([4, 8, 16])) == ("4", "4, 8 and 16")
    assert (counted_seeds(1, 1), counted_seeds(3, 3), counted_seeds(1, 3)) == ("one seed", "3 seeds", "1 of 3 seeds")


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([3], "layer 3"),
        ([2, 3, 4, 99], "layers 2–4 and 99"),
        (list(range(2, 51, 2)), "every second layer from 2 to 50"),
        ([1, 3, 4, 8, 11, 15], "6 of the 100 layers"),
        (list(range(1, 101)), "all 100 layers"),
    ],
)
def test_layers_are_listed_as_shortly_as_they_can_be(layers: list[int], expected: str) -> None:
    assert named_layers(layers, 100) == expected
