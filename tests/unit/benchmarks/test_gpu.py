"""``make bench ARGS=gpu``: its path on the CPU, and what it says where there is no GPU."""

import io
import math

import pytest
import torch
from rich.console import Console

from app.contract.presets import pair
from app.learning.training import Training
from benchmarks import gpu, run

SMALL = {
    title: case.model_copy(update={"depths": (8,), "width": 8, "seeds": min(case.seeds, 4), "steps": 2})
    for title, case in gpu.CASES.items()
}


def test_the_cases_are_the_default_sweep_the_deep_pair_and_a_thousand_networks() -> None:
    counts = [len(case.networks()) for case in gpu.CASES.values()]
    assert counts == [30, 2, 1000]
    assert gpu.CASES["6n+2 pair"].arms == pair()


def test_every_case_is_measured_with_the_graph_and_without_it() -> None:
    rows = list(gpu.compare("cpu", cases=SMALL, rounds=1, timed_steps=2, bare_steps=1))
    assert [(row.title, row.networks) for row in rows] == [
        (title, len(case.networks())) for title, case in SMALL.items()
    ]
    for row in rows:
        for figure in (row.graph, row.launched, row.whole, row.bare):
            assert math.isfinite(figure) and figure > 0
        assert row.layers == 8 * row.networks
        assert row.memory is None


def test_the_graph_is_used_when_it_is_on_and_only_then(monkeypatch: pytest.MonkeyPatch) -> None:
    advanced: list[bool] = []
    trained = gpu.train_steps

    def noted(training: Training, graphs: bool, steps: int) -> float:
        before = training.step
        seconds = trained(training, graphs, steps)
        assert training.step == before + steps
        advanced.append(training.sweep.trainers[0]._graph is not None)
        return seconds

    monkeypatch.setattr(gpu, "train_steps", noted)
    # the first call of a case has the graph off, so that it is seen to be made later
    first = dict(list(SMALL.items())[:1])
    list(gpu.compare("cpu", cases=first, rounds=1, timed_steps=2, bare_steps=1))
    assert advanced == [False, True, True, True]


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA device")
def test_without_a_gpu_it_says_so_and_measures_nothing() -> None:
    out = io.StringIO()
    assert run.show_gpu(Console(file=out, width=500), quick=True) == []
    assert out.getvalue().strip() == run.WITHOUT_GPU


def test_on_the_cpu_the_table_says_that_it_is_the_cpu() -> None:
    out = io.StringIO()
    run.show_gpu(Console(file=out, width=500), quick=True, on_cpu=True)
    told = out.getvalue()
    assert told.startswith("On the CPU")
    for word in ("CPU, threads: ", *gpu.CASES):
        assert word in told
