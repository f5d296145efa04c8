"""The parameters of a stack in one flat buffer.

Parameters of one shape form a *group*: a matrix of rows, one row a layer of a network. Layers use views
of it, so the optimiser needs a handful of operations whatever the number of layers, a learning rate is a
column beside the rows, and the gradient norm of every layer is one reduction over the rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod

import torch
from torch import Tensor


@dataclass(slots=True)
class Slot:
    """Parameters of one layer for its k networks, once allocated ``value``: a leaf in the shape of use."""

    group: str
    start: int
    stop: int
    shape: tuple[int, ...]
    value: Tensor = field(default_factory=lambda: torch.empty(0))


@dataclass(slots=True)
class Group:
    """Rows of one kind and shape. ``data`` and ``grad`` are [rows, size] views of the flat buffers."""

    size: int
    networks: list[int] = field(default_factory=list)
    layers: list[int] = field(default_factory=list)
    data: Tensor = field(default_factory=lambda: torch.empty(0))
    grad: Tensor = field(default_factory=lambda: torch.empty(0))

    def rows_of(self, networks: Sequence[int]) -> Tensor:
        """Indices of the rows that belong to any of ``networks``."""
        wanted = set(networks)
        rows = [row for row, network in enumerate(self.networks) if network in wanted]
        return torch.tensor(rows, dtype=torch.long, device=self.data.device)


class Parameters:
    """All trained parameters of a stack. Declare every slot, then ``allocate`` once."""

    def __init__(self) -> None:
        self.groups: dict[str, Group] = {}
        self._slots: list[Slot] = []
        self.flat = torch.empty(0)
        self.flat_grad = torch.empty(0)
        self.leaves: list[Tensor] = []
        self._counts: list[tuple[Group, int]] = []

    def declare(
        self, kind: str, networks: Sequence[int], layers: Sequence[int], row: tuple[int, ...], shape: tuple[int, ...]
    ) -> Slot:
        """Reserve one row of shape ``row`` for each of ``networks``.

        Args:
            kind: what it is, e.g. ``weight``; rows of one kind and size share a group.
            networks: positions in the stack, a prefix 0 … k-1.
            layers: the layer number, from 1, of each of these networks.
            row: shape of one network's parameter.
            shape: shape in which the layer uses all k of them, e.g. (k, out, in) or (k·out, in, 3, 3).
        """
        size = prod(row)
        name = f"{kind}/{'x'.join(map(str, row))}"
        group = self.groups.setdefault(name, Group(size))
        slot = Slot(name, len(group.networks), len(group.networks) + len(networks), shape)
        group.networks.extend(networks)
        group.layers.extend(layers)
        self._slots.append(slot)
        return slot

    def allocate(self, dtype: torch.dtype, device: torch.device) -> None:
        """Lay all groups into one buffer of zeros and give every slot its view."""
        total = sum(len(group.networks) * group.size for group in self.groups.values())
        self.flat = torch.zeros(total, dtype=dtype, device=device)
        self.flat_grad = torch.zeros_like(self.flat)
        offset = 0
        for group in self.groups.values():
            length = len(group.networks) * group.size
            group.data = self.flat[offset : offset + length].view(-1, group.size)
            group.grad = self.flat_grad[offset : offset + length].view(-1, group.size)
            offset += length
        order = {name: index for index, name in enumerate(self.groups)}
        self._slots.sort(key=lambda slot: (order[slot.group], slot.start))
        for slot in self._slots:
            view = self.groups[slot.group].data[slot.start : slot.stop].view(slot.shape)
            slot.value = view.detach().requires_grad_()
        self.leaves = [slot.value for slot in self._slots]
        self._counts = [(group, sum(slot.group == name for slot in self._slots)) for name, group in self.groups.items()]

    def take_gradients(self, gradients: tuple[Tensor, ...]) -> None:
        """Copy the gradients of ``leaves``, in their order, into ``flat_grad``."""
        offset = 0
        for group, count in self._counts:
            part = gradients[offset : offset + count]
            torch.cat(part, out=group.grad.view(-1, *part[0].shape[1:]))
            offset += count
