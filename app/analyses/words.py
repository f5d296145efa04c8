"""Words that several analyses need: what an arm is called, how shares and numbers are written."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from app.contract.experiment import Cell, Experiment

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def name_of(experiment: Experiment, cell: Cell) -> str:
    """``residual-32``, in fair mode with the rate that it was trained at, as the status line has it."""
    name = f"{experiment.arm_names()[cell.arm]}-{cell.layers}"
    return f"{name} at rate {cell.learning_rate:g}" if experiment.learning_rates else name


def share(x: float, digits: int = 0) -> str:
    """A part of one as the status line writes it: ``38 %``; never 0 or 100 for what is neither."""
    least = 10.0**-digits
    if x > 0 and 100 * x < least / 2:
        return f"under {least:g} %"
    if x < 1 and 100 * (1 - x) < least / 2:
        return f"over {100 - least:g} %"
    return f"{100 * x:.{digits}f} %"


def percent(x: float) -> str:
    """A share that may be negative or over 1, with a minus that is one: ``−3 %``."""
    return f"{100 * x:.0f} %".replace("-0 ", "0 ").replace("-", "−")


def seeds_of(values: ArrayLike, told: Callable[[float], str]) -> str:
    """Between what the seeds lie: ``5.1 to 6.3 over 3 seeds``, or ``one seed``."""
    numbers = np.ravel(values)
    return (
        f"{told(numbers.min())} to {told(numbers.max())} over {numbers.size} seeds" if numbers.size > 1 else "one seed"
    )


def signed(x: float) -> str:
    """Two digits, with a minus that is one."""
    return f"{round(x, 2) + 0.0:.2f}".replace("-", "−")


def number(x: float) -> str:
    """A finite number ≥ 0 for a sentence: three digits, or a power of ten where it is large."""
    if x < 1e5:
        return f"{x:,.0f}" if x >= 999.5 else f"{x:.3g}"
    mantissa, exponent = f"{x:.0e}".split("e")
    return f"{mantissa}·10{str(int(exponent)).translate(SUPERSCRIPTS)}"
