"""U-Net and the Transformer's encoder."""

from itertools import pairwise

import torch
from torch import Tensor, nn


def two_convs(into: int, out: int) -> nn.Sequential:
    """Two 3×3 convolutions without padding: each takes a pixel from every side."""
    return nn.Sequential(nn.Conv2d(into, out, 3), nn.ReLU(), nn.Conv2d(out, out, 3), nn.ReLU())


def crop(x: Tensor, side: int) -> Tensor:
    """The middle of an image."""
    edge = (x.shape[-1] - side) // 2
    return x[..., edge : edge + side, edge : edge + side]


class UNet(nn.Module):
    """Down, and up again, with what was kept on the way down beside it (Ronneberger et al. 2015, figure 1)."""

    def __init__(self, channels: int, widths: tuple[int, ...], classes: int) -> None:
        super().__init__()
        pairs = list(pairwise(widths))
        self.first = two_convs(channels, widths[0])
        self.down = nn.ModuleList(nn.Sequential(nn.MaxPool2d(2), two_convs(into, out)) for into, out in pairs)
        self.up = nn.ModuleList(nn.ConvTranspose2d(into, out, 2, 2) for out, into in reversed(pairs))
        self.merge = nn.ModuleList(two_convs(2 * out, out) for out, _ in reversed(pairs))
        self.last = nn.Conv2d(widths[0], classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        kept = []
        for down in self.down:
            kept.append(x)
            x = down(x)
        for up, merge in zip(self.up, self.merge, strict=True):
            x = up(x)
            x = merge(torch.cat([crop(kept.pop(), x.shape[-1]), x], dim=1))
        y: Tensor = self.last(x)
        return y


class Attention(nn.Module):
    """softmax(QKᵀ/√d)V in ``heads`` parts (Vaswani et al. 2017, section 3.2); x is batch × tokens × width."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.output = (nn.Linear(width, width) for _ in range(4))

    def split(self, x: Tensor) -> Tensor:
        batch, tokens, width = x.shape
        return x.view(batch, tokens, self.heads, width // self.heads).transpose(1, 2)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        weights = torch.softmax(q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5, dim=-1)
        y: Tensor = self.output((weights @ v).transpose(1, 2).flatten(-2))
        return y


def feed_forward(width: int, hidden: int) -> nn.Sequential:
    """Two linear layers on each token (Vaswani et al. 2017, section 3.3)."""
    return nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, width))


class PostNorm(nn.Module):
    """y = norm(x + F(x)), as in the paper."""

    def __init__(self, width: int, branch: nn.Module) -> None:
        super().__init__()
        self.norm, self.F = nn.LayerNorm(width), branch

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.norm(x + self.F(x))
        return y


class PreNorm(nn.Module):
    """y = x + F(norm(x)): the path of x is free from end to end."""

    def __init__(self, width: int, branch: nn.Module) -> None:
        super().__init__()
        self.norm, self.F = nn.LayerNorm(width), branch

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = x + self.F(self.norm(x))
        return y


def encoder(block: type[PostNorm] | type[PreNorm], layers: int, width: int, heads: int, hidden: int) -> nn.Sequential:
    """Layers of two blocks each; pre-norm has a norm at the end."""
    blocks: list[nn.Module] = []
    for _ in range(layers):
        blocks += [block(width, Attention(width, heads)), block(width, feed_forward(width, hidden))]
    return nn.Sequential(*blocks, *([nn.LayerNorm(width)] if block is PreNorm else []))
