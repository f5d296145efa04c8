"""The two spaces in which stacked networks live, and how a stack computes in each.

==========  ======================  =========================  ==============================
space       activations             weights                    network k owns
==========  ======================  =========================  ==============================
``Units``   [k, width, batch]       [k, out, in]               ``h[k]``
``Maps``    [batch, k·C, H, W]      [k·out, in, 3, 3]          channels ``k·C … (k+1)·C - 1``
==========  ======================  =========================  ==============================

In both layouts one native batch-norm call over k·width channels is exactly one batch norm a network.
"""

from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

MOMENTUM, EPSILON = 0.1, 1e-5


class Space(Protocol):
    """What a stack needs of a space. k is the number of networks that take part."""

    kernel: tuple[int, ...]
    epsilon: float

    def enter(self, x: Tensor, weight: Tensor, bias: Tensor | None, k: int) -> Tensor:
        """First layer: the batch ``x``, shared by all k networks, through k different weights."""

    def affine(self, h: Tensor, weight: Tensor, bias: Tensor | None, k: int, stride: int) -> Tensor:
        """W h + b, for k networks at once."""

    def batch_norm(self, z: Tensor, mean: Tensor, var: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
        """Batch norm of each network over its batch, running statistics updated (Ioffe & Szegedy 2015), momentum 0.1, ε 1e-5."""

    def scaled_add(self, f: Tensor, alpha: Tensor, h: Tensor) -> Tensor:
        """f + α h with one α a network, [k]."""

    def zero_pad_shortcut(self, h: Tensor, k: int, out: int, stride: int) -> Tensor:
        """Option A of He et al. (2015, section 4.2): every ``stride``-th pixel, new channels zero."""

    def split(self, h: Tensor, k: int, of: int) -> tuple[Tensor, Tensor | None]:
        """The first k ``of`` the networks in h, and the others (None if there are none)."""

    def join(self, parts: list[Tensor]) -> Tensor:
        """The inverse of ``split``."""

    def features(self, h: Tensor, k: int) -> Tensor:
        """[k, C, batch]: what the last layer sees; maps are averaged over their pixels."""

    def norms(self, g: Tensor, k: int) -> Tensor:
        """[k] Euclidean norms, one a network, summed in float64: the square of 1e-24 is zero in float32."""



class Units:
    """Fully connected: activations [k, width, batch]."""

    kernel: tuple[int, ...] = ()
    epsilon = EPSILON

    def enter(self, x: Tensor, weight: Tensor, bias: Tensor | None, k: int) -> Tensor:
        z = (weight.flatten(0, 1) @ x.flatten(1).t()).view(k, weight.shape[1], x.shape[0])
        return z if bias is None else z + bias.unsqueeze(2)

    def affine(self, h: Tensor, weight: Tensor, bias: Tensor | None, k: int, stride: int) -> Tensor:
        return torch.bmm(weight, h) if bias is None else torch.baddbmm(bias.unsqueeze(2), weight, h)

    def batch_norm(self, z: Tensor, mean: Tensor, var: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
        k, width, batch = z.shape
        flat = z.view(1, k * width, batch)
        return F.batch_norm(flat, mean, var, gamma.view(-1), beta.view(-1), True, MOMENTUM, EPSILON).view(z.shape)

    def scaled_add(self, f: Tensor, alpha: Tensor, h: Tensor) -> Tensor:
        return torch.addcmul(f, alpha.view(-1, 1, 1), h)

    def zero_pad_shortcut(self, h: Tensor, k: int, out: int, stride: int) -> Tensor:
        return h

    def split(self, h: Tensor, k: int, of: int) -> tuple[Tensor, Tensor | None]:
        if k == of:
            return h, None
        first, rest = h.split([k, of - k])
        return first, rest

    def join(self, parts: list[Tensor]) -> Tensor:
        return torch.cat(parts) if len(parts) > 1 else parts[0]

    def features(self, h: Tensor, k: int) -> Tensor:
        return h

    def norms(self, g: Tensor, k: int) -> Tensor:
        return torch.linalg.vector_norm(g.reshape(k, -1), dim=1, dtype=torch.float64)


class Maps:
    """Convolutional, kernel 3×3: activations [batch, k·C, H, W], one group of channels a network."""

    kernel: tuple[int, ...] = (3, 3)
    epsilon = EPSILON

    def enter(self, x: Tensor, weight: Tensor, bias: Tensor | None, k: int) -> Tensor:
        return F.conv2d(x, weight, None if bias is None else bias.view(-1), padding=1)

    def affine(self, h: Tensor, weight: Tensor, bias: Tensor | None, k: int, stride: int) -> Tensor:
        return F.conv2d(h, weight, None if bias is None else bias.view(-1), stride=stride, padding=1, groups=k)

    def batch_norm(self, z: Tensor, mean: Tensor, var: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
        return F.batch_norm(z, mean, var, gamma.view(-1), beta.view(-1), True, MOMENTUM, EPSILON)

    def scaled_add(self, f: Tensor, alpha: Tensor, h: Tensor) -> Tensor:
        channels = f.shape[1] // alpha.shape[0]
        return torch.addcmul(f, alpha.repeat_interleave(channels).view(1, -1, 1, 1), h)

    def zero_pad_shortcut(self, h: Tensor, k: int, out: int, stride: int) -> Tensor:
        batch, channels, height, width = h.shape
        if channels == k * out and stride == 1:
            return h
        h = h[:, :, ::stride, ::stride]
        by_network = h.reshape(batch, k, channels // k, *h.shape[2:])
        missing = out - channels // k
        return F.pad(by_network, (0, 0, 0, 0, 0, missing)).flatten(1, 2)

    def split(self, h: Tensor, k: int, of: int) -> tuple[Tensor, Tensor | None]:
        if k == of:
            return h, None
        channels = h.shape[1] // of
        first, rest = h.split([k * channels, (of - k) * channels], dim=1)
        return first.contiguous(), rest

    def join(self, parts: list[Tensor]) -> Tensor:
        return torch.cat(parts, dim=1) if len(parts) > 1 else parts[0]

    def features(self, h: Tensor, k: int) -> Tensor:
        pooled = h.mean((2, 3))
        return pooled.view(h.shape[0], k, -1).permute(1, 2, 0)

    def norms(self, g: Tensor, k: int) -> Tensor:
        return torch.linalg.vector_norm(g.reshape(g.shape[0], k, -1), dim=(0, 2), dtype=torch.float64)
