"""Each claim that a preset's text makes is checked against runs of the preset, and every word belongs to a claim.

The runs are that which was recorded, and one that is trained here, with fewer seeds or depths where that leaves the
claim alone. The margins are wide enough for other seeds: over eight or more of them each claim was seen to hold, over
three for ``thousand``, which is too long to be trained here.
"""

import functools
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import isclose
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.contract import measurements as m
from app.contract.connections import CONNECTIONS
from app.contract.events import Evaluation
from app.contract.experiment import Experiment
from app.contract.presets import PRESETS, preset
from app.data import load
from app.learning.training import train
from app.paths import recorded_dir
from app.runs.digest import Digest
from app.runs.recorded_runs import RecordedRuns, recorded_id

#: what is changed to make a run short; of presets that are not here the networks are built, and not trained
SHORT: dict[str, dict[str, Any]] = {
    "degradation": {"seeds": 1},
    "vanishing": {},
    "shallow": {},
    "explode-backward": {"steps": 1},
    "explode-forward": {"steps": 1},
    "zero-last": {"steps": 1},
    "fair": {"depths": (8,), "seeds": 1, "steps": 40, "evaluate_every": 20},
    "spiral": {"depths": (4,), "steps": 40},
}


@dataclass
class Run:
    """A preset's run: what it began with, its first frame, its last evaluation; columns by network."""

    experiment: Experiment
    prepared: m.Prepared
    start: m.Measured | None = None
    last: m.Evaluated | None = None
    event: Evaluation | None = None

    def layers(self, column: str, arm: str | int, depth: int) -> NDArray[np.float64]:
        """A column of the first frame for the first seed of an arm (its connection, or number) at a depth, by layer."""
        networks = self.experiment.networks()
        cuts = np.cumsum([network.layers for network in networks])[:-1]
        parts = np.split(getattr(self.start, column).astype(np.float64), cuts)
        return parts[self._first(arm, depth)]

    def final(self, column: str, arm: str | int, depth: int) -> float:
        """The median over the seeds of a column of the last evaluation."""
        first = self._first(arm, depth)
        return float(np.median(getattr(self.last, column)[first : first + self.experiment.seeds]))

    def _first(self, arm: str | int, depth: int) -> int:
        names = [one.connection for one in self.experiment.arms]
        wanted = (names.index(arm) if isinstance(arm, str) else arm, depth)
        return next(k for k, network in enumerate(self.experiment.networks()) if (network.arm, network.depth) == wanted)


@functools.cache
def run(name: str, source: str) -> Run:
    if source == "recorded":
        recorded = RecordedRuns(recorded_dir())
        return followed(preset(name).experiment, recorded.measurements(recorded_id(name)))
    experiment = preset(name).experiment.model_copy(update=SHORT.get(name, {}))
    training = train(experiment, frame_interval=1e9)
    return followed(experiment, training if name in SHORT else itertools.islice(training, 1))


def followed(experiment: Experiment, measurements: Iterator[m.Measurement]) -> Run:
    """A run from what it measures."""
    digest, prepared = Digest(experiment), next(measurements)
    assert isinstance(prepared, m.Prepared)
    digest.event(prepared)
    found = Run(experiment, prepared)
    for measurement in measurements:
        event = digest.event(measurement)
        if isinstance(measurement, m.Measured) and found.start is None:
            found.start = measurement
        if isinstance(measurement, m.Evaluated):
            assert isinstance(event, Evaluation)
            found.last, found.event = measurement, event
    return found


def loss_rise(it: Run, arm: str, shallow: int, deep: int) -> float:
    return it.final("training_loss", arm, deep) / it.final("training_loss", arm, shallow)


def weights(it: Run, arm: str | int, depth: int) -> NDArray[np.float64]:
    return it.layers("weight_gradients", arm, depth)


def hidden(it: Run, column: str, arm: str | int) -> NDArray[np.float64]:
    """A column of the first frame at depth 52, without the logits."""
    return it.layers(column, arm, 52)[:-1]


def pairs_share(it: Run) -> bool:
    """Plain and residual networks begin with the same weights."""
    half = len(it.prepared.checksums) // 2
    return it.prepared.checksums[:half] == it.prepared.checksums[half:]


def widths_8_16_32(it: Run) -> bool:
    """Parameters of a 6n+2 network with these widths, 3×3 convolutions, norms and a fully connected end."""

    def layer(reads: int, gives: int) -> int:
        return 9 * reads * gives + 2 * gives

    def stages(n: int) -> int:
        inner = layer(1, 8) + 2 * n * layer(8, 8)
        inner += layer(8, 16) + (2 * n - 1) * layer(16, 16) + layer(16, 32) + (2 * n - 1) * layer(32, 32)
        return inner + 32 * 10 + 10

    return it.prepared.parameters == tuple(stages((network.depth - 2) // 6) for network in it.experiment.networks())


def three_spirals(it: Run) -> bool:
    data = load("spiral", None)
    return data.train_x.shape[1] == 2 and set(data.train_y) == {0, 1, 2}


def chosen_by_training_loss(it: Run) -> bool:
    assert it.event is not None and it.event.best is not None and it.last is not None
    assert it.last.training_loss is not None
    losses = np.median(np.asarray(it.last.training_loss, dtype=np.float64).reshape(-1, 4, it.experiment.seeds), axis=2)
    return it.event.best == [4 * group + int(np.argmin(row)) for group, row in enumerate(losses)]


Check = Callable[[Run], bool]
#: of each preset, in order: the words of a claim, and what must hold of the run
CLAIMS: dict[str, list[tuple[str, Check]]] = {
    "degradation": [
        (
            "The training loss of plain networks rises steeply with depth",
            lambda it: loss_rise(it, "plain", 4, 64) > 100,
        ),
        (
            "though batch norm keeps their gradients alive",
            lambda it: all((w := weights(it, "plain", depth)).min() > 0.1 * w[-1] for depth in it.experiment.depths),
        ),
        (
            "That of residual ones rises far less",
            lambda it: 2 < loss_rise(it, "residual", 4, 64) < loss_rise(it, "plain", 4, 64) / 5,
        ),
        (
            "and all of them learn",
            lambda it: all(it.final("test_accuracy", "residual", depth) > 0.85 for depth in it.experiment.depths),
        ),
        ("Same first weights, same batches", pairs_share),
    ],
    "vanishing": [
        (
            "No normalisation and PyTorch's default initialisation",
            lambda it: {(a.normalisation, a.initialisation) for a in it.experiment.arms} == {("none", "pytorch")},
        ),
        (
            "in deep plain networks the gradient is all but gone before it reaches the first layers",
            lambda it: all((w := weights(it, "plain", depth))[0] < 1e-8 * w[-1] for depth in (32, 64)),
        ),
        (
            "and from 8 layers on they stay at chance",
            lambda it: all(it.final("test_accuracy", "plain", depth) < 0.2 for depth in (8, 16, 32, 64)),
        ),
        (
            "Residual ones learn at every depth",
            lambda it: all(it.final("test_accuracy", "residual", depth) > 0.9 for depth in it.experiment.depths),
        ),
    ],
    "shallow": [
        (
            "At 4 to 10 layers plain and residual end within two points of test accuracy of each other, "
            "much as He et al. found at 18 layers",
            lambda it: all(
                abs(it.final("test_accuracy", "plain", depth) - it.final("test_accuracy", "residual", depth)) <= 0.02
                for depth in (4, 6, 8, 10)
            ),
        ),
        (
            "Only the training loss of the plain ones begins to rise",
            lambda it: loss_rise(it, "plain", 4, 10) > 2 * max(1.0, loss_rise(it, "residual", 4, 10)),
        ),
    ],
    "he-fashion": [
        (
            "The 6n+2 convolutional networks of He et al. (2015, section 4.2)",
            lambda it: it.experiment.family == "conv6n2" and all(depth % 6 == 2 for depth in it.experiment.depths),
        ),
        ("at widths 8, 16, 32", widths_8_16_32),
        ("on real images", lambda it: it.experiment.dataset == "fashion"),
    ],
    "explode-backward": [
        (
            "52 layers, width 256, before any training",
            lambda it: it.experiment.depths == (52,) and it.experiment.width == 256,
        ),
        (
            "in the plain network batch norm keeps the activations",
            lambda it: bool(np.ptp(hidden(it, "activations", "plain")) < 0.1 * hidden(it, "activations", "plain")[0]),
        ),
        (
            "and makes the gradient grow by a fifth at every layer on its way back",
            lambda it: _grows(hidden(it, "activation_gradients", "plain"), 1.1, 1.35, 1.22),
        ),
        (
            "over ten thousand times in all (Yang et al. 2019)",
            lambda it: 1e4 < (g := hidden(it, "activation_gradients", "plain"))[0] / g[-1] < 5e4,
        ),
    ],
    "explode-forward": [
        (
            "52 layers without norm",
            lambda it: it.experiment.depths == (52,) and {a.normalisation for a in it.experiment.arms} == {"none"},
        ),
        (
            "each residual block makes the mean square of the activations about 2.4 times as large",
            lambda it: _grows(hidden(it, "activations", "residual")[::-2], 1.5, 3.3, 2.41),
        ),
        (
            "25 of them a billion times",
            lambda it: 1e9 < (h := hidden(it, "activations", "residual"))[-1] / h[0] < 1e10,
        ),
        (
            "In the plain network He's initialisation keeps it: it ends within a factor of 10 of where it began",
            lambda it: 0.1 < (h := hidden(it, "activations", "plain"))[-1] / h[0] < 10,
        ),
    ],
    "zero-last": [
        (
            "Two residual networks without norm",
            lambda it: [(a.connection, a.normalisation) for a in it.experiment.arms] == [("residual", "none")] * 2,
        ),
        (
            "In the second the last layer of each block starts at zero",
            lambda it: [a.initialisation for a in it.experiment.arms] == ["he", "zero_last"],
        ),
        ("its blocks are the identity, so signals", lambda it: len(set(hidden(it, "activations", 1)[::2])) == 1),
        (
            "and gradients keep their size",
            lambda it: bool((g := hidden(it, "activation_gradients", 1)[::2]).max() < 2 * g.min()),
        ),
        (
            "while those of the first blow up",
            lambda it: (
                (h := hidden(it, "activations", 0))[-1] > 1e9 * h[0]
                and (g := hidden(it, "activation_gradients", 0))[0] > 1e3 * g[-1]
            ),
        ),
    ],
    "fair": [
        (
            "Both arms trained at four learning rates",
            lambda it: len(it.experiment.arms) == 2 and len(it.experiment.learning_rates) == 4,
        ),
        ("each network is shown at the rate with its lowest training loss", chosen_by_training_loss),
    ],
    "families": [
        (
            "Residual, pre-activation, highway and dense networks side by side",
            lambda it: [a.connection for a in it.experiment.arms] == ["residual", "preact", "highway", "dense"],
        ),
        # the equations are held to independent networks in tests/unit/nets
        ("each by its paper's equation", lambda it: all(a.connection in CONNECTIONS for a in it.experiment.arms)),
    ],
    "thousand": [
        (
            "100 and 1,000 fully connected layers without norm",
            lambda it: (
                (it.experiment.depths, it.experiment.family) == ((100, 1000), "mlp")
                and {a.normalisation for a in it.experiment.arms} == {"none"}
            ),
        ),
        (
            "at one learning rate",
            lambda it: {cell.learning_rate for cell in it.experiment.cells()} == {it.experiment.learning_rate},
        ),
        (
            "Residual blocks begin as the identity",
            lambda it: len(set(it.layers("activations", "residual", 1000)[:-1:2])) == 1,
        ),
        (
            "plain layers looks-linear (Balduzzi et al. 2017)",
            lambda it: it.experiment.arms[0].initialisation == "looks_linear",
        ),
        (
            "both keep the size of the signal",
            lambda it: all(
                (h := it.layers("activations", arm, 1000)[:-1:2]).max() < 1.5 * h.min() for arm in ("plain", "residual")
            ),
        ),
        (
            "and both learn",
            lambda it: all(
                it.final("test_accuracy", arm, depth) > 0.7
                for arm in ("plain", "residual")
                for depth in it.experiment.depths
            ),
        ),
    ],
    "spiral": [
        ("Points on three interleaved spirals in the plane", three_spirals),
        (
            "see the regions that each network has learned",
            lambda it: it.event is not None and len(it.event.regions or ()) == len(it.experiment.cells()),
        ),
    ],
}


def _grows(values: NDArray[np.float64], least: float, most: float, mean: float) -> bool:
    """Whether each value is larger than the one after it by a factor between two, whose mean is a third."""
    factors = values[:-1] / values[1:]
    middle = float(np.exp(np.log(factors).mean()))
    return bool((least < factors).all() and (factors < most).all()) and isclose(middle, mean, rel_tol=0.04)


@pytest.mark.parametrize("source", ["recorded", "trained"])
@pytest.mark.parametrize(("name", "words"), [(name, words) for name, claims in CLAIMS.items() for words, _ in claims])
def test_a_claim_of_a_presets_text_holds_in_its_runs(name: str, words: str, source: str) -> None:
    assert words in preset(name).about
    if name == "thousand" and source == "trained":
        pytest.skip("its networks train for a minute; a slow test trains the deepest two")
    assert dict(CLAIMS[name])[words](run(name, source))


@pytest.mark.parametrize("name", CLAIMS)
def test_a_presets_text_makes_no_other_claim(name: str) -> None:
    left = preset(name).about
    for words, _ in CLAIMS[name]:
        left = left.replace(words, "", 1)
    assert re.fullmatch(r"[\s.,:;]*", left), left


def test_every_preset_has_its_claims_checked() -> None:
    assert set(PRESETS) == set(CLAIMS)


def test_a_thousand_plain_layers_learn_without_divergence() -> None:
    """What the text of ``thousand`` promises of both arms: nothing of its recording is missing."""
    recorded = RecordedRuns(recorded_dir()).measurements(recorded_id("thousand"))
    assert not [one for one in recorded if isinstance(one, m.Diverged)]
