"""A published network with weights from a file is the network of its PyTorch text, forward and back."""

import re
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from app.analyses.published_weights import MEAN, STD, Passed, PublishedNetwork, passed, standardised
from app.catalog.pipeline import PIPELINES
from app.errors import DataUnavailable
from tests.unit.catalog.test_weights import BLOCKS
from tests.unit.catalog.weights_files import save, torchvision_names, trained

LARGE = ("resnet101", "resnet152", "resnext101_32x8d")


def pair(name: str) -> tuple[nn.Module, PublishedNetwork]:
    """The module of a network's text and the network, with the same weights, in double precision."""
    module = trained(PIPELINES[name]).double()
    return module, PublishedNetwork(PIPELINES[name], torchvision_names(module, BLOCKS[name]))


def image(side: int, images: int = 1) -> Tensor:
    return torch.randn(images, 3, side, side, generator=torch.Generator().manual_seed(3)).double()


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in LARGE else name for name in PIPELINES]
)
def test_its_logits_are_those_of_the_text(name: str) -> None:
    module, network = pair(name)
    x = image(64, 2)
    with torch.no_grad():
        own, found = module(x), network.forward(x)
    assert float((own - found).abs().max()) <= 1e-10 * float(own.abs().max())
    assert float(own.std()) > 0


def test_a_file_in_single_precision_gives_the_texts_logits_in_single_precision(tmp_path: Path) -> None:
    module = trained(PIPELINES["resnet18"])
    file = save(tmp_path / "w.safetensors", torchvision_names(module, BLOCKS["resnet18"]))
    network = PublishedNetwork.load(PIPELINES["resnet18"], file)
    x = image(224).float()
    with torch.no_grad():
        own, found = module(x), network.forward(x)
    assert found.dtype == torch.float32
    assert float((own - found).abs().max()) <= 1e-5 * float(own.abs().max())
    assert float((own - passed(network, x, None).states[-1].flatten()).abs().max()) <= 1e-6 * float(own.abs().max())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_file_of_half_the_size_is_computed_in_single_precision(tmp_path: Path, dtype: torch.dtype) -> None:
    module = trained(PIPELINES["resnet18"])
    weights = torchvision_names(module, BLOCKS["resnet18"])
    halved = {name: t.to(dtype) if t.is_floating_point() else t for name, t in weights.items()}
    network = PublishedNetwork.load(PIPELINES["resnet18"], save(tmp_path / "w.safetensors", halved))
    for tensor in module.state_dict().values():
        tensor.copy_(tensor.to(dtype))
    x = image(64).float()
    with torch.no_grad():
        own = module(x)
        assert float((own - network.forward(x)).abs().max()) <= 1e-5 * float(own.abs().max())


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "resnext50_32x4d"])
@pytest.mark.parametrize("target", [None, 7])
def test_states_and_gradients_are_those_of_autograd(name: str, target: int | None) -> None:
    module, network = pair(name)
    way = passed(network, image(64), target)
    kept: list[Tensor] = [image(64).requires_grad_()]
    stem, *blocks, pool, flat, last = module.children()
    assert isinstance(stem, nn.Sequential)
    kept.append(stem[:3](kept[0]))
    kept.append(stem[3](kept[1]))
    for block in blocks:
        kept.append(block(kept[-1]))
    kept.append(flat(pool(kept[-1])))
    kept.append(last(kept[-1]))
    for state in kept[1:]:
        state.retain_grad()
    asked = int(kept[-1].argmax()) if target is None else target
    loss = F.cross_entropy(kept[-1], torch.tensor([asked]))
    loss.backward()
    assert way.target == asked and way.loss == pytest.approx(float(loss.detach()), rel=1e-12)
    assert len(kept) == len(way.states) == len(way.gradients) == len(blocks) + 5
    for own, state, gradient in zip(kept, way.states, way.gradients, strict=True):
        close(state, own)
        assert own.grad is not None
        close(gradient, own.grad)
    check_halves(way, blocks, kept[2:])


def check_halves(way: Passed, blocks: list[nn.Module], states: list[Tensor]) -> None:
    """F(x) and s(x), and Fᵀg and Sᵀg by a pass through each alone."""
    halves = [one for one in way.halves if one]
    assert len(halves) == len(blocks)
    for block, half, x, y in zip(blocks, halves, states, states[1:], strict=False):
        before = x.detach().requires_grad_()
        assert y.grad is not None
        behind = y.grad * (y > 0)
        for part, value, gradient in (
            (block.F, half.through, half.gradient_through),
            (block.s, half.past, half.gradient_past),
        ):
            assert isinstance(part, nn.Module)
            given = part(before)
            close(value, given)
            close(gradient, torch.autograd.grad(given, before, behind)[0])
        close(half.reads, x)
        assert x.grad is not None
        close(half.gradient_through + half.gradient_past, x.grad)


def close(found: Tensor, own: Tensor) -> None:
    assert found.ndim == 3 and not found.requires_grad
    own = own.detach()[0].reshape(found.shape)
    assert float((found - own).abs().max()) <= 1e-10 * max(float(own.abs().max()), 1e-300)


def test_pixels_are_standardised_as_torchvision_does() -> None:
    pixels = torch.tensor([0, 255, 128, 1], dtype=torch.uint8).view(1, 2, 2).expand(3, 2, 2).clone()
    found = standardised(pixels)
    assert found.shape == (1, 3, 2, 2) and found.dtype == torch.float32
    for channel in range(3):
        assert found[0, channel, 0, 0] == pytest.approx(-MEAN[channel] / STD[channel], rel=1e-6)
        assert found[0, channel, 0, 1] == pytest.approx((1 - MEAN[channel]) / STD[channel], rel=1e-6)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("layer2.0.downsample.0.weight", float("nan"), "layer2.0.downsample.0.weight has numbers that are not finite"),
        ("fc.bias", float("-inf"), "fc.bias has numbers that are not finite"),
        ("layer3.1.bn2.running_var", -1.0, "layer3.1.bn2.running_var has variances below 0"),
    ],
)
def test_weights_that_cannot_be_computed_with_are_named(tmp_path: Path, name: str, value: float, words: str) -> None:
    weights = torchvision_names(trained(PIPELINES["resnet18"]), BLOCKS["resnet18"])
    weights[name].view(-1)[-1] = value
    file = save(tmp_path / "w.safetensors", weights)
    with pytest.raises(DataUnavailable, match=re.escape(f"w.safetensors: {words}")) as error:
        PublishedNetwork.load(PIPELINES["resnet18"], file)
    assert error.value.field == "file"


def test_a_file_that_changed_since_it_was_looked_at_is_refused(tmp_path: Path) -> None:
    weights = torchvision_names(trained(PIPELINES["resnet18"]), BLOCKS["resnet18"])
    file = save(tmp_path / "w.safetensors", weights)
    with pytest.raises(DataUnavailable, match=r"w\.safetensors"):
        PublishedNetwork.load(PIPELINES["resnet34"], file)
    save(file, weights | {"fc.weight": torch.zeros(10, 512)})
    with pytest.raises(DataUnavailable, match=r"fc\.weight does not have the shape"):
        PublishedNetwork.load(PIPELINES["resnet18"], file)
    with file.open("r+b") as opened:
        opened.truncate(10**6)
    with pytest.raises(DataUnavailable, match=r"w\.safetensors cannot be read"):
        PublishedNetwork.load(PIPELINES["resnet18"], file)
    file.unlink()
    with pytest.raises(DataUnavailable, match=r"w\.safetensors cannot be read"):
        PublishedNetwork.load(PIPELINES["resnet18"], file)
