"""``--set key=value`` is checked like any other input."""

import pytest

from app.contract.experiment import Experiment
from app.errors import Refused
from app.overrides import override


def test_depths_numbers_and_arms_can_be_set() -> None:
    changed = override(
        Experiment(), ["depths=4,64", "learning_rate=0.1", "arms.normalisation=none", "arms.1.skip_scale=0.5"]
    )
    assert changed.depths == (4, 64) and changed.learning_rate == 0.1
    assert [arm.normalisation for arm in changed.arms] == ["none", "none"]
    assert [arm.skip_scale for arm in changed.arms] == [1.0, 0.5]


def test_learning_rates_are_a_list_like_depths_or_as_in_json() -> None:
    for setting in ("learning_rates=0.01, 0.1", "learning_rates=[0.01,0.1]"):
        assert override(Experiment(), [setting]).learning_rates == (0.01, 0.1)


def test_arms_can_be_named_anew() -> None:
    assert [arm.connection for arm in override(Experiment(), ["arms=residual,residual"]).arms] == ["residual"] * 2


@pytest.mark.parametrize(
    ("setting", "field", "words"),
    [
        ("depths=4096", "depths", "4096 is over the limit of 1024"),
        ("width=1", "width", "must be at least 2"),
        ("speed=3", "speed", "there is no such field"),
        ("arms.2.skip_scale=1", "arms.2.skip_scale", "there is no arm 2"),
        ("depths", "depths", "write it as key=value"),
        ("learning_rate=fast", "learning_rate", "fast"),
        ("a.b.c.d=1", "a.b.c.d", "there is no such field"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(setting: str, field: str, words: str) -> None:
    with pytest.raises(Refused, match=words) as refusal:
        override(Experiment(), [setting])
    assert refusal.value.field == field
