"""The blocks of networks of stages. Each is built from what it reads, the width of its stage, and its stride."""

from collections.abc import Callable

import torch
from torch import Tensor, nn


def conv(into: int, out: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    """A convolution that keeps the size, or divides it by the stride; the norm behind it makes a bias needless."""
    return nn.Conv2d(into, out, kernel, stride, kernel // 2, groups=groups, bias=False)


class PlainBlock(nn.Module):
    """y = relu(F(x)), with F two 3×3 layers."""

    def __init__(self, into: int, width: int, stride: int) -> None:
        super().__init__()
        self.out = width
        self.F = nn.Sequential(
            conv(into, width, 3, stride), nn.BatchNorm2d(width), nn.ReLU(),
            conv(width, width, 3), nn.BatchNorm2d(width),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.F(x))


class BasicBlock(nn.Module):
    """y = relu(F(x) + s(x)), with F two 3×3 layers (He et al. 2015, figure 5, left)."""

    def __init__(self, into: int, width: int, stride: int, shortcut: Callable[[int, int, int], nn.Module]) -> None:
        super().__init__()
        self.out = width
        self.F = nn.Sequential(
            conv(into, width, 3, stride), nn.BatchNorm2d(width), nn.ReLU(),
            conv(width, width, 3), nn.BatchNorm2d(width),
        )  # fmt: skip
        self.s = shortcut(into, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.F(x) + self.s(x))


class Bottleneck(nn.Module):
    """y = relu(F(x) + s(x)), with F 1×1 down, 3×3, 1×1 up by 4 (He et al. 2015, figure 5, right).

    ``widen`` times the filters in the middle, in ``groups`` (ResNeXt: its parallel paths are one grouped convolution).
    The stride is that of the layer named by ``stride_at``.
    """

    def __init__(
        self, into: int, width: int, stride: int, shortcut: Callable[[int, int, int], nn.Module],
        widen: int = 1, groups: int = 1, stride_at: str = "3x3",
    ) -> None:  # fmt: skip
        super().__init__()
        self.out, middle = 4 * width, widen * width
        first, second = (stride, 1) if stride_at == "1x1" else (1, stride)
        self.F = nn.Sequential(
            conv(into, middle, 1, first), nn.BatchNorm2d(middle), nn.ReLU(),
            conv(middle, middle, 3, second, groups), nn.BatchNorm2d(middle), nn.ReLU(),
            conv(middle, self.out, 1), nn.BatchNorm2d(self.out),
        )  # fmt: skip
        self.s = shortcut(into, self.out, stride)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.F(x) + self.s(x))


class PreActivation(nn.Module):
    """y = s + F(a), a = relu(norm(x)), with F two 3×3 layers (He et al. 2016, figure 4e).

    The shortcut is x itself, and where the size changes a 1×1 layer of a.
    """

    def __init__(self, into: int, width: int, stride: int) -> None:
        super().__init__()
        self.out = width
        self.a = nn.Sequential(nn.BatchNorm2d(into), nn.ReLU())
        self.F = nn.Sequential(conv(into, width, 3, stride), nn.BatchNorm2d(width), nn.ReLU(), conv(width, width, 3))
        self.projection = conv(into, width, 1, stride) if into != width or stride > 1 else None

    def forward(self, x: Tensor) -> Tensor:
        a = self.a(x)
        y: Tensor = self.F(a) + (self.projection(a) if self.projection else x)
        return y


class PreActivationBottleneck(nn.Module):
    """y = s + F(a), a = relu(norm(x)), with F 1×1 down, 3×3, 1×1 up by 4 (He et al. 2016, section 5).

    The shortcut is x itself, and where the size changes a 1×1 layer of a.
    """

    def __init__(self, into: int, width: int, stride: int) -> None:
        super().__init__()
        self.out = 4 * width
        self.a = nn.Sequential(nn.BatchNorm2d(into), nn.ReLU())
        self.F = nn.Sequential(
            conv(into, width, 1, stride), nn.BatchNorm2d(width), nn.ReLU(),
            conv(width, width, 3), nn.BatchNorm2d(width), nn.ReLU(),
            conv(width, self.out, 1),
        )  # fmt: skip
        self.projection = conv(into, self.out, 1, stride) if into != self.out or stride > 1 else None

    def forward(self, x: Tensor) -> Tensor:
        a = self.a(x)
        y: Tensor = self.F(a) + (self.projection(a) if self.projection else x)
        return y


class DenseLayer(nn.Module):
    """y = [x, H(x)]: ``growth`` new channels beside all that came before (Huang et al. 2017, section 3)."""

    def __init__(self, into: int, growth: int) -> None:
        super().__init__()
        self.H = nn.Sequential(
            nn.BatchNorm2d(into), nn.ReLU(), conv(into, 4 * growth, 1),
            nn.BatchNorm2d(4 * growth), nn.ReLU(), conv(4 * growth, growth, 3),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.H(x)], dim=1)


class Highway(nn.Module):
    """y = H(x)·T(x) + x·(1 − T(x)) (Srivastava et al. 2015, equation 3); T begins near 0, so x passes."""

    def __init__(self, width: int, gate_bias: float) -> None:
        super().__init__()
        self.H, self.T = nn.Linear(width, width), nn.Linear(width, width)
        nn.init.constant_(self.T.bias, gate_bias)

    def forward(self, x: Tensor) -> Tensor:
        h, t = torch.relu(self.H(x)), torch.sigmoid(self.T(x))
        return h * t + x * (1 - t)
