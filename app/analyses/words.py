"""How sentences and tables of several analyses name an arm and write shares and numbers."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from app.contract.experiment import Cell, Experiment

#: a gradient that changes by no more than this factor keeps its size; arms differ only by more
SAME = 2.0
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def name_of(experiment: Experiment, cell: Cell) -> str:
    """``residual-32``, in fair mode with the rate that it was trained at, as the status line has it."""
    name = f"{experiment.arm_names()[cell.arm]}-{cell.layers}"
    return f"{name} at rate {cell.learning_rate:g}" if experiment.learning_rates else name


class _Entry(Protocol):
    """One arm's part of a finding."""

    @property
    def arm(self) -> int: ...
    @property
    def layers(self) -> int: ...


def arm_name(experiment: Experiment, entry: _Entry) -> str:
    """``residual-32`` for one arm's part of a finding."""
    return f"{experiment.arm_names()[entry.arm]}-{entry.layers}"


def share(x: float, digits: int = 0) -> str:
    """A part of one as the status line writes it: ``38 %``; never 0 or 100 for what is neither."""
    least = 10.0**-digits
    if x > 0 and 100 * x < least / 2:
        return f"under {least:g} %"
    if x < 1 and 100 * (1 - x) < least / 2:
        return f"over {100 - least:g} %"
    return f"{100 * x:.{digits}f} %"


def percent(x: float) -> str:
    """A share that may be negative or over 1, with a minus sign: ``−3 %``."""
    return f"{100 * x:.0f} %".replace("-0 ", "0 ").replace("-", "−")


def seeds_of(values: ArrayLike, written: Callable[[float], str]) -> str:
    """The range over the seeds: ``5.1 to 6.3 over 3 seeds``, or ``one seed``. ``written`` turns a number into text."""
    numbers = np.ravel(values)
    if numbers.size < 2:
        return "one seed"
    return f"{written(numbers.min())} to {written(numbers.max())} over {numbers.size} seeds"


def signed(x: float) -> str:
    """Two digits after the point, with a minus sign."""
    return f"{round(x, 2) + 0.0:.2f}".replace("-", "−")


def number(x: float) -> str:
    """A finite number ≥ 0 for a sentence: three digits, or a power of ten where it is large."""
    if x < 1e5:
        return f"{x:,.0f}" if x >= 999.5 else f"{x:.3g}"
    return power_of_ten(x, 0)


def changed(ratio: float) -> str:
    """What a gradient does that becomes so many times as large: ``grows 310×``, ``keeps its size (1.2×)``."""
    if 1 / SAME <= ratio <= SAME:
        return f"keeps its size ({times(ratio)})"
    return f"grows {times(ratio)}" if ratio > 1 else f"shrinks {times(1 / ratio)}"


def times(factor: float) -> str:
    """``0.83×``, ``3.2×``, ``310×`` or ``2.6·10⁴×``."""
    if factor and not 0.01 <= factor < 10_000:
        return f"{power_of_ten(factor, 1)}×"
    return f"{factor:{'.2f' if factor < 1 else '.1f' if factor < 10 else '.0f'}}×"


def power_of_ten(x: float, digits: int) -> str:
    """``2.6·10⁴``, with so many digits after the point."""
    mantissa, exponent = f"{x:.{digits}e}".split("e")
    return f"{mantissa}·10{str(int(exponent)).translate(SUPERSCRIPTS)}"
