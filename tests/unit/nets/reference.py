"""Ordinary ``torch.nn`` networks, written from the papers without the stack: its oracle, and its rival in speed.

Each makes its modules in the order of its forward pass, so that the weights of a stacked network can be
copied over one by one; a difference in number or shape is an error.
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from app.nets.parameters import Slot
from app.nets.specs import NetworkSpec
from app.nets.stack import Stack
from app.nets.structure import Structure

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {"relu": torch.relu, "tanh": torch.tanh, "gelu": F.gelu}


class ReferenceNetwork(nn.Module):
    """One network of a stack, as anyone would write it in PyTorch."""

    def __init__(self, structure: Structure, spec: NetworkSpec) -> None:
        super().__init__()
        self.structure, self.spec, self.arm, self.conv = structure, spec, spec.arm, structure.convolutional
        self.σ = ACTIVATIONS[spec.arm.activation]
        self.weights, self.norms = nn.ModuleList(), nn.ModuleList()
        self.scales = nn.ParameterList()
        self.outputs: list[Tensor] = []
        self.uniform: list[float] = []
        self.watched = False
        pre = spec.arm.connection in ("preact", "wide", "dense")
        expansion = {"bottleneck": 4, "resnext": 4, "wide": spec.arm.widen}.get(spec.arm.connection, 1)
        expansion = expansion if self.conv else 1
        stages = structure.stages
        base = stages[0].width
        self.stem = self.weight(structure.inputs, base)
        self.stem_norm = nn.Identity() if pre else self.norm(base)
        self.blocks: list[Callable[[Tensor], Tensor]] = []
        width = base
        make = getattr(self, f"make_{spec.arm.connection}")
        connection = spec.arm.connection
        a_block = {"bottleneck": 3, "resnext": 3, "highway": 1, "dense": 1}.get(connection, 2)
        transitions = len(stages) - 1 if connection == "dense" else 0
        n = (spec.depth - 2 - transitions) // (a_block * len(stages))
        self.total = n * len(stages)
        for number, stage in enumerate(stages):
            for i in range(n):
                into, out = width, stage.width * expansion
                stride = stage.stride if i == 0 else 1
                block, width = make(into, out, stride, i)
                self.blocks.append(block)
            if connection == "dense" and number < transitions:
                block, width = self.make_transition(width)
                self.blocks.append(block)
        self.last_norm = self.norm(width) if pre else None
        self.head = nn.Linear(width, structure.classes)

    # parts

    def weight(
        self, into: int, out: int, kernel: int = 3, stride: int = 1, groups: int = 1, bias: bool | None = None
    ) -> nn.Module:
        bias = self.arm.normalisation == "none" if bias is None else bias
        made: nn.Module
        if self.conv:
            made = nn.Conv2d(into, out, kernel, stride, kernel // 2, groups=groups, bias=bias)
        elif groups > 1:
            made = BlockDiagonal(into, out, groups, bias)
        else:
            made = nn.Linear(into, out, bias=bias)
        self.weights.append(made)
        return made

    def norm(self, width: int) -> nn.Module:
        kind = self.arm.normalisation
        if kind == "none":
            return nn.Identity()
        if kind == "batch":
            made: nn.Module = nn.BatchNorm2d(width) if self.conv else nn.BatchNorm1d(width)
        else:
            made = nn.GroupNorm(1, width) if self.conv else nn.LayerNorm(width)
        self.norms.append(made)
        return made

    def pad(self, x: Tensor, out: int, stride: int) -> Tensor:
        if not self.conv:
            return x
        x = x[:, :, ::stride, ::stride]
        return F.pad(x, (0, 0, 0, 0, 0, out - x.shape[1]))

    def projects(self, into: int, out: int, stride: int) -> bool:
        option = "A" if self.arm.connection == "plain" else self.arm.shortcut
        return option == "C" or (option == "B" and (into != out or stride != 1))

    def shortcut(self, into: int, out: int, stride: int) -> Callable[[Tensor], Tensor]:
        if self.projects(into, out, stride):
            projection = self.weight(into, out, kernel=1, stride=stride)
            norm = self.norm(out)
            return lambda x: norm(projection(x))
        return lambda x: self.pad(x, out, stride)

    def keep(self, h: Tensor) -> Tensor:
        if self.watched:
            h.retain_grad()
            self.outputs.append(h)
        return h

    # blocks

    def two_layers(self, into: int, out: int, stride: int, inner: int | None = None) -> Callable[[Tensor], Tensor]:
        inner = inner or out
        w1, n1 = self.weight(into, inner, stride=stride), self.norm(inner)
        w2, n2 = self.weight(inner, out), self.norm(out)
        return lambda x: n2(w2(self.keep(self.σ(n1(w1(x))))))

    def make_plain(self, into: int, out: int, stride: int, i: int) -> Any:
        f = self.two_layers(into, out, stride)
        return (lambda x: self.keep(self.σ(f(x)))), out

    def make_residual(self, into: int, out: int, stride: int, i: int) -> Any:
        f, s = self.two_layers(into, out, stride), self.shortcut(into, out, stride)
        return (lambda x: self.keep(self.σ(f(x) + self.arm.skip_scale * s(x)))), out

    def make_wide(self, into: int, out: int, stride: int, i: int) -> Any:
        return self.make_preact(into, out, stride, i, out if self.conv else out * self.arm.widen)

    def make_skipinit(self, into: int, out: int, stride: int, i: int) -> Any:
        f, s = self.two_layers(into, out, stride), self.shortcut(into, out, stride)
        scale = nn.Parameter(torch.zeros(()))
        self.scales.append(scale)
        return (lambda x: self.keep(s(x) + scale * f(x))), out

    def make_stochastic(self, into: int, out: int, stride: int, i: int) -> Any:
        before = len(self.norms)
        f = self.two_layers(into, out, stride)
        norms: list[Any] = list(self.norms)[before:]
        s = self.shortcut(into, out, stride)
        number = len(self.blocks)
        p = 1 - (number + 1) / self.total * (1 - self.arm.survival)

        def block(x: Tensor) -> Tensor:
            if not self.training:
                return self.keep(self.σ(p * f(x) + s(x)))
            if self.uniform[number] < p:
                return self.keep(self.σ(f(x) + s(x)))
            for norm in norms:  # the branch is not computed: the momentum of its statistics is 0
                norm.momentum = 0.0
            y = self.keep(self.σ(0.0 * f(x) + s(x)))
            for norm in norms:
                norm.momentum = 0.1
            return y

        return block, out

    def make_preact(self, into: int, out: int, stride: int, i: int, inner: int | None = None) -> Any:
        inner = inner or out
        n1, w1 = self.norm(into), self.weight(into, inner, stride=stride)
        n2, w2 = self.norm(inner), self.weight(inner, out)
        projection = self.weight(into, out, kernel=1, stride=stride) if self.projects(into, out, stride) else None
        first = not self.blocks

        def block(x: Tensor) -> Tensor:
            a = self.σ(n1(x))
            s = projection(a) if projection is not None else self.pad(a if first else x, out, stride)
            return self.keep(self.arm.skip_scale * s + w2(self.σ(n2(self.keep(w1(a))))))

        return block, out

    def make_bottleneck(self, into: int, out: int, stride: int, i: int, middle: int = 4, groups: int = 1) -> Any:
        m = out // middle
        original = self.arm.stride_at == "1x1"
        w1, n1 = self.weight(into, m, kernel=1, stride=stride if original else 1), self.norm(m)
        w2, n2 = self.weight(m, m, stride=1 if original else stride, groups=groups), self.norm(m)
        w3, n3 = self.weight(m, out, kernel=1), self.norm(out)
        s = self.shortcut(into, out, stride)

        def block(x: Tensor) -> Tensor:
            f = self.keep(self.σ(n1(w1(x))))
            f = n3(w3(self.keep(self.σ(n2(w2(f))))))
            return self.keep(self.σ(f + self.arm.skip_scale * s(x)))

        return block, out

    def make_resnext(self, into: int, out: int, stride: int, i: int) -> Any:
        return self.make_bottleneck(into, out, stride, i, middle=2, groups=self.arm.cardinality)

    def make_highway(self, into: int, out: int, stride: int, i: int) -> Any:
        w, n = self.weight(into, out, stride=stride), self.norm(out)
        gate = self.weight(into, out, stride=stride, bias=True)

        def block(x: Tensor) -> Tensor:
            t = torch.sigmoid(gate(x))
            return self.keep(self.σ(n(w(x))) * t + self.pad(x, out, stride) * (1 - t))

        return block, out

    def make_dense(self, into: int, out: int, stride: int, i: int) -> Any:
        n, w = self.norm(into), self.weight(into, self.arm.growth)
        return (lambda x: torch.cat([x, self.keep(w(self.σ(n(x))))], dim=1)), into + self.arm.growth

    def make_transition(self, into: int) -> Any:
        out = int(into * self.arm.compression)
        n, w = self.norm(into), self.weight(into, out, kernel=1)

        def block(x: Tensor) -> Tensor:
            x = self.keep(w(self.σ(n(x))))
            return F.avg_pool2d(x, 2, ceil_mode=True)

        return block, out

    def forward(self, x: Tensor) -> Tensor:
        self.outputs = []
        h = self.stem_norm(self.stem(x if self.conv else x.flatten(1)))
        h = self.keep(h if self.last_norm is not None else self.σ(h))
        for block in self.blocks:
            h = block(h)
        if self.last_norm is not None:
            h = self.σ(self.last_norm(h))
        if self.conv:
            h = F.adaptive_avg_pool2d(h, 1).flatten(1)
        return self.keep(self.head(h))


class BlockDiagonal(nn.Module):
    """A linear layer of C separate paths, each reading and giving its own share of the units."""

    def __init__(self, into: int, out: int, groups: int, bias: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(out, into // groups))
        self.bias = nn.Parameter(torch.zeros(out)) if bias else None
        self.groups = groups

    def forward(self, x: Tensor) -> Tensor:
        rows, parts = self.weight.chunk(self.groups), x.chunk(self.groups, dim=1)
        y = torch.cat([part @ row.t() for row, part in zip(rows, parts, strict=True)], dim=1)
        return y if self.bias is None else y + self.bias


def row_of(stack: Stack, slot: Slot, network: int, buffer: str = "data") -> Tensor:
    """The parameter (or with ``buffer='grad'`` its gradient) of one network, flat."""
    rows: Tensor = getattr(stack.parameters.groups[slot.group], buffer)
    return rows[slot.start + network]


def pairs(stack: Stack, network: int, reference: ReferenceNetwork) -> list[tuple[Slot, nn.Parameter]]:
    """Every parameter of a stacked network beside the reference's."""
    found: list[tuple[Slot, Any]] = []
    theirs: Any
    module: Any
    weights = [weight for weight in stack.weights if network < weight.k]
    for mine, theirs in zip(weights, reference.weights, strict=True):
        assert mine.row == tuple(theirs.weight.shape), (mine.row, theirs.weight.shape)
        found.append((mine.value, theirs.weight))
        assert (mine.bias is None) == (theirs.bias is None)
        if mine.bias:
            found.append((mine.bias, theirs.bias))
    norms = [norm for norm in stack.norms if network < norm.k]
    for norm, module in zip(norms, reference.norms, strict=True):
        found += [(norm.gain, module.weight), (norm.shift, module.bias)]
    blocks: list[Any] = [
        block for blocks in stack.stages for block in blocks if network < block.k and hasattr(block, "scale")
    ]
    found += [(block.scale, scale) for block, scale in zip(blocks, reference.scales, strict=True)]
    return [*found, (stack.head, reference.head.weight), (stack.head_bias, reference.head.bias)]


def reference_of(stack: Stack, network: int) -> ReferenceNetwork:
    """The ordinary network with the weights that network ``network`` of the stack has now."""
    reference = ReferenceNetwork(stack.structure, stack.specs[network]).to(stack.dtype)
    with torch.no_grad():
        for slot, parameter in pairs(stack, network, reference):
            parameter.copy_(row_of(stack, slot, network).view(parameter.shape))
        module: Any
        norms = [norm for norm in stack.norms if network < norm.k]
        for norm, module in zip(norms, reference.norms, strict=True):
            if norm.kind == "batch":
                module.running_mean.copy_(norm.running.mean.view(norm.k, -1)[network])
                module.running_var.copy_(norm.running.var.view(norm.k, -1)[network])
    return reference
