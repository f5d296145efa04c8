"""Names and shapes of the tensors of a ResNet's file, held to what torchvision has; and what a file is told."""

from math import prod
from pathlib import Path

import pytest

from app.catalog.pipeline import PIPELINES
from app.catalog.weights import largest_file, recognise, tensors
from app.errors import Refused
from tests.unit.catalog.programs import built
from tests.unit.catalog.weights_files import empty_file, raw, torchvision_names, zeros_of

#: blocks of each stage, from the papers
BLOCKS = {
    "resnet18": (2, 2, 2, 2), "resnet34": (3, 4, 6, 3), "resnet50": (3, 4, 6, 3), "resnet101": (3, 4, 23, 3),
    "resnet152": (3, 8, 36, 3), "wide_resnet50_2": (3, 4, 6, 3), "resnext50_32x4d": (3, 4, 6, 3),
    "resnext101_32x8d": (3, 4, 23, 3),
}  # fmt: skip
#: parameters (torchvision's documentation), and tensors of ``state_dict`` without ``num_batches_tracked``
TORCHVISION = {
    "resnet18": (11_689_512, 102), "resnet34": (21_797_672, 182), "resnet50": (25_557_032, 267),
    "resnet101": (44_549_160, 522), "resnet152": (60_192_808, 777), "wide_resnet50_2": (68_883_240, 267),
    "resnext50_32x4d": (25_028_904, 267), "resnext101_32x8d": (88_791_336, 522),
}  # fmt: skip


def norm(name: str, channels: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.{one}": (channels,) for one in ("weight", "bias", "running_mean", "running_var")}


def resnet18() -> dict[str, tuple[int, ...]]:
    """As torchvision's ``resnet18().state_dict()`` has it, typed by hand."""
    found: dict[str, tuple[int, ...]] = {"conv1.weight": (64, 3, 7, 7)} | norm("bn1", 64)
    into = 64
    for stage, width in ((1, 64), (2, 128), (3, 256), (4, 512)):
        for block in (0, 1):
            name = f"layer{stage}.{block}"
            found |= {f"{name}.conv1.weight": (width, into, 3, 3)} | norm(f"{name}.bn1", width)
            found |= {f"{name}.conv2.weight": (width, width, 3, 3)} | norm(f"{name}.bn2", width)
            if stage > 1 and block == 0:
                found |= {f"{name}.downsample.0.weight": (width, into, 1, 1)} | norm(f"{name}.downsample.1", width)
            into = width
    return found | {"fc.weight": (1000, 512), "fc.bias": (1000,)}


def resnet50() -> dict[str, tuple[int, ...]]:
    """As torchvision's ``resnet50().state_dict()`` has it, typed by hand."""
    found: dict[str, tuple[int, ...]] = {"conv1.weight": (64, 3, 7, 7)} | norm("bn1", 64)
    into = 64
    for stage, width, blocks in ((1, 64, 3), (2, 128, 4), (3, 256, 6), (4, 512, 3)):
        for block in range(blocks):
            name, out = f"layer{stage}.{block}", 4 * width
            found |= {f"{name}.conv1.weight": (width, into, 1, 1)} | norm(f"{name}.bn1", width)
            found |= {f"{name}.conv2.weight": (width, width, 3, 3)} | norm(f"{name}.bn2", width)
            found |= {f"{name}.conv3.weight": (out, width, 1, 1)} | norm(f"{name}.bn3", out)
            if block == 0:
                found |= {f"{name}.downsample.0.weight": (out, into, 1, 1)} | norm(f"{name}.downsample.1", out)
            into = out
    return found | {"fc.weight": (1000, 2048), "fc.bias": (1000,)}


def test_names_and_shapes_are_those_of_torchvision() -> None:
    assert tensors(PIPELINES["resnet18"]) == resnet18()
    assert tensors(PIPELINES["resnet50"]) == resnet50()


@pytest.mark.parametrize("name", PIPELINES)
def test_they_are_those_of_the_networks_own_text_and_as_many_as_torchvision_has(name: str) -> None:
    own = tensors(PIPELINES[name])
    renamed = torchvision_names(built(PIPELINES[name]), BLOCKS[name])
    assert own == {key: tuple(t.shape) for key, t in renamed.items() if not key.endswith("num_batches_tracked")}
    parameters, count = TORCHVISION[name]
    assert len(own) == count
    assert sum(prod(shape) for key, shape in own.items() if "running" not in key) == parameters


@pytest.mark.parametrize("dtype", ["F32", "F16", "BF16"])
@pytest.mark.parametrize("name", PIPELINES)
def test_a_file_is_recognised_by_its_header(tmp_path: Path, name: str, dtype: str) -> None:
    file = zeros_of(tmp_path / "weights.safetensors", PIPELINES[name], dtype)
    assert recognise(file) == name
    assert file.stat().st_size <= largest_file()


def test_counts_of_batches_are_passed_over(tmp_path: Path) -> None:
    shapes = {"bn1.num_batches_tracked": (), **tensors(PIPELINES["resnet18"])}
    assert recognise(empty_file(tmp_path / "w.safetensors", shapes, "F32")) == "resnet18"


def changed(**tensor: tuple[int, ...] | None) -> dict[str, tuple[int, ...]]:
    """ResNet-18's with these changes, ``__`` for a dot; None: without it."""
    shapes: dict[str, tuple[int, ...] | None] = {**resnet18()}
    shapes |= {name.replace("__", "."): shape for name, shape in tensor.items()}
    return {name: shape for name, shape in shapes.items() if shape is not None}


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        (changed(fc__weight=(10, 512), fc__bias=(10,)),
         ["nearest to ResNet-18", "2 tensors are of another shape", "fc.weight is 10×512 and not 1000×512"]),
        (changed(fc__weight=None), ["1 tensor is missing: fc.weight"]),
        (changed(extra=(3,)), ["1 tensor is left over: extra"]),
        (changed(**{f"extra{i}": (1,) for i in range(9)}), ["9 tensors are left over", "and 6 more"]),
        (changed(fc__bias=()), ["fc.bias is one number and not 1000"]),
        ({f"module.{name}": shape for name, shape in resnet18().items()},
         ["none of its 102 tensors, such as module.conv1.weight, module.bn1.weight", "and 99 more belongs"]),
        ({"x" * 5000: (1,)}, ["x" * 80 + " belongs"]),
        ({}, ["none of its 0 tensors belongs"]),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(tmp_path: Path, shapes: dict[str, tuple[int, ...]], words: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        recognise(empty_file(tmp_path / "w.safetensors", shapes))
    assert all(word in str(refused.value) for word in words), str(refused.value)
    assert len(str(refused.value)) < 1000 and refused.value.field == "file"


def test_other_types_of_numbers_are_named(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"102 tensors are of numbers that are not F32, F16 or BF16: .* of type F64"):
        recognise(empty_file(tmp_path / "w.safetensors", resnet18(), "F64"))


def test_a_header_without_tensors_is_told(tmp_path: Path) -> None:
    file = tmp_path / "w.safetensors"
    file.write_bytes(raw(b'{"__metadata__":{"format":"pt"}}'))
    with pytest.raises(Refused, match="none of its 0 tensors"):
        recognise(file)
