"""Streams of random numbers: one generator a purpose, so nothing that is drawn depends on what else is drawn.

A seed is a whole repetition of an experiment. Every tensor of a network, the order of the batches, the augmentation
and the drop-path masks of stochastic depth have a stream of their own, named by the seed and by the purpose. So a
network draws the same numbers whoever trains beside it, and no two of its tensors repeat each other's.
"""

import zlib

import numpy as np
import torch


def stream(seed: int, purpose: str, *index: int) -> torch.Generator:
    """A generator on the CPU for one purpose of one seed.

    Args:
        seed: of the network.
        purpose: what is drawn, e.g. ``weight`` or ``batches``.
        index: which of several, e.g. the number of the layer.
    """
    sequence = np.random.SeedSequence((seed, zlib.crc32(purpose.encode()), *index))
    high, low = sequence.generate_state(2, np.uint32)
    return torch.Generator().manual_seed(int(high) << 31 | int(low) >> 1)
