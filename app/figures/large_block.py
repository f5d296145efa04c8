"""One block drawn large: its parts from left to right, as its equation has them, each with a name and words.

No coordinates: the page places the parts where its panel has room for them, and leaves them out where it has not.
"""

from typing import Any

from app.figures.anatomy import Anatomy
from app.figures.layers import Layer

#: what a join is called below its sign
JOINED = {"add": "sum", "gate": "gate", "concatenate": "join"}


def large_block(anatomy: Anatomy, layers: list[Layer]) -> dict[str, Any]:
    """The first block of a network, whose weight layers are ``layers``.

    Returns:
        ``parts``: of each its kind (which the page draws), name and words, from where x comes in to where y goes
        out. ``join``: index of the part that joins, None where there is none. ``skip``: name and words of what leads
        there past the other parts. ``gate``: name and words of what x decides by a gate. None where there is none.
    """
    words, record = anatomy.words, anatomy.record
    parts = [("x", "x", "x: what the block reads")]
    for index, layer in enumerate(layers):
        before, behind = anatomy.around(index)
        parts += _signs(anatomy, before)
        parts.append(("weights", "weights", f"weights of {layer.name}: {layer.kind}, {layer.reads} → {layer.gives}"))
        parts += _signs(anatomy, behind)
    if record.trained_scale:
        parts.append(("scale", f"× {record.trained_scale}", _of_the_first(words["scale"])))
    if record.drops:
        parts.append(
            ("drop", "drop", "in training the branch is left out at random; at test it counts by its probability")
        )
    join = len(parts) if anatomy.skips else None
    if anatomy.skips:
        parts.append((record.join, JOINED[record.join], _of_the_first(words["join"])))
        parts += _signs(anatomy, anatomy.behind)
    parts.append(("y", "y", "y: what the block gives"))
    return {
        "parts": parts,
        "join": join,
        "skip": _skip(anatomy) if anatomy.skips else None,
        "gate": ("T", _of_the_first(words["gate"])) if anatomy.gated else None,
    }


def _signs(anatomy: Anatomy, signs: str) -> list[tuple[str, str, str]]:
    """Norm and activation, in their order."""
    names = {"N": ("norm", "norm"), "σ": ("activation", "σ")}
    return [(*names[sign], anatomy.words[sign]) for sign in signs]


def _skip(anatomy: Anatomy) -> tuple[str, str]:
    if anatomy.gated:
        return "skip × (1 − T)", _of_the_first(anatomy.words["skip"])
    if anatomy.record.concatenates:
        return "skip: all before", anatomy.words["skip"]
    scale = anatomy.arm.skip_scale if anatomy.record.uses("skip_scale") else 1
    name = "projection" if anatomy.projects(False) else "skip"
    words = anatomy.words["projection" if anatomy.projects(False) else "skip"]
    return name + (f" × {scale:g}" if scale != 1 else ""), _of_the_first(words)


def _of_the_first(words: str) -> str:
    return words.format_map({"b": 1, "p": ""})
