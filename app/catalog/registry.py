"""The registry: a line a network."""

from dataclasses import replace
from typing import Any

from app.catalog import connections as c
from app.catalog.beyond import Encoder, UNet
from app.catalog.network import Input, Network
from app.catalog.staged import Stage, Staged, Stem
from app.contract.connections import Connection
from app.errors import UnknownNetwork

HE_2015 = "He et al. 2015, arXiv 1512.03385"
HE_2016 = "He et al. 2016, arXiv 1603.05027"
WIDE = "Zagoruyko & Komodakis 2016, arXiv 1605.07146"
XIE = "Xie et al. 2017, arXiv 1611.05431"
HUANG = "Huang et al. 2017, arXiv 1608.06993"
SRIVASTAVA = "Srivastava et al. 2015, arXiv 1507.06228, section 3.1"
SIMONYAN = "Simonyan & Zisserman 2015, arXiv 1409.1556"
RONNEBERGER = "Ronneberger et al. 2015, arXiv 1505.04597"
VASWANI = "Vaswani et al. 2017, arXiv 1706.03762"
XIONG = "Xiong et al. 2020, arXiv 2002.04745"

IMAGENET = Input(3, 224, 32, 1024)
CIFAR = Input(3, 32, 8, 512)
MNIST = Input(1, 28, 1, 256)
#: the smallest tile whose lowest map has a pixel left, and the step that keeps every map even (section 2 of the paper)
TILE = Input(1, 572, 188, 1468, 16)
TOKENS = Input(512, 128, 1, 4096, unit="tokens")

_STEM = Stem(64, 7, 2, pooled=True)


def _imagenet(connection: Connection, blocks: tuple[int, ...], **settings: Any) -> Staged:
    """He et al. 2015, table 1."""
    stages = tuple(Stage(n, 64 * 2**i, 1 if i == 0 else 2) for i, n in enumerate(blocks))
    return Staged(connection, stages, 1000, _STEM, settings)


def _basic(blocks: tuple[int, ...]) -> Staged:
    return _imagenet(c.RESIDUAL, blocks, shortcut="B")


def _bottleneck(blocks: tuple[int, ...], connection: Connection = c.BOTTLENECK, **settings: Any) -> Staged:
    return _imagenet(connection, blocks, shortcut="B", **settings)


def _cifar(connection: Connection, blocks: int, stem: Stem | None = None, **settings: Any) -> Staged:
    """Three stages of 16, 32 and 64 filters at 32², 16² and 8² pixels (He et al. 2015, section 4.2)."""
    stages = tuple(Stage(blocks, 16 * 2**i, 1 if i == 0 else 2) for i in range(3))
    return Staged(connection, stages, 10, stem or Stem(16), settings)


def _dense(blocks: tuple[int, ...], stem: Stem, growth: int, classes: int) -> Staged:
    """Huang et al. 2017, table 1 and section 3."""
    return Staged(c.DENSE_BOTTLENECK, tuple(Stage(n, growth) for n in blocks), classes, stem, {"growth": growth})


def _highway(layers: int) -> Staged:
    """A plain layer, then highway layers, 50 units each; softmax is not counted."""
    return Staged(
        c.HIGHWAY, (Stage(layers - 1, 50),), 10, Stem(50), images=False, normalised=False,
    )  # fmt: skip


def _vgg(blocks: tuple[int, ...]) -> Staged:
    """Column E of table 1."""
    stages = tuple(Stage(n, min(512, 64 * 2**i)) for i, n in enumerate(blocks))
    return Staged(c.SINGLE, stages, 1000, normalised=False, pools=True, grid=7, hidden=(4096, 4096))


def _encoder(pre_norm: bool) -> Encoder:
    """The encoder of the base model of table 3."""
    return Encoder(layers=6, width=512, heads=8, hidden=2048, pre_norm=pre_norm)


#: blocks a stage (He et al. 2015, table 1)
R18, R34, R101, R152 = (2, 2, 2, 2), (3, 4, 6, 3), (3, 4, 23, 3), (3, 8, 36, 3)
R50 = R34
#: no norm behind the first layer: the first block begins with one
_BARE = Stem(16, activated=False)

NETWORKS: dict[str, Network] = {
    network.name: network
    for network in (
        Network("vgg19", "VGG-19", "VGG", SIMONYAN, 19, _vgg((2, 2, 4, 4, 4)), IMAGENET),
        Network("plain18", "plain-18", "Plain", HE_2015, 18, _imagenet(c.PLAIN, R18), IMAGENET),
        Network("plain34", "plain-34", "Plain", HE_2015, 34, _imagenet(c.PLAIN, R34), IMAGENET),
        Network("resnet18", "ResNet-18", "ResNet", HE_2015, 18, _basic(R18), IMAGENET),
        Network("resnet34", "ResNet-34", "ResNet", HE_2015, 34, _basic(R34), IMAGENET),
        Network("resnet50", "ResNet-50", "ResNet", HE_2015, 50, _bottleneck(R50), IMAGENET),
        Network("resnet101", "ResNet-101", "ResNet", HE_2015, 101, _bottleneck(R101), IMAGENET),
        Network("resnet152", "ResNet-152", "ResNet", HE_2015, 152, _bottleneck(R152), IMAGENET),
        Network(
            "wide_resnet50_2", "WRN-50-2-bottleneck", "Wide ResNet", WIDE, 50,
            _bottleneck(R50, c.WIDE_BOTTLENECK), IMAGENET,
        ),
        Network(
            "resnext50_32x4d", "ResNeXt-50 (32×4d)", "ResNeXt", XIE, 50,
            _bottleneck(R50, c.RESNEXT, cardinality=32), IMAGENET,
        ),
        Network(
            "resnext101_32x8d", "ResNeXt-101 (32×8d)", "ResNeXt", XIE, 101,
            _bottleneck(R101, c.RESNEXT_8D, cardinality=32), IMAGENET,
        ),
        *(
            Network(f"densenet{depth}", f"DenseNet-{depth}", "DenseNet", HUANG, depth, body, IMAGENET)
            for depth, body in (
                (121, _dense((6, 12, 24, 16), _STEM, 32, 1000)),
                (161, _dense((6, 12, 36, 24), replace(_STEM, width=96), 48, 1000)),
                (169, _dense((6, 12, 32, 32), _STEM, 32, 1000)),
                (201, _dense((6, 12, 48, 32), _STEM, 32, 1000)),
            )
        ),
        *(
            Network(f"{name.lower()}{depth}", f"{name}-{depth}", f"{kind} (CIFAR-10)", HE_2015, depth, body, CIFAR)
            for name, kind, connection in (("plain", "Plain", c.PLAIN), ("ResNet", "ResNet", c.RESIDUAL))
            for depth, body in ((6 * n + 2, _cifar(connection, n)) for n in (3, 5, 7, 9, 18, 200))
        ),
        *(
            Network(
                f"preact{9 * n + 2}", f"Pre-activation ResNet-{9 * n + 2}", "Pre-activation ResNet", HE_2016, 9 * n + 2,
                _cifar(c.PREACT_BOTTLENECK, n, _BARE, shortcut="B", stride_at="1x1"), CIFAR,
            )
            for n in (18, 111)
        ),
        Network(
            "wrn28_10", "WRN-28-10", "Wide ResNet", WIDE, 28,
            _cifar(c.WIDE, 4, _BARE, shortcut="B", widen=10), CIFAR,
        ),
        Network(
            "densenet_bc100", "DenseNet-BC (L=100, k=12)", "DenseNet", HUANG, 100,
            _dense((16, 16, 16), replace(_BARE, width=24), 12, 10), CIFAR,
        ),
        *(
            Network(f"highway{n}", f"Highway-{n}", "Highway", SRIVASTAVA, n, _highway(n), MNIST)
            for n in (10, 20, 50, 100)
        ),
        Network("unet", "U-Net", "U-Net", RONNEBERGER, 23, UNet((64, 128, 256, 512, 1024), 2), TILE),
        Network("transformer_post", "Transformer, post-norm", "Transformer", VASWANI, 6, _encoder(False), TOKENS),
        Network("transformer_pre", "Transformer, pre-norm", "Transformer", XIONG, 6, _encoder(True), TOKENS),
    )
}  # fmt: skip


def find(name: str) -> Network:
    """The network of this name; raises UnknownNetwork where there is none."""
    if name not in NETWORKS:
        raise UnknownNetwork(f"there is no published network {name[:40]!r}", "name")
    return NETWORKS[name]
