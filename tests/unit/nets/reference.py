"""Ordinary ``torch.nn`` networks, written from the papers without the stack: the oracle for it."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from app.nets.stack import NetworkSpec, Stack
from app.nets.structure import Structure

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh}


def weight_layer(structure: Structure, normalised: bool, into: int, out: int, stride: int = 1) -> nn.Sequential:
    """Linear or 3×3 convolution, with batch norm and no bias, or with a bias."""
    if structure.convolutional:
        layer: nn.Module = nn.Conv2d(into, out, 3, stride, 1, bias=not normalised)
        norm: nn.Module = nn.BatchNorm2d(out)
    else:
        layer = nn.Linear(into, out, bias=not normalised)
        norm = nn.BatchNorm1d(out)
    return nn.Sequential(layer, norm) if normalised else nn.Sequential(layer)


class ReferenceBlock(nn.Module):
    """σ(F(x) + α s(x)); for a plain block the skip is not there at all."""

    def __init__(
        self,
        structure: Structure,
        spec: NetworkSpec,
        normalised: bool,
        activation: str,
        into: int,
        out: int,
        stride: int,
    ):
        super().__init__()
        self.first = weight_layer(structure, normalised, into, out, stride)
        self.second = weight_layer(structure, normalised, out, out)
        self.inner, self.outer = ACTIVATIONS[activation](), ACTIVATIONS[activation]()
        self.spec, self.into, self.out, self.stride = spec, into, out, stride

    def forward(self, x: Tensor) -> Tensor:
        f = self.second(self.inner(self.first(x)))
        if self.spec.connection == "plain":
            return self.outer(f)
        if self.stride != 1:
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.out - self.into))
        return self.outer(f + self.spec.skip_scale * x)


class ReferenceNetwork(nn.Module):
    """One network of a stack, as anyone would write it in PyTorch."""

    def __init__(self, structure: Structure, spec: NetworkSpec, normalised: bool, activation: str):
        super().__init__()
        self.structure = structure
        self.stem = weight_layer(structure, normalised, structure.inputs, structure.stages[0].into)
        self.activation = ACTIVATIONS[activation]()
        blocks = []
        for stage in structure.stages:
            for i in range(structure.blocks_a_stage(spec.depth)):
                into, stride = (stage.into, stage.stride) if i == 0 else (stage.out, 1)
                blocks.append(ReferenceBlock(structure, spec, normalised, activation, into, stage.out, stride))
        self.blocks = nn.ModuleList(blocks)
        self.head = nn.Linear(structure.stages[-1].out, structure.classes)

    def forward(self, x: Tensor) -> Tensor:
        if not self.structure.convolutional:
            x = x.flatten(1)
        h = self.activation(self.stem(x))
        for block in self.blocks:
            h = block(h)
        if self.structure.convolutional:
            h = F.adaptive_avg_pool2d(h, 1).flatten(1)
        return self.head(h)

    def weight_layers(self) -> list[Any]:
        """All weight layers but the last, input side first."""
        return [self.stem, *(layer for block in self.blocks for layer in (block.first, block.second))]


def reference_of(stack: Stack, network: int, activation: str) -> ReferenceNetwork:
    """The ordinary network with the weights that network ``network`` of the stack has now."""
    reference = ReferenceNetwork(stack.structure, stack.specs[network], stack.normalised, activation).to(stack.dtype)
    mine = [layer for layer in stack.layers() if network < layer.k]
    theirs = reference.weight_layers()
    assert len(mine) == len(theirs)
    with torch.no_grad():
        for layer, module in zip(mine, theirs, strict=True):
            module[0].weight.copy_(layer.weight.value.view(layer.k, *layer.row)[network])
            if layer.bias:
                module[0].bias.copy_(layer.bias.value[network])
            if layer.gain:
                module[1].weight.copy_(layer.gain.value.view(layer.k, -1)[network])
                module[1].bias.copy_(layer.shift.value.view(layer.k, -1)[network])
                module[1].running_mean.copy_(layer.running.mean.view(layer.k, -1)[network])
                module[1].running_var.copy_(layer.running.var.view(layer.k, -1)[network])
        reference.head.weight.copy_(stack.head.value[network])
        reference.head.bias.copy_(stack.head_bias.value[network, :, 0])
    return reference


def parameters_of(stack: Stack, network: int, flat: str = "data") -> list[Tensor]:
    """The stack's parameters (or with ``flat='grad'`` gradients) of one network, ordered as the reference's."""
    found: dict[tuple[int, int], Tensor] = {}
    order = {"weight": 0, "head": 0, "bias": 1, "head_bias": 1, "gain": 1, "shift": 2}
    for name, group in stack.parameters.groups.items():
        rows = getattr(group, flat)
        for row, (owner, layer) in enumerate(zip(group.networks, group.layers, strict=True)):
            if owner == network:
                found[layer, order[name.split("/")[0]]] = rows[row]
    return [found[key] for key in sorted(found)]
