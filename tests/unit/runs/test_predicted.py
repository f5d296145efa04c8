"""The answers to what was predicted, and what may be predicted."""

import numpy as np
import pytest

from app.contract.experiment import Experiment
from app.contract.predictions import Prediction, usual
from app.contract.presets import PRESETS, pair, prediction_of
from app.runs.comparison import Comparison
from app.runs.predicted import Answer, by_accuracy, by_size

PAIR = Experiment(depths=(4, 64), seeds=3)
EXAMPLES, CLASSES = 450, 10


def answer(rule: str, *deepest: list[float]) -> Answer:
    """The answer for accuracies of the arms at the greatest depth; at the other depth both are at chance."""
    accuracy = np.array([[[0.1] * 3, seeds] for seeds in deepest])
    comparison = Comparison(PAIR, EXAMPLES, CLASSES, accuracy)
    return by_accuracy(Prediction("?", rule), comparison)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("plain", "residual", "right"),
    [
        ([0.14, 0.15, 0.16], [0.97, 0.96, 0.97], ["1"]),
        ([0.97, 0.96, 0.97], [0.14, 0.15, 0.16], ["0"]),
        ([0.97, 0.96, 0.97], [0.96, 0.97, 0.97], ["all"]),
        ([0.14, 0.15, 0.16], [0.1, 0.1, 0.1], ["none"]),
        ([0.54, 0.56, 0.55], [0.97, 0.96, 0.97], []),  # halfway between chance and 100 %
        ([np.nan] * 3, [0.97, 0.96, 0.97], ["1"]),
        ([0.2, 0.9, 0.9], [0.97, 0.96, 0.97], []),  # the seeds do not agree
    ],
)
def test_who_learned_is_decided_by_evidence(plain: list[float], residual: list[float], right: list[str]) -> None:
    assert answer("learns", plain, residual)["right"] == right


def test_the_sentence_gives_the_medians_and_who_did_not() -> None:
    found = answer("learns", [0.14, 0.15, 0.3], [0.97, 0.9, 0.98])
    assert found["words"] == "residual-64 (97 %) learned, plain-64 (15 %) did not"
    assert "plain-64 (diverged) did not" in answer("learns", [np.nan] * 3, [0.97, 0.9, 0.98])["words"]


@pytest.mark.parametrize(
    ("plain", "residual", "right"),
    [
        ([0.6, 0.61, 0.6], [0.9, 0.91, 0.9], ["1"]),
        ([0.9, 0.9, 0.91], [0.9, 0.91, 0.9], ["none"]),
        ([0.1, 0.1, 0.1], [0.11, 0.1, 0.1], ["none"]),  # guessing
        ([np.nan] * 3, [0.9, 0.91, 0.9], []),
    ],
)
def test_who_is_better_is_what_the_comparison_says(plain: list[float], residual: list[float], right: list[str]) -> None:
    assert answer("better", plain, residual)["right"] == right


@pytest.mark.parametrize(
    ("ratio", "right"),
    [(0.0, ["fades"]), (1e-4, ["fades"]), (0.2, ["keeps"]), (9.0, ["keeps"]), (1e9, ["explodes"]), (None, [])],
)
def test_what_becomes_of_a_size(ratio: float | None, right: list[str]) -> None:
    assert by_size(Prediction("?", "forwards"), "plain-52", ratio)["right"] == right


@pytest.mark.parametrize("name", PRESETS)
def test_every_right_answer_can_be_chosen(name: str) -> None:
    preset = PRESETS[name]
    names = [choice["name"] for choice in preset.prediction.poll(preset.experiment)["choices"]]
    assert len(set(names)) == len(names) >= 3
    assert preset.prediction.arm < len(preset.experiment.arms)
    if preset.prediction.rule in ("backwards", "forwards"):
        assert names == ["fades", "keeps", "explodes"]
    else:
        assert names[: len(preset.experiment.arms)] == [str(arm) for arm in range(len(preset.experiment.arms))]
        assert "none" in names
    # the question names the depth that it is about
    assert str(preset.experiment.depths[-1]) in preset.prediction.ask.replace(",", "") or preset.prediction.rule in (
        "backwards",
        "forwards",
    )


def test_a_preset_keeps_its_question_with_other_seeds_and_other_experiments_have_the_usual_one() -> None:
    preset = PRESETS["degradation"]
    other = preset.experiment.model_copy(update={"seed": 7, "seeds": 1})
    assert prediction_of(other) == preset.prediction
    wide = preset.experiment.model_copy(update={"width": 16})
    assert prediction_of(wide) == usual(wide)
    one = Experiment(arms=pair()[:1])
    assert [choice["label"] for choice in usual(one).poll(one)["choices"]] == ["Yes", "No"]
