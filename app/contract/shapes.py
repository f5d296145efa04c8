"""Shapes: the weight layers of one block of each kind, from an arm's settings. Arithmetic only."""

from typing import Any, NamedTuple, Protocol

#: output channels of a convolutional bottleneck over those of its 3×3 layer (He et al. 2015, figure 5)
EXPANSION = 4


class Arm(Protocol):
    """What a connection sees of an arm (``app.contract.arms.Arm``): the settings, by their names."""

    def __getattr__(self, setting: str) -> Any: ...


class Site(NamedTuple):
    """Where a block stands.

    Attributes:
        width: units, or filters of its stage.
        reads: channels of its input.
        stride: 2 where the block halves the resolution, else 1.
        images: whether its layers are convolutions.
    """

    width: int
    reads: int
    stride: int
    images: bool


class LayerShape(NamedTuple):
    """One weight layer of a block: the channels it gives, its kernel, its stride, and in how many groups."""

    out: int
    kernel: int = 3
    stride: int = 1
    groups: int = 1


def two_layers(arm: Arm, site: Site) -> tuple[LayerShape, ...]:
    """Two 3×3 layers as wide as the stage; the first one halves (He et al. 2015, figure 5, left)."""
    return LayerShape(site.width, stride=site.stride), LayerShape(site.width)


def one_layer(arm: Arm, site: Site) -> tuple[LayerShape, ...]:
    """One layer as wide as the stage."""
    return (LayerShape(site.width, stride=site.stride),)


def bottleneck(arm: Arm, site: Site) -> tuple[LayerShape, ...]:
    """1×1 down, 3×3, 1×1 up by 4 (He et al. 2015, figure 5, right).

    In fully connected networks the stream keeps its width and the middle is a quarter of it.
    """
    return three_layers(arm, site, middle=stream_of(site) // EXPANSION)


def grouped_bottleneck(arm: Arm, site: Site) -> tuple[LayerShape, ...]:
    """The same with a middle twice as wide, in ``cardinality`` groups (Xie et al. 2017, 1611.05431, section 3)."""
    return three_layers(arm, site, middle=stream_of(site) // 2, groups=arm.cardinality)


def stream_of(site: Site) -> int:
    """Channels between the bottlenecks of a stage."""
    return site.width * EXPANSION if site.images else site.width


def three_layers(arm: Arm, site: Site, middle: int, groups: int = 1) -> tuple[LayerShape, ...]:
    """1×1 to ``middle`` channels, 3×3 in ``groups``, 1×1 to those of the stream."""
    first, second = (site.stride, 1) if arm.stride_at == "1x1" else (1, site.stride)
    middle = max(1, middle)
    return LayerShape(middle, 1, first), LayerShape(middle, 3, second, groups), LayerShape(stream_of(site), 1)


def widened(arm: Arm, site: Site) -> tuple[LayerShape, ...]:
    """k times the filters, or k times the inner units (Zagoruyko & Komodakis 2016, section 2)."""
    wide = site.width * arm.widen
    return LayerShape(wide, stride=site.stride), LayerShape(wide if site.images else site.width)


def growing(arm: Arm, site: Site) -> tuple[LayerShape, ...]:
    """One layer that gives ``growth`` new channels (Huang et al. 2017, section 3)."""
    return (LayerShape(arm.growth),)


def compressed(arm: Arm, channels: int) -> int:
    """Channels behind a dense transition (Huang et al. 2017, section 3, compression)."""
    return max(1, int(channels * arm.compression))
