"""Maps: some channels of a tensor of one example, a byte a number."""

import base64
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from app.contract.findings import rounded
from app.contract.trace import Maps

#: significant digits of a scale and a norm on the wire
DIGITS = 6


def most_active(values: Tensor, most: int) -> list[int]:
    """Channels of [channels, height, width] with the largest mean |value|, largest first; of equals the first."""
    activity = np.abs(_numbers(values)).mean((1, 2))
    order = np.argsort(-np.nan_to_num(activity), kind="stable")
    return [int(channel) for channel in order[:most]]


def maps_of(values: Tensor, channels: Sequence[int]) -> Maps:
    """These channels of [channels, height, width].

    What is not finite travels as the largest byte of its sign, what is no number as 0; scale and norm are NaN then.
    """
    numbers = _numbers(values)
    largest = float(np.abs(numbers).max(initial=0.0))
    finite = np.isfinite(largest)
    scale = rounded(largest, DIGITS) if finite else float("nan")
    shown = numbers[list(channels)]
    if finite:
        shares = shown / scale if scale else np.zeros_like(shown)
    else:
        shares = np.sign(np.nan_to_num(shown)) * np.isinf(shown)
    codes = np.rint(127 * shares).clip(-127, 127).astype(np.int8)
    _, height, width = numbers.shape
    return Maps(list(channels), height, width, scale, base64.b64encode(codes.tobytes()).decode(), norm_of(values))


def norm_of(values: Tensor) -> float:
    """‖·‖ in double precision: the square of 1e-24 is zero in single. NaN where something is not finite."""
    numbers = _numbers(values)
    norm = float(np.sqrt((numbers * numbers).sum()))
    return rounded(norm, DIGITS) if np.isfinite(norm) else float("nan")


def share_of(part: Tensor, whole: Tensor) -> float:
    """⟨part, whole⟩/‖whole‖²: shares of parts that add up to the whole add up to 1. NaN where the whole is zero."""
    one, all_of_it = _numbers(part).ravel(), _numbers(whole).ravel()
    square = float(all_of_it @ all_of_it)
    return float(one @ all_of_it) / square if square > 0 and np.isfinite(square) else float("nan")


def _numbers(values: Tensor) -> NDArray[np.float64]:
    numbers: NDArray[np.float64] = values.detach().cpu().numpy().astype(np.float64)
    return numbers
