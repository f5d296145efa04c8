"""The tensors that a file with weights of a ResNet has, named as torchvision and timm name them.

Names and shapes follow from the catalogue's layers; a file is checked against them tensor by tensor, by its header.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from math import prod
from pathlib import Path

from app.catalog.header import HEADER_BYTES, Entry, read_header
from app.catalog.layer import BYTES, Layer, Shape
from app.catalog.network import Network
from app.catalog.pipeline import PIPELINES, sections
from app.catalog.words import shape
from app.errors import Refused

#: types of numbers that are read; all are computed in float32
DTYPES = ("F32", "F16", "BF16")
#: ending of tensors that PyTorch's batch norms keep besides; evaluation does not use them
IGNORED = ".num_batches_tracked"
#: tensors that a sentence names of many
NAMED = 3


def modules(network: Network) -> dict[int, str]:
    """Number of a layer with weights → name of its module, such as ``layer2.0.conv1``."""
    names: dict[int, str] = {}
    blocks = Counter[int]()
    for section in sections(network.unroll()):
        if section.block is None:
            names |= _numbered(section.layers)
            continue
        stage = section.block.stage
        prefix = f"layer{stage}.{blocks[stage]}."
        blocks[stage] += 1
        names |= {layer: prefix + name for layer, name in _numbered(section.branch).items()}
        names |= {layer.number: f"{prefix}downsample.{place}" for place, layer in enumerate(section.shortcut)}
    return names


def _numbered(layers: Iterable[Layer]) -> dict[int, str]:
    """``conv1``, ``bn1``, ``conv2``, … each kind counted from 1, and ``fc``."""
    names, counts = {}, Counter[str]()
    for layer in layers:
        counts[layer.kind] += 1
        if layer.kind in ("conv", "norm"):
            names[layer.number] = f"{'bn' if layer.kind == 'norm' else 'conv'}{counts[layer.kind]}"
        elif layer.kind == "linear":
            names[layer.number] = "fc"
    return names


def tensors(network: Network) -> dict[str, Shape]:
    """Name → shape of every tensor that is needed."""
    named, layers = modules(network), network.unroll().layers
    return {f"{name}.{tensor}": size for number, name in named.items() for tensor, size in _tensors(layers[number - 1])}


def _tensors(layer: Layer) -> list[tuple[str, Shape]]:
    out = layer.gives[:1]
    if layer.kind == "norm":
        return [(name, out) for name in ("weight", "bias", "running_mean", "running_var")]
    if layer.kind == "linear":
        return [("weight", (*out, *layer.reads)), ("bias", out)]
    return [("weight", (*out, layer.reads[0] // layer.groups, layer.kernel, layer.kernel))]


def largest_file() -> int:
    """Bytes of the largest file that can fit: the largest network in float32, with the longest header."""
    return HEADER_BYTES + BYTES * max(sum(map(prod, needed.values())) for needed in _all().values())


@cache
def _all() -> dict[str, dict[str, Shape]]:
    return {name: tensors(network) for name, network in PIPELINES.items()}


def recognise(file: Path) -> str:
    """Name of the network whose weights a file has.

    Raises:
        Refused: the file is none, or it fits none; the message says what is wrong with it.
    """
    header = read_header(file, largest_file())
    header = {name: entry for name, entry in header.items() if not name.endswith(IGNORED)}
    nearest = max(_all(), key=lambda name: _alike(_all()[name], header))
    if problems := misfits(_all()[nearest], header):
        if not _alike(_all()[nearest], header):
            named = f", such as {_named(header)}" if header else ""
            raise Refused(f"none of its {len(header):,} tensors{named} belongs to a network that has a trace", "file")
        raise Refused(f"it is nearest to {PIPELINES[nearest].label}, but {'; '.join(problems)}", "file")
    return nearest


def _alike(needed: Mapping[str, Shape], header: Mapping[str, Entry]) -> int:
    return sum(name in header and header[name].shape == size for name, size in needed.items())


def misfits(needed: Mapping[str, Shape], header: Mapping[str, Entry]) -> list[str]:
    """What keeps a file from being the weights of a network, in clauses that name the first tensors of each kind."""
    missing = [name for name in needed if name not in header]
    over = [name for name in header if name not in needed]
    both = [name for name in needed if name in header]
    shaped = [
        f"{name} is {shape(header[name].shape) or 'one number'} and not {shape(needed[name])}"
        for name in both
        if header[name].shape != needed[name]
    ]
    typed = [f"{name} of type {header[name].dtype}" for name in both if header[name].dtype not in DTYPES]
    found = [
        (missing, "missing"),
        (over, "left over"),
        (shaped, "of another shape"),
        (typed, f"of numbers that are not {', '.join(DTYPES[:-1])} or {DTYPES[-1]}"),
    ]
    return [f"{_tensors_are(names)} {what}: {_named(names)}" for names, what in found if names]


def _tensors_are(names: list[str]) -> str:
    return "1 tensor is" if len(names) == 1 else f"{len(names):,} tensors are"


def _named(names: Iterable[str]) -> str:
    """The first of them; names in a file can be of any length."""
    all_of_them = list(names)
    rest = len(all_of_them) - NAMED
    return ", ".join(name[:80] for name in all_of_them[:NAMED]) + (f" and {rest:,} more" if rest > 0 else "")
