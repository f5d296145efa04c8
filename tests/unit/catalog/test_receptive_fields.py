"""Receptive fields are the pixels that a gradient reaches.

Thin copies of the networks, with weights that are all positive, so that nothing cancels and no ReLU is closed. A max
pool would hand its gradient to one pixel of its window, so a mean over the same window stands in for it.
"""

from dataclasses import replace

import pytest
import torch
from torch import nn

from app.catalog import find
from app.catalog.beyond import UNet
from app.catalog.network import Input, Network
from app.catalog.staged import Stage, Staged
from tests.unit.catalog.programs import built


def thin(name: str, stages: int = 4) -> Network:
    """The network with 2 or 4 channels where there are many, and its first stages only; any size fits."""
    network = find(name)
    body = network.body
    if isinstance(body, Staged):
        kept = tuple(
            Stage(min(stage.blocks, 2), 4 * 2**i, stage.stride) for i, stage in enumerate(body.stages[:stages])
        )
        settings = dict(body.settings)
        settings |= {"cardinality": 2} if "cardinality" in settings else {}
        settings |= {"growth": 4} if "growth" in settings else {}
        stem = replace(body.stem, width=4) if body.stem else None
        body = replace(body, stages=kept, stem=stem, settings=settings, hidden=())
    else:
        body = UNet((2, 2, 2), 2)
    return replace(network, body=body, input=Input(network.input.channels, 224, 1, 4096))


def positive(module: nn.Module) -> nn.Module:
    for child in module.modules():
        if isinstance(child, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.constant_(child.weight, 1 / (child.weight[0].numel()))
    return module.double()


def with_means(module: nn.Module) -> nn.Module:
    for name, child in module.named_children():
        if isinstance(child, nn.MaxPool2d):
            setattr(module, name, nn.AvgPool2d(child.kernel_size, child.stride, child.padding))
        else:
            with_means(child)
    return module


def support(image: torch.Tensor, features: torch.Tensor, phases: int) -> int:
    """Side of the square of pixels on which a feature near the middle depends, the largest of so many neighbours."""
    sides = []
    for middle in range(features.shape[-1] // 2, features.shape[-1] // 2 + phases):
        (gradient,) = torch.autograd.grad(features[0, 0, middle, middle], image, retain_graph=True)
        rows = gradient[0].abs().sum(0).sum(1).nonzero().flatten()
        assert rows[0] > 0 and rows[-1] < image.shape[-1] - 1, "the image is too small for it"
        sides.append(int(rows[-1] - rows[0]) + 1)
        assert len(rows) == sides[-1], "there is a gap"
    return max(sides)


@pytest.mark.parametrize(
    ("name", "choices", "side"),
    [
        ("resnet18", {}, 512),
        ("resnet18", {"shortcut": "A"}, 512),
        ("plain18", {}, 512),
        ("resnet50", {"stride_at": "1x1"}, 512),
        ("resnet50", {"stride_at": "3x3"}, 512),
        ("resnext50_32x4d", {}, 512),
        ("resnet20", {}, 96),
        ("preact164", {}, 96),
        ("wrn28_10", {}, 96),
        ("densenet121", {}, 512),
        ("densenet_bc100", {}, 96),
        ("vgg19", {}, 256),
        ("unet", {}, 140),
    ],
)
def test_every_convolution_sees_as_many_pixels_as_its_gradient_reaches(
    name: str, choices: dict[str, str], side: int
) -> None:
    network = thin(name).with_choices(choices)
    module = positive(with_means(built(network, side, device="cpu")))
    features: list[torch.Tensor] = []
    for child in module.modules():
        if isinstance(child, (nn.Conv2d, nn.ConvTranspose2d)):
            child.register_forward_hook(lambda _, __, out: features.append(out))
    image = torch.ones(1, network.input.channels, side, side, dtype=torch.float64, requires_grad=True)
    module(image)
    fields = [layer.receptive_field for layer in network.unroll(side).layers if layer.kind in ("conv", "up-conv")]
    phases = 4 if name == "unet" else 1  # it is doubled twice
    assert fields == [support(image, feature, phases) for feature in features]


@pytest.mark.parametrize(("name", "field"), [("plain34", 899), ("resnet34", 899), ("resnet18", 435), ("resnet50", 427)])
def test_skips_leave_the_largest_receptive_field_as_it_is(name: str, field: int) -> None:
    assert find(name).unroll().receptive_field == field


def test_a_classifier_and_attention_see_the_whole_input() -> None:
    assert find("resnet18").unroll().layers[-1].receptive_field is None
    attended = [layer.receptive_field for layer in find("transformer_pre").unroll().layers]
    assert attended[:4] == [1] * 4 and set(attended[4:]) == {None}
