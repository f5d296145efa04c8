"""A network in words: what a screen reader reads, what two networks differ in, how large numbers are written."""

from dataclasses import dataclass

from app.catalog.layer import Shape, Unrolled
from app.catalog.network import Network
from app.catalog.staged import Staged
from app.catalog.table import folds, table

SHORTCUTS = {
    "identity": "the identity",
    "padded": "the identity made to fit, without parameters (option A)",
    "projection": "projections, which have weights",
    "gated": "a share of x, which a gate leaves",
    "concatenated": "concatenation with what came before",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """What two networks differ in: its name, and what it is in either."""

    what: str
    one: str
    other: str


def number(value: int) -> str:
    """Three digits and a power, such as ``3.66 G``."""
    for power, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= power:
            short = f"{value / power:.3g}"
            return f"{f'{value / power:.0f}' if 'e' in short else short} {letter}"
    return str(value)


def shape(of: Shape) -> str:
    """Such as ``64×56×56``."""
    return "×".join(map(str, of))


def description(network: Network, unrolled: Unrolled) -> str:
    """The network as sentences, for those who do not see its picture."""
    read = unrolled.layers[0].reads
    sentences = [
        f"{network.label} ({network.paper}): {network.depth} layers as its paper counts.",
        f"It reads {shape(read)} and gives {shape(unrolled.output)}, with {unrolled.parameters:,} parameters and "
        f"{number(unrolled.multiply_adds)} multiply-adds.",
    ]
    for row in table(unrolled):
        parts = [("" if cell.blocks < 2 else f"{cell.blocks} blocks of ") + "; ".join(cell.lines) for cell in row.cells]
        name = f"The {row.name}" if row.name in ("classifier", "first layer") else row.name.capitalize()
        name = f"{row.stages} stages from {row.name} on each" if row.stages > 1 else name
        give = "give" if row.stages > 1 else "gives"
        sentences.append(f"{name} {give} {shape(row.output)}: {', then '.join(parts)}.")
    kinds = {fold.block.shortcut for fold in folds(unrolled)} | {skip.kind for skip in unrolled.skips}
    named = [words for kind, words in SHORTCUTS.items() if kind in kinds - {"none"}]
    sentences.append(f"Skips: {'; '.join(named) or 'none'}.")
    return " ".join(sentences)


def differences(one: Network, other: Network, sides: tuple[int | None, int | None] = (None, None)) -> list[Difference]:
    """What two networks differ in, each at its own input size or at those given."""
    left, right = facts(one, one.unroll(sides[0])), facts(other, other.unroll(sides[1]))
    names = [*left, *(name for name in right if name not in left)]
    pairs = ((name, left.get(name, "–"), right.get(name, "–")) for name in names)
    return [Difference(*pair) for pair in pairs if pair[1] != pair[2]]


def facts(network: Network, unrolled: Unrolled) -> dict[str, str]:
    """What can be compared, by name."""
    body = network.body
    made = {"paper": network.paper, "layers": str(network.depth), "input": shape(unrolled.layers[0].reads)}
    made["equation"] = network.equation
    if isinstance(body, Staged):
        made["block"] = body.connection.label
        made["blocks a stage"] = ", ".join(str(stage.blocks) for stage in body.stages)
        made["norm"] = "batch norm" if body.normalised else "none"
        made |= {
            setting.label.lower(): setting.choices[network.chosen[name]] for name, setting in network.choices.items()
        }
    for row in table(unrolled):
        cells = (f"[{'; '.join(cell.lines)}]" + (f" × {cell.blocks}" if cell.blocks else "") for cell in row.cells)
        times = f"{row.stages} × " if row.stages > 1 else ""
        made[row.name] = f"{times}{' '.join(cells)} → {shape(row.output)}"
    field = unrolled.receptive_field
    fitting = [error for error in network.errors if error.fits(network.chosen)]
    return made | {
        "parameters": f"{unrolled.parameters:,}",
        "multiply-adds": f"{unrolled.multiply_adds:,}",
        "activations": f"{unrolled.activations:,}",
        "memory of all activations": f"{number(unrolled.memory)}B",
        "parameters of shortcuts": f"{_on_shortcuts(unrolled):,}",
        "receptive field": "the whole input" if field is None else f"{field} pixels",
        **{f"error, {error.measure}": f"{error.percent:.2f} %" for error in reversed(fitting)},
    }


def _on_shortcuts(unrolled: Unrolled) -> int:
    return sum(layer.parameters for layer in unrolled.layers if layer.path == "shortcut")
