"""Files of weights: under torchvision's names, which are spelled here once more, by hand."""

from collections.abc import Mapping
from pathlib import Path

import orjson
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from app.catalog.network import Network
from app.catalog.weights import tensors
from tests.unit.catalog.programs import built

#: type → bytes of a number
SIZES = {"F16": 2, "BF16": 2, "F32": 4, "F64": 8, "I64": 8}
#: module of a branch by its place in the text's ``F``: convolution, norm, activation, and again
INNER = {"0": "conv1", "1": "bn1", "3": "conv2", "4": "bn2", "6": "conv3", "7": "bn3"}


def raw(header: bytes, data: int = 0) -> bytes:
    """A file with this header and so many zeros."""
    return len(header).to_bytes(8, "little") + header + bytes(data)


def described(shapes: Mapping[str, tuple[int, ...]], dtype: str = "F16") -> tuple[dict[str, dict[str, object]], int]:
    """The header of tensors that lie one behind the other, and the bytes that they take."""
    header: dict[str, dict[str, object]] = {}
    end = 0
    for name, shape in shapes.items():
        first, end = end, end + SIZES[dtype] * torch.Size(shape).numel()
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [first, end]}
    return header, end


def empty_file(path: Path, shapes: Mapping[str, tuple[int, ...]], dtype: str = "F16") -> Path:
    """A file of tensors that are all zero and take no room on the disk."""
    header, size = described(shapes, dtype)
    start = raw(orjson.dumps(header))
    with path.open("wb") as file:
        file.write(start)
        file.truncate(len(start) + size)
    return path


def zeros_of(path: Path, network: Network, dtype: str = "F16") -> Path:
    """The same with the tensors of a network."""
    return empty_file(path, tensors(network), dtype)


def trained(network: Network, seed: int = 0) -> nn.Module:
    """The ``nn.Module`` of the network's text, with norms that have seen data; every tensor is different."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        module = built(network, device="cpu")
        for name, tensor in module.state_dict().items():
            if name.endswith(("running_var", ".1.weight", ".4.weight", ".7.weight")) and tensor.ndim == 1:
                tensor.uniform_(0.5, 1.5)
            elif tensor.ndim == 1 and tensor.is_floating_point():
                tensor.normal_(0, 0.2)
    return module


def torchvision_names(module: nn.Module, blocks: tuple[int, ...]) -> dict[str, Tensor]:
    """The tensors of a module under the names that torchvision gives them; ``blocks`` of each stage."""
    renamed = {}
    places = [f"layer{stage}.{i}" for stage, count in enumerate(blocks, 1) for i in range(count)]
    for name, tensor in module.state_dict().items():
        place, *inner = name.split(".")
        number = int(place)
        if number == 0:
            new = {"0": "conv1", "1": "bn1"}[inner[0]]
        elif number > len(places):
            new = "fc"
        elif inner[0] == "F":
            new = f"{places[number - 1]}.{INNER[inner[1]]}"
        else:
            new = f"{places[number - 1]}.downsample.{inner[1]}"
        renamed[f"{new}.{inner[-1]}"] = tensor
    return renamed


def save(path: Path, weights: Mapping[str, Tensor]) -> Path:
    """A safetensors file of them."""
    save_file({name: tensor.contiguous() for name, tensor in weights.items()}, path)
    return path
