"""Errors that were published, each with where it stands. Nothing here is measured by this program."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Measure = Literal["ImageNet top-1, 10-crop", "ImageNet top-1, single crop", "CIFAR-10"]


@dataclass(frozen=True, slots=True)
class Error:
    """An error in percent: on ImageNet's validation set, or on CIFAR-10's test set with flips and shifts in training.

    Attributes:
        source: paper and place, or page.
        choices: of shortcut and place of the stride, where they are known and other ones could be chosen.
        note: what it is, where that is not one training of this network.
    """

    percent: float
    measure: Measure
    source: str
    choices: Mapping[str, str] = field(default_factory=dict)
    note: str = ""

    def fits(self, chosen: Mapping[str, str]) -> bool:
        """Whether it was published of a network with these choices."""
        return all(chosen.get(name) == value for name, value in self.choices.items())


TEN_CROP: Measure = "ImageNet top-1, 10-crop"
SINGLE_CROP: Measure = "ImageNet top-1, single crop"
CIFAR: Measure = "CIFAR-10"

_TABLE_2 = "He et al. 2015, arXiv 1512.03385, table 2"
_TABLE_3 = "He et al. 2015, arXiv 1512.03385, table 3"
_TABLE_6 = "He et al. 2015, arXiv 1512.03385, table 6"
_IDENTITY = "He et al. 2016, arXiv 1603.05027"
_TORCHVISION = "PyTorch's documentation of torchvision.models, version 0.1.12"
_WIDE = "README of szagoruyko/wide-residual-networks"
_RESNEXT = "README of facebookresearch/ResNeXt"
_DENSE = "README of liuzhuang13/DenseNet"

_A, _B, _C = ({"shortcut": option} for option in "ABC")
#: bottlenecks as in the paper, and as in torchvision
_FIRST, _MIDDLE = _B | {"stride_at": "1x1"}, _B | {"stride_at": "3x3"}

#: by name of the network
ERRORS: dict[str, tuple[Error, ...]] = {
    "vgg19": (Error(27.62, SINGLE_CROP, _TORCHVISION),),
    "plain18": (Error(27.94, TEN_CROP, _TABLE_2),),
    "plain34": (Error(28.54, TEN_CROP, _TABLE_2),),
    "resnet18": (Error(27.88, TEN_CROP, _TABLE_2, _A), Error(30.24, SINGLE_CROP, _TORCHVISION, _B)),
    "resnet34": (
        Error(25.03, TEN_CROP, _TABLE_3, _A),
        Error(24.52, TEN_CROP, _TABLE_3, _B),
        Error(24.19, TEN_CROP, _TABLE_3, _C),
        Error(26.70, SINGLE_CROP, _TORCHVISION, _B),
    ),
    "resnet50": (Error(22.85, TEN_CROP, _TABLE_3, _FIRST), Error(23.85, SINGLE_CROP, _TORCHVISION, _MIDDLE)),
    "resnet101": (Error(21.75, TEN_CROP, _TABLE_3, _FIRST), Error(22.63, SINGLE_CROP, _TORCHVISION, _MIDDLE)),
    "resnet152": (Error(21.43, TEN_CROP, _TABLE_3, _FIRST), Error(21.69, SINGLE_CROP, _TORCHVISION, _MIDDLE)),
    "wide_resnet50_2": (Error(21.9, SINGLE_CROP, _WIDE, _B),),
    "resnext50_32x4d": (Error(22.2, SINGLE_CROP, _RESNEXT, _B),),
    "resnext101_32x8d": (
        Error(20.69, SINGLE_CROP, "torchvision, ResNeXt101_32X8D_Weights.IMAGENET1K_V1, accuracy 79.312 %", _MIDDLE),
    ),
    "densenet121": (Error(25.0, SINGLE_CROP, _DENSE), Error(25.35, SINGLE_CROP, _TORCHVISION)),
    "densenet161": (Error(22.2, SINGLE_CROP, _DENSE), Error(22.35, SINGLE_CROP, _TORCHVISION)),
    "densenet169": (Error(23.6, SINGLE_CROP, _DENSE), Error(24.00, SINGLE_CROP, _TORCHVISION)),
    "densenet201": (Error(22.5, SINGLE_CROP, _DENSE), Error(22.80, SINGLE_CROP, _TORCHVISION)),
    "resnet20": (Error(8.75, CIFAR, _TABLE_6, _A),),
    "resnet32": (Error(7.51, CIFAR, _TABLE_6, _A),),
    "resnet44": (Error(7.17, CIFAR, _TABLE_6, _A),),
    "resnet56": (Error(6.97, CIFAR, _TABLE_6, _A),),
    "resnet110": (Error(6.43, CIFAR, _TABLE_6, _A, "best of five; 6.61 ± 0.16"),),
    "resnet1202": (Error(7.93, CIFAR, _TABLE_6, _A),),
    "preact164": (Error(5.46, CIFAR, _IDENTITY),),
    "preact1001": (Error(4.92, CIFAR, _IDENTITY),),
    "wrn28_10": (Error(4.00, CIFAR, _WIDE, note="without dropout, median of 5"),),
    "densenet_bc100": (Error(4.51, CIFAR, _DENSE),),
}
