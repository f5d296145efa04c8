"""The three shortcuts of He et al. 2015, section 4.1."""

from torch import Tensor, nn
from torch.nn import functional as F


class Pad(nn.Module):
    """Every ``stride``-th pixel, and channels of zeros: the identity made to fit, without parameters."""

    def __init__(self, out: int, stride: int) -> None:
        super().__init__()
        self.out, self.stride = out, stride

    def forward(self, x: Tensor) -> Tensor:
        x = x[:, :, :: self.stride, :: self.stride]
        return F.pad(x, (0, 0, 0, 0, 0, self.out - x.shape[1]))


def project(into: int, out: int, stride: int) -> nn.Module:
    """A 1×1 convolution and a norm."""
    return nn.Sequential(nn.Conv2d(into, out, 1, stride, bias=False), nn.BatchNorm2d(out))


def option_a(into: int, out: int, stride: int) -> nn.Module:
    """The identity, made to fit where the size changes."""
    return nn.Identity() if into == out and stride == 1 else Pad(out, stride)


def option_b(into: int, out: int, stride: int) -> nn.Module:
    """The identity, and a projection where the size changes."""
    return nn.Identity() if into == out and stride == 1 else project(into, out, stride)


def option_c(into: int, out: int, stride: int) -> nn.Module:
    """A projection in every block."""
    return project(into, out, stride)
