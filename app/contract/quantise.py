"""Gradient magnitudes as text: two characters each on a logarithmic scale.

A frame of the default sweep carries 248 layers × 2 gradients. As JSON numbers that is 4 kB, as 12-bit
logarithms in two base-64 characters it is 1 kB. The range is 1e-24 to 1e12; the step is a factor 1.0205, so the
relative error is at most 1.03 %.

Code 0 is zero exactly, 1 under the range, 4094 over it, 4095 not finite; 2 … 4093 are ``LOWEST * STEP**(code-2)``. What
is under or over the range is decoded as one step outside of it (``UNDER``, ``OVER``) and shown as "under 1e-24" or
"over 1e12": the number itself is in the store and in exports.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
LOWEST = 1e-24
HIGHEST = 1e12
LEVELS = 4092
STEP = (HIGHEST / LOWEST) ** (1 / (LEVELS - 1))
CODE_UNDER, CODE_LOWEST, CODE_HIGHEST, CODE_OVER, NOT_FINITE = 1, 2, 4093, 4094, 4095
UNDER, OVER = LOWEST / STEP, HIGHEST * STEP

_CHARS = np.frombuffer(ALPHABET.encode(), dtype=np.uint8)
_VALUES = np.full(256, 255, dtype=np.uint8)
_VALUES[_CHARS] = np.arange(64)


def encode(values: ArrayLike) -> str:
    """Magnitudes (≥ 0, any shape, read in order) as two characters each."""
    x = np.asarray(values, dtype=np.float64).ravel()
    inside = (x >= LOWEST) & (x <= HIGHEST)
    codes = np.rint(np.log(np.where(inside, x, 1.0) / LOWEST) / np.log(STEP)) + CODE_LOWEST
    outside = [x == 0, ~np.isfinite(x), x < LOWEST, x > HIGHEST]
    codes = np.select(outside, [0, NOT_FINITE, CODE_UNDER, CODE_OVER], codes).astype(np.uint16)
    return _CHARS[np.stack([codes >> 6, codes & 63], axis=-1)].tobytes().decode()


def decode(text: str) -> NDArray[np.float64]:
    """The magnitudes that ``encode`` wrote, within 1.03 %; ``UNDER`` or ``OVER`` where one was outside the range, NaN
    where it was not finite."""
    pairs = _VALUES[np.frombuffer(text.encode(), dtype=np.uint8)].reshape(-1, 2).astype(np.int64)
    codes = pairs[:, 0] << 6 | pairs[:, 1]
    values: NDArray[np.float64] = LOWEST * STEP ** (codes - float(CODE_LOWEST))
    values[codes == 0] = 0.0
    values[codes == NOT_FINITE] = np.nan
    return values
