"""Numbers as a person says them."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from app.analyses.words import power_of_ten

#: more runs of layers than this are counted instead of listed
MOST_RUNS = 4


def percent(share: float) -> str:
    """0.914 → ``91 %``."""
    return f"{100 * share:.0f} %"


def points(gap: float) -> str:
    """0.81 → ``81 points``, 0.014 → ``1.4 points``: with a decimal where rounding would take half of it away."""
    number = 100 * gap
    text = f"{number:.0f}" if number >= 2.95 else f"{number:.1f}".removesuffix(".0")
    return f"{text} point{'' if text == '1' else 's'}"


def times(ratio: float) -> str:
    """How many times, as a person writes it: ``3.4×``, ``310×``, ``2.4·10⁸×``."""
    if ratio < 9.95:
        return f"{ratio:.1f}×"
    return f"{ratio:.0f}×" if ratio < 99_999.5 else f"{power_of_ten(ratio, 1)}×"


def short(number: float) -> str:
    """Two significant digits: ``0.0037``, ``2.3``, ``150``, ``1.6·10¹¹``."""
    return f"{float(f'{number:.2g}'):.6g}" if number == 0 or 1e-4 <= number < 99_500 else power_of_ten(number, 1)


def listed(things: Iterable[object]) -> str:
    """[4, 8, 16] → ``4, 8 and 16``."""
    words = [str(thing) for thing in things]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def named_layers(layers: Sequence[int], of: int) -> str:
    """Which layers, ascending, of how many: ``layer 3``, ``layers 2–99``, ``every second layer from 2 to 50``."""
    if len(layers) == of:
        return f"all {of} layers"
    if len(layers) > 2 and all(after - before == 2 for before, after in pairwise(layers)):
        return f"every second layer from {layers[0]} to {layers[-1]}"
    runs: list[list[int]] = []
    for layer in layers:
        if runs and layer == runs[-1][-1] + 1:
            runs[-1].append(layer)
        else:
            runs.append([layer])
    if len(runs) > MOST_RUNS:
        return f"{len(layers)} of the {of} layers"
    named = [str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs]
    return f"layer{'s' if len(layers) > 1 else ''} {listed(named)}"


def counted_seeds(used: int, trained: int) -> str:
    """On how many seeds a comparison rests: ``one seed``, ``3 seeds``, ``2 of 3 seeds``."""
    if used < trained:
        return f"{used} of {trained} seeds"
    return "one seed" if trained == 1 else f"{trained} seeds"
