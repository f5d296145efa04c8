"""Mean field: what theory predicts of fully connected networks before training, in the limit of infinite width.

In that limit, with independent weights, the outputs of a weight layer are Gaussian over its units. Their covariance
over the examples depends on its input only through mean products (Poole et al. 2016, arXiv 1606.05340; Schoenholz et
al. 2017, 1611.01232; with skips Yang & Schoenholz 2017, 1712.08969; for any network Yang 2019, 1910.12478),

    K(x, x') = σ_w² ⟨h(x) h(x')⟩ + σ_b²,

and so does the mean square of the derivative of a unit, m = ⟨‖∂h/∂x‖²⟩, which becomes σ_w² m (Pennington et al. 2017,
1711.04735). For ReLU in a plain network these are the arc-cosine map (Cho & Saul 2009) and χ = σ_w²/2. Where a branch
and a shortcut meet in front of an activation, units are not Gaussian and there is no closed form. So the averages ⟨·⟩
are taken over ``UNITS`` units that are drawn: at every weight layer anew, Gaussian, with exactly that covariance, each
with its mirror image. Batch norm takes the statistics of the examples, as the measurement does
(``app.analyses.hidden_states.settle_batch_norms``).

There is no prediction for convolutions (their borders matter), layer norm, dense connections (whose width grows) and
weights that are not independent (``looks_linear``), nor for trained weights.
"""

from dataclasses import dataclass
from math import pi, sqrt
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from app.contract.arms import Arm, record_of
from app.contract.shapes import Site
from app.nets.specs import own_settings

#: connections whose blocks are as ``_MeanField`` has them; tests compare each with wide random networks
CONNECTIONS = (
    "plain", "residual", "preact", "bottleneck", "resnext", "wide", "highway", "skipinit", "stochastic",
)  # fmt: skip
#: units that are drawn, half of them the mirror images of the others
UNITS = 4096
EPSILON = 1e-5

Floats = NDArray[np.float64]


class Prediction(NamedTuple):
    """Attributes:
    correlation: mean cosine of the states of two examples, [states].
    mean_square: mean over the units and examples of ‖∂h/∂x‖², [states].
    branch_share: Var F / (Var F + Var S) at every ⊕, [blocks].
    """

    correlation: Floats
    mean_square: Floats
    branch_share: Floats


@dataclass(frozen=True)
class Units:
    """Units of one layer: their values h and the squares m of their derivatives ‖∂h/∂x‖², [units, examples] each."""

    h: Floats
    m: Floats

    def __add__(self, other: "Units") -> "Units":
        """Of units with independent weights."""
        return Units(self.h + other.h, self.m + other.m)

    def times(self, factor: float) -> "Units":
        """Scaled."""
        return Units(factor * self.h, factor**2 * self.m)


def predict(arm: Arm, width: int, blocks: int, x: Floats) -> Prediction | None:
    """What is expected of fully connected networks of an arm before training; None where there is no theory.

    Args:
        width: units of a layer.
        blocks: of the network.
        x: inputs [examples, features].
    """
    if arm.connection not in CONNECTIONS or arm.normalisation == "layer" or arm.initialisation == "looks_linear":
        return None
    return _MeanField(own_settings(arm), width, blocks).predict(x)


class _MeanField:
    def __init__(self, arm: Arm, width: int, blocks: int) -> None:
        self.arm, self.record, self.width, self.blocks = arm, record_of(arm), width, blocks
        self.shapes = self.record.shapes(arm, Site(width, width, 1, False))
        self.generator = np.random.default_rng(0)

    def predict(self, x: Floats) -> Prediction:
        units = self.first_layer(x)
        if not self.record.pre_activation:
            units = self.activate(self.normalise(units))
        states, shares = [units], []
        for block in range(self.blocks):
            branch, shortcut, units = self.block(units, block)
            variances = [part.h.var(1).mean() for part in (branch, shortcut)]
            shares.append(variances[0] / sum(variances) if sum(variances) else np.nan)
            states.append(units)
        correlations = [mean_cosine(one.h) for one in states]
        return Prediction(np.array(correlations), np.array([one.m.mean() for one in states]), np.array(shares))

    def first_layer(self, x: Floats) -> Units:
        """W x + b for inputs [examples, features].

        With few features the norm of a unit's weights and its variance over the examples vary together, and batch norm
        divides one by the other. So here the weights themselves are drawn, with exactly the covariance of theirs.
        """
        features, half = x.shape[1], UNITS // 2
        if features >= half:
            return self.weigh(Units(x.T, np.ones_like(x.T)), features, self.width)
        gain, spread = self.variances(features, self.width)
        uniform = self.arm.initialisation in ("xavier", "pytorch")
        drawn = self.generator.uniform(-1, 1, (half, features + 1)) if uniform else (
            self.generator.standard_normal((half, features + 1))
        )  # fmt: skip
        factor = np.linalg.cholesky(drawn.T @ drawn / half)
        white = np.linalg.solve(factor, drawn.T).T
        both = np.concatenate([white, -white])
        w, b = both[:, :features] * sqrt(gain / features), both[:, features:] * sqrt(spread)
        bias = b if self.arm.normalisation == "none" else 0.0
        m = np.broadcast_to((w**2).sum(1, keepdims=True), (UNITS, len(x)))
        return Units(w @ x.T + bias, m)

    def block(self, x: Units, number: int) -> tuple[Units, Units, Units]:
        """What reaches the ⊕ through F and by the shortcut, and the block's output."""
        arm, record = self.arm, self.record
        if record.join == "gate":
            return self.highway(x)
        starts_at_zero = record.trained_scale or arm.initialisation in ("zero_last", "fixup")
        branch = self.branch(x).times(0.0 if starts_at_zero else record.survival(arm, number + 1, self.blocks))
        shortcut = self.shortcut(x, first=number == 0).times(record.skip_factor(arm))
        y = branch + shortcut
        return branch, shortcut, self.activate(y) if record.rectified or record.join == "none" else y

    def branch(self, x: Units) -> Units:
        """F(x)."""
        into = self.width
        for index, shape in enumerate(self.shapes):
            if self.record.pre_activation or index:
                x = self.activate(self.normalise(x) if self.record.pre_activation else x)
            x = self.weigh(x, into // shape.groups, shape.out)
            x = x if self.record.pre_activation else self.normalise(x)
            into = shape.out
        return x

    def shortcut(self, x: Units, *, first: bool) -> Units:
        """s(x). In pre-activation networks the first one, and projections, read the activated input."""
        projected = self.arm.shortcut == "C"
        if self.record.pre_activation and (first or projected):
            x = self.activate(self.normalise(x))
        if projected:
            x = self.weigh(x, self.width, self.width)
            x = x if self.record.pre_activation else self.normalise(x)
        return x

    def highway(self, x: Units) -> tuple[Units, Units, Units]:
        """H T, x (1 − T) and their sum; only the sum's derivative is right, and only that is asked for."""
        new = self.activate(self.normalise(self.weigh(x, self.width, self.width)))
        gate = self.weigh(x, self.width, self.width, self.arm.gate_bias)
        t = 1 / (1 + np.exp(-gate.h))
        m = t**2 * new.m + (1 - t) ** 2 * x.m + ((new.h - x.h) * t * (1 - t)) ** 2 * gate.m
        branch, shortcut = new.h * t, x.h * (1 - t)
        return Units(branch, m), Units(shortcut, m), Units(branch + shortcut, m)

    def weigh(self, x: Units, into: int, out: int, bias: float | None = None) -> Units:
        """W x + b. ``bias``: one that is set and not drawn."""
        gain, spread = self.variances(into, out)
        spread = spread if bias is None and self.arm.normalisation == "none" else 0.0
        products = gain * x.h.T @ x.h / len(x.h) + spread
        m = np.broadcast_to(gain * x.m.mean(0), (UNITS, x.m.shape[1]))
        return Units(self.draw(products) + (bias or 0.0), m)

    def variances(self, into: int, out: int) -> tuple[float, float]:
        """σ_w², the variance of a weight times the units that it reads, and σ_b², that of a bias."""
        match self.arm.initialisation:
            case "xavier":
                return 2 * into / (into + out), 0.0
            case "pytorch":
                return 1 / 3, 1 / (3 * into)
            case "orthogonal":
                return 2 * min(1.0, into / out), 0.0
        return 2.0, 0.0

    def draw(self, covariance: Floats) -> Floats:
        """``UNITS`` Gaussian units whose mean is 0 and whose mean product is exactly this, [units, examples]."""
        half = self.generator.standard_normal((UNITS // 2, len(covariance)))
        white = np.linalg.qr(half)[0] * sqrt(UNITS // 2)
        values, vectors = np.linalg.eigh(covariance)
        drawn = white @ (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
        return np.concatenate([drawn, -drawn])

    def normalise(self, z: Units) -> Units:
        if self.arm.normalisation == "none":
            return z
        variance = z.h.var(1, keepdims=True) + EPSILON
        return Units((z.h - z.h.mean(1, keepdims=True)) / np.sqrt(variance), z.m / variance)

    def activate(self, z: Units) -> Units:
        value, slope = activation(self.arm.activation, z.h)
        return Units(value, slope**2 * z.m)


def activation(name: str, z: Floats) -> tuple[Floats, Floats]:
    """An activation function and its derivative."""
    match name:
        case "relu":
            return np.maximum(z, 0.0), (z > 0).astype(np.float64)
        case "tanh":
            value = np.tanh(z)
            return value, 1 - value**2
    below = torch.special.ndtr(torch.from_numpy(z)).numpy()
    return z * below, below + z * np.exp(-(z**2) / 2) / sqrt(2 * pi)


def mean_cosine(h: Floats) -> float:
    """Over all pairs of different examples of [units, examples]."""
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = h / np.linalg.norm(h, axis=0)
    count = h.shape[1]
    return float(((unit.T @ unit).sum() - count) / (count * (count - 1)))
