"""A ResNet of the catalogue with weights from a file, at evaluation, and the way of an image through it and back.

Every layer is computed as the catalogue describes it, by PyTorch's functions, so it is the network of whoever trained
the weights. Each block reads two copies of its input, one for F and one for the skip; so the gradient arrives there in
two parts, which add up to that of the input.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from torch import Tensor

from app.catalog.layer import Layer
from app.catalog.network import Network
from app.catalog.pipeline import Section, sections
from app.catalog.weights import modules, tensors
from app.errors import DataUnavailable

#: of the pixels of ImageNet, a channel each: torchvision, ``transforms._presets.ImageClassification``
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class PublishedNetwork:
    """The network at evaluation.

    Args:
        network: one that has a trace.
        weights: by name, as ``app.catalog.weights.tensors`` has them.
    """

    def __init__(self, network: Network, weights: Mapping[str, Tensor]) -> None:
        self.network = network
        self.sections: list[Section] = sections(network.unroll())
        self._modules, self._weights = modules(network), weights

    @classmethod
    def load(cls, network: Network, file: Path) -> "PublishedNetwork":
        """With the weights of a file, in float32. Raises DataUnavailable, naming what is wrong with them."""
        try:
            with safe_open(file, framework="pt") as opened:
                found = {name: opened.get_tensor(name).float() for name in tensors(network)}
        except (OSError, SafetensorError) as error:
            raise DataUnavailable(f"{file.name} cannot be read: {error}", "file") from error
        for name, shape in tensors(network).items():
            if found[name].shape != shape:
                raise DataUnavailable(f"{file.name}: {name} does not have the shape {shape}", "file")
            if not found[name].isfinite().all():
                raise DataUnavailable(f"{file.name}: {name} has numbers that are not finite", "file")
            if name.endswith("running_var") and found[name].lt(0).any():
                raise DataUnavailable(f"{file.name}: {name} has variances below 0", "file")
        return cls(network, found)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [images, classes] of standardised images [images, 3, side, side]."""
        for section in self.sections:
            x = self.join(*self.parts(section, x, x)) if section.block else self.run(section.layers, x)
        return x

    def parts(self, section: Section, x: Tensor, same: Tensor) -> tuple[Tensor, Tensor]:
        """F(x) and s(x) of a block; ``same``: x again, for the skip."""
        return self.run(section.branch, x), self.run(section.shortcut, same)

    @staticmethod
    def join(through: Tensor, past: Tensor) -> Tensor:
        """y = relu(F(x) + s(x))."""
        return torch.relu(through + past)

    def run(self, layers: Iterable[Layer], x: Tensor) -> Tensor:
        """Layers one after the other."""
        for layer in layers:
            x = self._layer(layer, x)
        return x

    def _layer(self, layer: Layer, x: Tensor) -> Tensor:
        match layer.kind:
            case "conv":
                padding = layer.kernel // 2
                return F.conv2d(x, self._of(layer, "weight"), None, layer.stride, padding, groups=layer.groups)
            case "norm":
                mean, var = self._of(layer, "running_mean"), self._of(layer, "running_var")
                return F.batch_norm(x, mean, var, self._of(layer, "weight"), self._of(layer, "bias"))
            case "activation":
                return torch.relu(x)
            case "max pool":
                return F.max_pool2d(x, layer.kernel, layer.stride, layer.kernel // 2)
            case "global pool":
                return x.mean((2, 3))
            case "linear":
                return F.linear(x, self._of(layer, "weight"), self._of(layer, "bias"))
        raise AssertionError(f"no {layer.kind} in a ResNet")

    def _of(self, layer: Layer, name: str) -> Tensor:
        return self._weights[f"{self._modules[layer.number]}.{name}"]


@dataclass(frozen=True, slots=True)
class Halves:
    """Of a block: its input x, what meets at its ⊕, F(x) and s(x), and the two parts of the gradient at x."""

    reads: Tensor
    through: Tensor
    past: Tensor
    gradient_through: Tensor
    gradient_past: Tensor


@dataclass(frozen=True, slots=True)
class Passed:
    """One image's way. All tensors are of one example; channels of fully connected layers are 1×1.

    Attributes:
        states: the standardised image, and what every section gives; the last one are the logits.
        gradients: ∂L/∂ of each of them.
        halves: of each section; None outside of blocks.
        target, loss: class of the loss, and −log softmax(logits)[target].
    """

    states: list[Tensor]
    gradients: list[Tensor]
    halves: list[Halves | None]
    target: int
    loss: float


def standardised(pixels: Tensor) -> Tensor:
    """What the network reads, [1, 3, side, side], of bytes [3, side, side]: (x/255 − mean)/std in each channel."""
    mean, std = (torch.tensor(of).view(1, 3, 1, 1) for of in (MEAN, STD))
    return (pixels.float() / 255 - mean) / std


def passed(network: PublishedNetwork, image: Tensor, target: int | None) -> Passed:
    """Pass an image forward, and the loss of a class back.

    Args:
        image: [1, 3, side, side], standardised.
        target: class of the loss; None: the network's own answer.
    """
    states, copies, joined = [image.detach().requires_grad_()], [], []
    for section in network.sections:
        x = states[-1]
        if section.block is None:
            states.append(network.run(section.layers, x))
            continue
        a, b = x.view_as(x), x.view_as(x)
        through, past = network.parts(section, a, b)
        states.append(network.join(through, past))
        copies += [a, b]
        joined.append((x, through, past))
    scores = states[-1][0]
    target = int(scores.argmax()) if target is None else target
    loss = -F.log_softmax(scores, 0)[target]
    back = [_one(gradient) for gradient in torch.autograd.grad(loss, [*states, *copies])]
    split = back[len(states) :]
    blocks = iter(Halves(*map(_one, met), *parts) for met, *parts in zip(joined, split[::2], split[1::2], strict=True))
    halves = [next(blocks) if section.block else None for section in network.sections]
    return Passed([_one(x) for x in states], back[: len(states)], halves, target, loss.item() + 0.0)  # no −0


def _one(x: Tensor) -> Tensor:
    """[channels, height, width] of a batch of one."""
    x = x.detach()[0]
    return x if x.ndim == 3 else x.view(-1, 1, 1)
