"""Augmentation of images: zero padding, a random crop, a random mirror image (He et al. 2015, section 4.2)."""

import torch
import torch.nn.functional as F
from torch import Tensor


def augmented(x: Tensor, generator: torch.Generator) -> Tensor:
    """Each image of a batch [batch, C, H, W] shifted and, half of the time, mirrored.

    Padding is 4 pixels for images of 28 or more, as in the paper, else 2. Every network of a seed sees the
    same images. ``generator`` is on the CPU; the same numbers on every device.
    """
    batch, _, height, width = x.shape
    pad = 4 if height >= 28 else 2
    padded = F.pad(x, (pad, pad, pad, pad))
    down = torch.randint(0, 2 * pad + 1, (batch, 1), generator=generator)
    right = torch.randint(0, 2 * pad + 1, (batch, 1), generator=generator)
    mirror = torch.rand(batch, 1, generator=generator) < 0.5
    rows = down + torch.arange(height)
    columns = right + torch.arange(width)
    columns = torch.where(mirror, columns.flip(1), columns)
    images = torch.arange(batch)
    index = (images[:, None, None], slice(None), rows[:, :, None], columns[:, None, :])
    # advanced indices around a slice put their axes first: [batch, H, W, C]
    cropped: Tensor = padded[tuple(part.to(x.device) if isinstance(part, Tensor) else part for part in index)]
    return cropped.permute(0, 3, 1, 2).contiguous()
