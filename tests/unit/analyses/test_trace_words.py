"""Words about traces, and attempts to make them lie."""

import math

import pytest

from app.analyses.trace_captions import about_join, about_output, equation_of
from app.analyses.trace_words import Told, answer_of, comparing_words, learnt_words, network_words
from app.analyses.words import times
from app.contract.arms import Arm
from app.contract.trace import Maps

CLASSES = ("shirt", "bag", "boot")
NAN, INF = float("nan"), float("inf")


def told(name: str = "residual-8", p: tuple[float, ...] = (0.1, 0.7, 0.2), **known: object) -> Told:
    fields = {"label": None, "back": (3.0, 2.0, 1.0), "places": ("the first layer", "block 1", "block 2")} | known
    return Told(name, p, **fields)  # type: ignore[arg-type]


def test_the_answer_is_told_with_its_probability_and_whether_it_is_right() -> None:
    assert network_words(told(), CLASSES)[0] == "residual-8 answers bag with 70 %"
    assert network_words(told(label=1), CLASSES)[0] == "residual-8 answers bag with 70 %, which is right"
    wrong = "residual-8 answers bag with 70 %, which is wrong: the class is boot, to which it gives 20 %"
    assert network_words(told(label=2), CLASSES)[0] == wrong


@pytest.mark.parametrize("p", [(1 / 3, 1 / 3, 1 / 3), (0.45, 0.45, 0.1)])
def test_nothing_is_answered_where_no_class_is_ahead(p: tuple[float, ...]) -> None:
    words = network_words(told(p=p, label=0, probes=[p, p, p]), CLASSES)
    assert answer_of(p) is None
    assert words[0] == "residual-8 answers nothing: no class has more than all others"
    assert words[1] == "residual-8: there is no answer that probes could give before"


def test_a_lead_that_is_next_to_nothing_is_said() -> None:
    assert "; boot has as much within half a percent" in network_words(told(p=(0.0, 0.501, 0.499)), CLASSES)[0]


@pytest.mark.parametrize("what", [NAN, INF])
def test_numbers_that_are_not_finite_make_no_answer(what: float) -> None:
    words = network_words(told(p=(what, what, what), label=1, back=(what, 1.0, 1.0)), CLASSES)
    assert words == [
        "residual-8 answers nothing: its logits are not finite",
        "residual-8: the gradient's numbers are not finite",
    ]


@pytest.mark.parametrize(
    ("agree", "words"),
    [
        (
            (1, 1, 1),
            "residual-8: a probe gives the answer bag behind the first layer already, and every later one, too",
        ),
        ((0, 1, 1), "residual-8: probes give the answer bag from block 1 on, not before"),
        ((1, 0, 1), "residual-8: probes give the answer bag from block 2 on, not before"),
        ((1, 1, 0), "residual-8: a probe of the last state does not give the answer bag"),
    ],
)
def test_it_is_sure_from_where_a_probe_gives_the_answer_and_keeps_it(agree: tuple[int, ...], words: str) -> None:
    probes = [(0.1, 0.8, 0.1) if yes else (0.8, 0.1, 0.1) for yes in agree]
    said = network_words(told(probes=probes), CLASSES)[1]
    if agree == (1, 0, 1):  # it was there before, too, so that "not before" would be a lie
        assert said == "residual-8: probes give the answer bag from block 2 on to the end, and now and then before"
    else:
        assert said == words


def test_the_gradients_way_back_is_a_factor_and_the_skips_share_a_median() -> None:
    words = network_words(told(back=(3.0, 9.0, 1.0), by_skip=(0.9, 0.5, 0.7)), CLASSES)[1]
    assert words == (
        "residual-8: from the last block back to the first layer the gradient's norm grows 3.0×; "
        "in the median block 70 % of it comes by the skip"
    )
    assert "keeps its size (1.0×)" in network_words(told(back=(1.0, 9.0, 1.0)), CLASSES)[1]
    assert "shrinks 100×" in network_words(told(back=(0.01, 9.0, 1.0)), CLASSES)[1]


def test_a_gradient_of_zero_is_said_and_has_no_factor() -> None:
    nothing = network_words(told(back=(0.0, 0.0, 0.0), by_skip=(NAN, NAN)), CLASSES)[1]
    assert nothing == "residual-8: the loss's gradient is exactly 0, so nothing comes back"
    lost = network_words(told(back=(0.0, 0.0, 2.0), by_skip=(NAN, NAN)), CLASSES)[1]
    assert lost == "residual-8: the gradient comes back as far as block 2; before that it is exactly 0"


def test_equal_arms_are_told_apart_by_nothing() -> None:
    words = comparing_words([told("residual₁-8"), told("residual₂-8")], CLASSES)
    assert words == [
        "Both answer bag: residual₁-8 with 70 % and residual₂-8 with 70 %",
        "On its way back from the last block to the first layer the gradient's norm grows 3.0× in residual₁-8 and "
        "grows 3.0× in residual₂-8",
        "One image in one network of each arm shows how it passes, and not which arm is better",
    ]


def test_arms_that_differ_are_told_with_what_each_says() -> None:
    words = comparing_words([told("plain-8", (0.6, 0.3, 0.1), back=(0.0, 0.0, 1.0)), told()], CLASSES)
    assert words[0] == "They answer differently: plain-8 shirt (60 %) and residual-8 bag (70 %)"
    assert len(words) == 2  # a gradient that does not arrive has no factor to compare
    undecided = comparing_words([told("plain-8", (NAN, NAN, NAN)), told()], CLASSES)
    assert undecided[0] == "They answer differently: plain-8 nothing and residual-8 bag (70 %)"
    neither = comparing_words([told(p=(NAN, NAN, NAN)), told(p=(NAN, NAN, NAN))], CLASSES)
    assert not any("answer" in one for one in neither)
    assert comparing_words([told()], CLASSES) == []


SURE, OTHER = (0.05, 0.9, 0.05), (0.9, 0.05, 0.05)


@pytest.mark.parametrize(
    ("probabilities", "words"),
    [
        ([SURE, SURE, SURE], "net answers bag at every checkpoint, with 90 % at the last, step 30"),
        (
            [OTHER, SURE, SURE],
            "net answers bag from step 20 on, with 90 % at the last checkpoint, step 30; at the checkpoint before, "
            "step 10, shirt",
        ),
        (
            [SURE, OTHER, SURE],
            "net answers bag at the last checkpoint only, step 30, with 90 %; at the checkpoint before, step 20, shirt",
        ),
        (
            [SURE, SURE, None],
            "net answers bag at every checkpoint, with 90 % at the last, step 20; by step 30 it has diverged",
        ),
        (
            [SURE, None, None],
            "net answers bag with 90 % at step 10, the only checkpoint before that; by step 20 it has diverged",
        ),
        ([None, None, None], "net had diverged by the first checkpoint, of step 10"),
        ([SURE, SURE, (1 / 3,) * 3], "net answers nothing at step 30: no class has more than all others"),
    ],
)  # fmt: skip
def test_what_was_learnt_is_told_from_the_last_answer_backwards(
    probabilities: list[tuple[float, ...] | None], words: str
) -> None:
    said = learnt_words("net", (10, 20, 30), probabilities, CLASSES)
    if probabilities == [SURE, OTHER, SURE]:  # "only" would be a lie: it answered so before
        assert said == (
            "net answers bag at the last checkpoint, step 30, with 90 %; at the checkpoint before, step 20, shirt"
        )
    else:
        assert said == words


def test_one_checkpoint_is_told_as_the_only_one() -> None:
    assert learnt_words("net", (0,), [SURE], CLASSES) == "net answers bag with 90 % at step 0, the only checkpoint"


@pytest.mark.parametrize(
    ("join", "norms", "words"),
    [
        (
            "add",
            (3.0, 12.0, 12.4),
            "What the skip carries has norm 12, what F adds norm 3 (25 % of it); their sum has norm 12.4",
        ),
        (
            "add",
            (12.0, 3.0, 14.0),
            "What the skip carries has norm 3, what F adds norm 12 (4 times as much); their sum has norm 14",
        ),
        (
            "add",
            (12.0, 12.0, 1.0),
            "What the skip carries has norm 12, what F adds norm 12 (as much); their sum has norm 1, "
            "so they partly cancel",
        ),
        (
            "add",
            (0.1, 9.0, 8.99),
            "What the skip carries has norm 9, what F adds norm 0.1 (1 % of it); their sum has norm 8.99",
        ),
        ("add", (0.0, 3.0, 3.0), "F adds nothing, it is 0 everywhere: all that goes on comes by the skip"),
        ("add", (3.0, 0.0, 3.0), "The skip carries nothing, it is 0 everywhere: all that goes on comes through F"),
        ("add", (0.0, 0.0, 0.0), "Both F and the skip are 0 everywhere"),
        ("none", (3.0, None, 3.0), "There is no skip: F(x) is all that goes on"),
        ("none", (0.0, None, 0.0), "There is no skip, and F(x) is 0 everywhere: nothing of the image goes on"),
        ("gate", (1.0, 4.0, 4.1), "x·(1 − T) has norm 4, H(x)·T norm 1 (25 % of it); their sum has norm 4.1"),
        ("concatenate", (1.0, 4.0, 4.0), "8 new channels (norm 1) beside 24 that pass as they are (norm 4)"),
        ("add", (NAN, 4.0, NAN), "Its numbers are no longer finite"),
        ("add", (3.0, INF, INF), "Its numbers are no longer finite"),
    ],
)
def test_a_join_is_told_by_its_norms(join: str, norms: tuple[float, float | None, float], words: str) -> None:
    assert about_join(join, *norms, (8, 24), None) == words


def test_the_way_back_is_told_where_there_is_one() -> None:
    assert about_join("add", 3, 12, 12.4, (8, 8), 0.8).endswith(
        "12.4. On the way back 80 % of the gradient comes by the skip"
    )
    assert about_join("add", 3, 12, 12.4, (8, 8), -0.2).endswith(
        "the gradient's two parts partly cancel: −20 % of it by the skip and 120 % through F"
    )
    assert "way back" not in about_join("add", 3, 12, 12.4, (8, 8), NAN)
    assert "way back" not in about_join("none", 3, None, 3, (8, 8), 0.0)


def test_an_output_of_zeros_and_one_that_is_not_finite_are_said() -> None:
    def maps(scale: float) -> Maps:
        return Maps([4, 0], 2, 2, scale, "", scale)

    assert about_output(maps(1.0), (8, 2, 2), 0.4) == "Channel 5 of 8 is the most active; 40 % of all numbers are 0"
    assert about_output(maps(1.0), (8,), 0.0) == "Unit 5 of 8 is the most active"
    assert about_output(maps(0.0), (8, 2, 2), 1.0) == "All that it gives is 0"
    assert about_output(maps(math.nan), (8, 2, 2), 0.0) == "Its numbers are no longer finite"


def test_an_equation_has_the_arms_own_factor() -> None:
    assert equation_of(Arm(connection="residual")) == "y = σ(F(x) + x)"
    assert equation_of(Arm(connection="residual", skip_scale=0.5)) == "y = σ(F(x) + 0.5·x)"
    assert equation_of(Arm(connection="plain")) == "y = σ(F(x))"


@pytest.mark.parametrize(
    ("factor", "words"),
    [(0, "0.00×"), (1e-5, "1.0·10⁻⁵×"), (0.83, "0.83×"), (3.2, "3.2×"), (310, "310×"), (26_000, "2.6·10⁴×")],
)
def test_factors_are_written_as_people_write_them(factor: float, words: str) -> None:
    assert times(factor) == words
