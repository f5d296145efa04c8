"""What an experiment is refused for is at least the memory that its training holds."""

from pathlib import Path

import pytest
import torch

from app import machine
from app.contract.connections import CONNECTIONS
from app.contract.experiment import Experiment, parse_experiment
from app.errors import Refused
from app.figures.memory import BASE, activations_of, check_memory, memory_of
from app.learning.sweep import Sweep

#: 210 bytes that ask for 146 GB of weights
GREEDY = {
    "dataset": "digits", "family": "conv6n2", "width": 256, "depths": [122], "seeds": 10, "batch_size": 2,
    "arms": [{"connection": "wide", "widen": 8}],
}  # fmt: skip


@pytest.mark.parametrize("family", ["mlp", "conv", "conv6n2"])
@pytest.mark.parametrize("connection", CONNECTIONS)
@pytest.mark.parametrize("optimiser", ["sgd", "adamw"])
def test_the_estimate_counts_at_least_what_a_step_keeps(connection: str, family: str, optimiser: str) -> None:
    plan = Experiment.model_validate(
        {
            "dataset": "digits", "family": family, "depths": (8, 20) if family == "conv6n2" else (8, 12), "width": 16,
            "arms": [{"connection": connection, "cardinality": 2, "widen": 3}], "batch_size": 4, "seeds": 2,
            "optimiser": optimiser,
        }
    )  # fmt: skip
    trainers = Sweep(plan).trainers
    x = torch.randn(4, 1, 8, 8)
    held = sum(
        tensor.numel()
        for trainer in trainers
        for tensor in (trainer.stack.parameters.flat, trainer.stack.parameters.flat, *trainer.optimiser.state())
    )
    passed = sum(h.numel() for trainer in trainers for h, _ in trainer.stack.capture(x)[1])
    assert passed <= plan.seeds * plan.batch_size * sum(activations_of(plan, cell) for cell in plan.cells())
    assert 4 * (held + passed) <= memory_of(plan) - BASE


def test_two_hundred_bytes_do_not_ask_for_a_hundred_gigabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "memory", lambda: 24 * 2**30)
    greedy = parse_experiment(GREEDY)
    with pytest.raises(Refused, match=r"width: this needs about [\d,.]+ GB of memory, and a training process may have"):
        check_memory(greedy, 1)
    check_memory(Experiment(), 4)
    monkeypatch.setattr(machine, "memory", lambda: None)
    check_memory(greedy, 1)


def test_on_a_gpu_its_memory_is_the_bound_and_not_that_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "memory", lambda: 24 * 2**30)
    needed = memory_of(Experiment())
    check_memory(Experiment(), 1, device_memory=int(needed / 0.75) + 1)
    with pytest.raises(Refused, match=r"may have .* on this machine's GPU; lower the width"):
        check_memory(Experiment(), 1, device_memory=int(needed / 0.75) - 2)
    with pytest.raises(Refused, match=r"each of 2 training processes may have .* GPU"):
        check_memory(Experiment(), 2, device_memory=int(needed / 0.75) + 1)
    monkeypatch.setattr(machine, "memory", lambda: 2**20)
    check_memory(Experiment(), 1, device_memory=80 * 2**30)


def test_training_processes_share_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "memory", lambda: int(1.5 * memory_of(Experiment()) / 0.75))
    check_memory(Experiment(), 1)
    with pytest.raises(Refused, match="each of 2 training processes"):
        check_memory(Experiment(), 2)


@pytest.mark.parametrize(
    ("files", "own", "limits"),
    [
        ({}, "0::/\n", []),
        ({"memory.max": "max\n"}, "0::/\n", []),
        ({"memory.max": "1000\n"}, "0::/\n", [1000]),
        ({"a/memory.max": "2000\n", "a/b/memory.max": "1000\n"}, "0::/a/b\n", [1000, 2000]),
        ({"memory/memory.limit_in_bytes": "3000\n"}, "5:memory:/docker/x\n", [3000]),
    ],
)
def test_a_container_has_what_its_control_group_allows(
    files: dict[str, str], own: str, limits: list[int], tmp_path: Path
) -> None:
    (tmp_path / "own").write_text(own)
    for name, text in files.items():
        (tmp_path / "cgroup" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "cgroup" / name).write_text(text)
    assert sorted(set(machine._limits(tmp_path / "cgroup", tmp_path / "own"))) == limits


def test_this_machine_has_memory() -> None:
    found = machine.memory()
    assert found is None or found > 2**28
