"""The words say what the numbers say, and say so when there is nothing to see."""

import dataclasses

from app.contract.experiment import Experiment
from app.runs.narration import CellView, Narrator, listed, percent, points, times

EXPERIMENT = Experiment(depths=(4, 64), seeds=3)
NORMAL = CellView(
    accuracy=0.97,
    batch_loss=0.1,
    training_loss=0.1,
    gradient_ratio=1.0,
    backwards=1.0,
    forwards=1.0,
    diverged_seeds=0,
    diverged_step=None,
)


def view(**changes: object) -> CellView:
    return dataclasses.replace(NORMAL, **changes)  # type: ignore[arg-type]


def words(*views: CellView, step: int = 220) -> dict[str, list[str] | str]:
    return Narrator(EXPERIMENT).words(step, list(views), list(range(4)))


def test_a_deep_plain_network_at_chance_is_called_so_with_its_gradient() -> None:
    said = words(NORMAL, view(accuracy=0.11, gradient_ratio=310.2), NORMAL, NORMAL)
    assert said["cells"][1] == "plain-64 is at 11 %, chance; its layer-1 gradient is 310× its last layer's"


def test_a_vanishing_gradient_is_told_as_how_many_times_smaller() -> None:
    said = words(NORMAL, view(accuracy=0.10, gradient_ratio=2.5e-9), NORMAL, NORMAL)
    assert said["cells"][1].endswith("its layer-1 gradient is 4.0·10⁸× smaller than its last layer's")


def test_no_difference_is_said_where_there_is_none() -> None:
    said = words(view(accuracy=0.98), view(accuracy=0.14), view(accuracy=0.96), view(accuracy=0.95))
    assert said["depths"][0] == "At 4 layers no difference: plain and residual are 98 % and 96 %"
    assert said["depths"][1] == "At 64 layers residual is 81 points ahead of plain"
    assert said["overall"].startswith("No difference at 4 layers (within 3 points); residual is ahead")  # type: ignore[union-attr]


def test_a_plain_network_that_wins_is_said_to_win() -> None:
    said = words(view(accuracy=0.98), view(accuracy=0.97), view(accuracy=0.80), view(accuracy=0.97))
    assert said["depths"][0] == "At 4 layers plain is 18 points ahead of residual"


def test_degradation_is_told_by_training_loss_only_when_it_rises_with_depth() -> None:
    rises = words(NORMAL, view(training_loss=2.3), NORMAL, NORMAL)["overall"]
    falls = words(view(training_loss=2.3), NORMAL, NORMAL, NORMAL)["overall"]
    assert "Training loss of plain rises with depth: 0.1 at 4, 2.3 at 64" in rises
    assert "rises with depth" not in falls


def test_a_diverged_network_is_frozen_and_its_depth_is_not_compared() -> None:
    lost = view(accuracy=None, batch_loss=None, gradient_ratio=None, diverged_seeds=3, diverged_step=12)
    said = words(NORMAL, lost, NORMAL, NORMAL)
    assert said["cells"][1] == "plain-64 diverged at step 12 and is frozen"
    assert said["depths"][1] == "At 64 layers the two cannot be compared: a network diverged"


def test_one_diverged_seed_is_counted() -> None:
    assert (
        "(1 of 3 seeds diverged)" in words(NORMAL, view(diverged_seeds=1, diverged_step=3), NORMAL, NORMAL)["cells"][1]
    )


def test_before_the_first_step_nothing_is_claimed() -> None:
    assert words(NORMAL, NORMAL, NORMAL, NORMAL, step=0)["overall"] == "Nothing is trained yet"


def test_a_run_about_the_start_keeps_to_what_was_seen_there() -> None:
    narrator = Narrator(EXPERIMENT.model_copy(update={"steps": 20}))
    first = narrator.words(0, [view(backwards=2.6e4), NORMAL, view(forwards=1.9e9), NORMAL], list(range(4)))
    late = narrator.words(20, [view(diverged_seeds=3, diverged_step=4), *[NORMAL] * 3], list(range(4)))
    start = "plain-4 at the start: gradients grow 26000× from the last layer to the first, activations keep their size"
    assert first["cells"][0] == start
    assert late["cells"][0] == f"{start}; it diverged at step 4"
    assert late["cells"][1:] == first["cells"][1:] and late["overall"].startswith(start)
    long = Narrator(EXPERIMENT)
    long.words(0, [NORMAL] * 4, list(range(4)))
    assert long.words(20, [NORMAL] * 4, list(range(4)))["cells"][0] == "plain-4 is at 97 %"


def test_two_networks_at_chance_do_not_differ_and_points_are_counted_as_they_are_told() -> None:
    said = words(view(accuracy=0.081), view(accuracy=0.500), view(accuracy=0.111), view(accuracy=0.532))
    assert said["depths"] == [
        "At 4 layers no difference: plain and residual are at chance",
        "At 64 layers no difference: plain and residual are 50 % and 53 %",
    ]


def test_a_single_arm_has_its_deepest_network_told() -> None:
    alone = Experiment(depths=(4, 64), arms=EXPERIMENT.arms[1:])
    assert Narrator(alone).words(50, [NORMAL, view(accuracy=0.93)], [0, 1])["overall"] == "residual-64 is at 93 %"


def test_numbers_are_written_as_people_say_them() -> None:
    assert (percent(0.914), points(0.014), points(0.03)) == ("91 %", "1 point", "3 points")
    assert (times(310.4), times(2.4e8)) == ("310×", "2.4·10⁸×")
    assert (listed([4]), listed([4, 8, 16])) == ("4", "4, 8 and 16")
