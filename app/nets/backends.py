"""The two backends of a stack: how fully connected and how convolutional networks are computed side by side.

=================  ======================  =========================  ==============================
backend            activations             weights                    network k owns
=================  ======================  =========================  ==============================
``DenseBackend``   [k, width, batch]       [k, out, in/groups]        ``h[k]``
``ConvBackend``    [batch, k·C, H, W]      [k·out, in/groups, *kernel] channels ``k·C … (k+1)·C - 1``
=================  ======================  =========================  ==============================

In both layouts one native batch-norm call over k·width channels is exactly one batch norm a network.
"""

from collections.abc import Sequence
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

MOMENTUM, EPSILON = 0.1, 1e-5


def norm_of(rows: Tensor, dim: tuple[int, ...], dtype: torch.dtype = torch.float64) -> Tensor:
    """Euclidean norms over ``dim``, for gradients summed in float64: the square of 1e-24 is zero in float32.

    Apple's MPS has no float64; there the largest entry is taken out before squaring.
    """
    if rows.device.type != "mps":
        norms: Tensor = torch.linalg.vector_norm(rows, dim=dim, dtype=dtype)
        return norms
    largest = rows.abs().amax(dim, keepdim=True).clamp_min(torch.finfo(rows.dtype).tiny)
    scaled: Tensor = torch.linalg.vector_norm(rows / largest, dim=dim)
    return scaled * largest.squeeze(dim)


class RunningStatistics:
    """Mean and variance of one norm as evaluation uses them, [k·width] each, momentum 0.1.

    The statistics of a batch wait until the whole stack has passed, then all norms of the stack are
    updated in a few operations (``RunningStatistics.settle``).
    """

    def __init__(self, size: int, like: Tensor) -> None:
        self.mean = torch.zeros(size, dtype=like.dtype, device=like.device)
        self.var = torch.ones_like(self.mean)
        self.observed: tuple[Tensor, Tensor, int] | None = None
        self.takes_part: Tensor | None = None

    def observe(self, mean: Tensor, rstd: Tensor, count: int) -> None:
        """Keep for ``settle`` a batch's mean and 1/√(variance + ε), over ``count`` numbers a channel."""
        self.observed = (mean.detach().view(-1), rstd.detach().view(-1), count)

    @staticmethod
    def together(statistics: Sequence["RunningStatistics"]) -> tuple[Tensor, Tensor]:
        """One buffer for the means and one for the variances of all; each becomes a view of them."""
        mean, var = (torch.cat([getattr(one, name) for one in statistics]) for name in ("mean", "var"))
        sizes = [len(one.mean) for one in statistics]
        for one, m, v in zip(statistics, torch.split(mean, sizes), torch.split(var, sizes), strict=True):
            one.mean, one.var = m, v
        return mean, var

    @staticmethod
    def settle(statistics: Sequence["RunningStatistics"], mean: Tensor, var: Tensor) -> None:
        """Move the buffers of ``together`` a tenth of the distance to what each norm has observed."""
        observed = [one.observed for one in statistics if one.observed is not None]
        if len(observed) != len(statistics):
            return
        variance = torch.cat([rstd for _, rstd, _ in observed]).pow_(-2).sub_(EPSILON)
        # the variance that torch keeps is the unbiased one
        factors = [count / (count - 1) for *_, count in observed]
        if len(set(factors)) == 1:
            variance.mul_(factors[0])
        else:
            variance.mul_(torch.cat([torch.full_like(m, f) for (m, *_), f in zip(observed, factors, strict=True)]))
        move: float | Tensor = MOMENTUM
        if any(one.takes_part is not None for one in statistics):
            parts = [torch.ones_like(one.mean) if one.takes_part is None else one.takes_part for one in statistics]
            move = torch.cat(parts).mul_(MOMENTUM)
        mean.lerp_(torch.cat([m for m, *_ in observed]), move)
        var.lerp_(variance, move)
        for one in statistics:
            one.observed = one.takes_part = None


class Backend(Protocol):
    """What a stack needs of a backend. k is the number of networks that take part."""

    convolutional: bool

    def inputs(self, x: Tensor, k: int, of: Tensor | None) -> Tensor:
        """What the first layer reads of x: one batch [batch, *shape] for all k networks, or, given ``of``, batches
        [n, batch, *shape] of which network j has number ``of[j]``."""

    def enter(self, h: Tensor, weight: Tensor, bias: Tensor | None, k: int) -> Tensor:
        """First layer: W h + b of what ``inputs`` made."""

    def affine(self, h: Tensor, weight: Tensor, bias: Tensor | None, k: int, stride: int, groups: int) -> Tensor:
        """W h + b, for k networks at once; with groups, W is block-diagonal in that many blocks."""

    def batch_norm(self, z: Tensor, gamma: Tensor, beta: Tensor, running: RunningStatistics) -> Tensor:
        """Batch norm of each network over its batch (Ioffe & Szegedy 2015); ``running`` learns its statistics."""

    def layer_norm(self, z: Tensor, gamma: Tensor, beta: Tensor, k: int) -> Tensor:
        """Layer norm of each example over all its features (Ba et al. 2016), gain and shift a channel."""

    def channels(self, v: Tensor, k: int) -> Tensor:
        """One number a channel, [k·C], in the shape that multiplies activations."""

    def networks(self, v: Tensor, h: Tensor) -> Tensor:
        """One number a network, [k, 1, 1], in the shape that multiplies the activations h."""

    def scaled_add(self, f: Tensor, alpha: Tensor, h: Tensor) -> Tensor:
        """f + α h with one α a network, [k, 1, 1]."""

    def zero_pad_shortcut(self, h: Tensor, k: int, out: int, stride: int) -> Tensor:
        """Option A of He et al. (2015, section 4.2): every ``stride``-th pixel, new channels zero."""

    def concatenate(self, h: Tensor, f: Tensor, k: int) -> Tensor:
        """[h, f] along the channels of each network (Huang et al. 2017, eq. 2)."""

    def halve(self, h: Tensor) -> Tensor:
        """2×2 average pooling, where there is a plane to pool."""

    def positions(self, z: Tensor) -> int:
        """How often a weight is used for one example: once, or once a pixel of its output."""

    def split(self, h: Tensor, k: int, of: int) -> tuple[Tensor, Tensor | None]:
        """The first k ``of`` the networks in h, and the others (None if there are none)."""

    def join(self, parts: list[Tensor]) -> Tensor:
        """The inverse of ``split``."""

    def features(self, h: Tensor, k: int) -> Tensor:
        """[k, C, batch]: what the last layer sees; maps are averaged over their pixels."""

    def norms(self, g: Tensor, k: int, dtype: torch.dtype) -> Tensor:
        """[k] Euclidean norms, one a network, summed in ``dtype``."""


class DenseBackend:
    """Fully connected: activations [k, width, batch]."""

    convolutional = False

    def inputs(self, x: Tensor, k: int, of: Tensor | None) -> Tensor:
        if of is None:
            return x.flatten(1).t().expand(k, -1, -1)
        return x.flatten(2)[of].transpose(1, 2)

    def enter(self, h: Tensor, weight: Tensor, bias: Tensor | None, k: int) -> Tensor:
        return self.affine(h, weight, bias, k, 1, 1)

    def affine(self, h: Tensor, weight: Tensor, bias: Tensor | None, k: int, stride: int, groups: int) -> Tensor:
        if groups > 1:
            out = weight.shape[1]
            z = torch.bmm(weight.view(k * groups, out // groups, -1), h.view(k * groups, -1, h.shape[2]))
            z = z.view(k, out, -1)
            return z if bias is None else z + bias.unsqueeze(2)
        return torch.bmm(weight, h) if bias is None else torch.baddbmm(bias.unsqueeze(2), weight, h)

    def batch_norm(self, z: Tensor, gamma: Tensor, beta: Tensor, running: RunningStatistics) -> Tensor:
        # With one example of k·width channels, a group norm of one channel a group is this batch norm, and
        # torch's group norm is up to twice as fast. It leaves the running statistics to us.
        k, width, batch = z.shape
        rows = k * width
        y, mean, rstd = torch.native_group_norm(z, gamma, beta, 1, rows, batch, rows, EPSILON)
        running.observe(mean, rstd, batch)
        return y

    def layer_norm(self, z: Tensor, gamma: Tensor, beta: Tensor, k: int) -> Tensor:
        var, mean = torch.var_mean(z, dim=1, correction=0, keepdim=True)
        return torch.addcmul(beta.view(k, -1, 1), (z - mean) * (var + EPSILON).rsqrt(), gamma.view(k, -1, 1))

    def channels(self, v: Tensor, k: int) -> Tensor:
        return v.view(k, -1, 1)

    def networks(self, v: Tensor, h: Tensor) -> Tensor:
        return v

    def scaled_add(self, f: Tensor, alpha: Tensor, h: Tensor) -> Tensor:
        return torch.addcmul(f, alpha, h)

    def zero_pad_shortcut(self, h: Tensor, k: int, out: int, stride: int) -> Tensor:
        return h if h.shape[1] == out else F.pad(h, (0, 0, 0, out - h.shape[1]))

    def concatenate(self, h: Tensor, f: Tensor, k: int) -> Tensor:
        return torch.cat([h, f], dim=1)

    def halve(self, h: Tensor) -> Tensor:
        return h

    def positions(self, z: Tensor) -> int:
        return 1

    def split(self, h: Tensor, k: int, of: int) -> tuple[Tensor, Tensor | None]:
        if k == of:
            return h, None
        first, rest = torch.split(h, [k, of - k])
        return first, rest

    def join(self, parts: list[Tensor]) -> Tensor:
        return torch.cat(parts) if len(parts) > 1 else parts[0]

    def features(self, h: Tensor, k: int) -> Tensor:
        return h

    def norms(self, g: Tensor, k: int, dtype: torch.dtype) -> Tensor:
        return norm_of(g.reshape(k, -1), (1,), dtype)


class ConvBackend:
    """Convolutional: activations [batch, k·C, H, W], one group of channels a network."""

    convolutional = True

    def inputs(self, x: Tensor, k: int, of: Tensor | None) -> Tensor:
        return x if of is None else x[of].transpose(0, 1).flatten(1, 2)

    def enter(self, h: Tensor, weight: Tensor, bias: Tensor | None, k: int) -> Tensor:
        groups = h.shape[1] // weight.shape[1]  # one for all, or k
        return F.conv2d(
            h, weight, None if bias is None else bias.view(-1), padding=weight.shape[-1] // 2, groups=groups
        )

    def affine(self, h: Tensor, weight: Tensor, bias: Tensor | None, k: int, stride: int, groups: int) -> Tensor:
        bias = None if bias is None else bias.view(-1)
        return F.conv2d(h, weight, bias, stride=stride, padding=weight.shape[-1] // 2, groups=k * groups)

    def batch_norm(self, z: Tensor, gamma: Tensor, beta: Tensor, running: RunningStatistics) -> Tensor:
        y, mean, rstd = torch.native_batch_norm(z, gamma, beta, None, None, True, MOMENTUM, EPSILON)
        running.observe(mean, rstd, z.numel() // z.shape[1])
        return y

    def layer_norm(self, z: Tensor, gamma: Tensor, beta: Tensor, k: int) -> Tensor:
        return F.group_norm(z, k, gamma, beta, EPSILON)

    def channels(self, v: Tensor, k: int) -> Tensor:
        return v.view(1, -1, 1, 1)

    def networks(self, v: Tensor, h: Tensor) -> Tensor:
        return v.view(1, -1, 1, 1).repeat_interleave(h.shape[1] // v.shape[0], 1)

    def scaled_add(self, f: Tensor, alpha: Tensor, h: Tensor) -> Tensor:
        return torch.addcmul(f, self.networks(alpha, h), h)

    def zero_pad_shortcut(self, h: Tensor, k: int, out: int, stride: int) -> Tensor:
        batch, channels = h.shape[:2]
        if channels == k * out and stride == 1:
            return h
        h = h[:, :, ::stride, ::stride]
        by_network = h.reshape(batch, k, channels // k, *h.shape[2:])
        missing = out - channels // k
        return F.pad(by_network, (0, 0, 0, 0, 0, missing)).flatten(1, 2)

    def concatenate(self, h: Tensor, f: Tensor, k: int) -> Tensor:
        batch, _, height, width = h.shape
        parts = [part.view(batch, k, -1, height, width) for part in (h, f)]
        return torch.cat(parts, dim=2).flatten(1, 2)

    def halve(self, h: Tensor) -> Tensor:
        return F.avg_pool2d(h, 2, ceil_mode=True)

    def positions(self, z: Tensor) -> int:
        return z.shape[2] * z.shape[3]

    def split(self, h: Tensor, k: int, of: int) -> tuple[Tensor, Tensor | None]:
        if k == of:
            return h, None
        channels = h.shape[1] // of
        first, rest = torch.split(h, [k * channels, (of - k) * channels], dim=1)
        return first.contiguous(), rest

    def join(self, parts: list[Tensor]) -> Tensor:
        return torch.cat(parts, dim=1) if len(parts) > 1 else parts[0]

    def features(self, h: Tensor, k: int) -> Tensor:
        pooled = h.mean((2, 3))
        return pooled.view(h.shape[0], k, -1).permute(1, 2, 0)

    def norms(self, g: Tensor, k: int, dtype: torch.dtype) -> Tensor:
        # contiguous numbers first: one reduction over both axes takes more than twice as long
        return norm_of(norm_of(g.reshape(g.shape[0], k, -1), (2,), dtype), (0,), dtype)
