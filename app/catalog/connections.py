"""Blocks of published networks that the Lab does not train: its records with other layers in a block."""

from dataclasses import replace

from app.contract.connections import CONNECTIONS, STRIDE_AT
from app.contract.shapes import Arm, LayerShape, Site, bottleneck, one_layer, stream_of, three_layers

PLAIN, RESIDUAL, BOTTLENECK, RESNEXT, WIDE, HIGHWAY = (
    CONNECTIONS[name] for name in ("plain", "residual", "bottleneck", "resnext", "wide", "highway")
)


def _as_wide_as_the_stream(arm: Arm, site: Site) -> tuple[LayerShape, ...]:
    """A middle of 8 channels a path at the first width: 32×8d (Xie et al. 2017, section 3.1, names it C×d)."""
    return three_layers(arm, site, middle=stream_of(site), groups=arm.cardinality)


def _twice_as_wide(arm: Arm, site: Site) -> tuple[LayerShape, ...]:
    """A bottleneck whose 3×3 layer is twice as wide (Zagoruyko & Komodakis 2016, section 3.4)."""
    return three_layers(arm, site, middle=2 * site.width)


def _dense_bottleneck(arm: Arm, site: Site) -> tuple[LayerShape, ...]:
    """1×1 to 4k channels, then the 3×3 that gives k (Huang et al. 2017, section 3, bottleneck layers)."""
    return LayerShape(4 * arm.growth, 1), LayerShape(arm.growth)


#: VGG's 3×3 layers, one by one
SINGLE = replace(PLAIN, label="Plain, one layer", layers=1, shapes=one_layer)
RESNEXT_8D = replace(RESNEXT, shapes=_as_wide_as_the_stream)
WIDE_BOTTLENECK = replace(BOTTLENECK, label="Wide bottleneck", shapes=_twice_as_wide)
PREACT_BOTTLENECK = replace(
    CONNECTIONS["preact"], label="Pre-activation bottleneck", layers=3, shapes=bottleneck,
    settings=(STRIDE_AT, *CONNECTIONS["preact"].settings),
)  # fmt: skip
DENSE_BOTTLENECK = replace(CONNECTIONS["dense"], label="Dense bottleneck", layers=2, shapes=_dense_bottleneck)
