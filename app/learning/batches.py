"""Which examples a step sees."""

from collections.abc import Sequence

import torch
from torch import Tensor

from app.learning.augmentation import augmented
from app.nets.streams import stream


class Batches:
    """Batches without replacement, a new order each pass. Each seed has its own; all its networks read the same."""

    def __init__(self, size: int, batch_size: int, seeds: Sequence[int], *, augment: bool = False) -> None:
        self.size, self.batch_size, self.augment = size, min(batch_size, size), augment
        self._orders = [stream(seed, "batches") for seed in seeds]
        self._shifts = [stream(seed, "augmentation") for seed in seeds]
        self._order, self._place = torch.empty(len(seeds), 0, dtype=torch.long), 0

    def next(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """[seeds, batch, …] of the examples x and [seeds, batch] of their labels y."""
        if self._place + self.batch_size > self._order.shape[1]:
            self._order = torch.stack([torch.randperm(self.size, generator=order) for order in self._orders])
            self._place = 0
        rows = self._order[:, self._place : self._place + self.batch_size].to(x.device)
        self._place += self.batch_size
        images = x[rows]
        if self.augment:
            images = torch.stack(
                [augmented(own, shifts) for own, shifts in zip(images, self._shifts, strict=True)]
            )  # fmt: skip
        return images, y[rows]
