"""Exports: every number, in full precision."""

import csv
from pathlib import Path

import numpy as np
import orjson
import pytest

from app.contract import measurements as m
from app.contract.experiment import Experiment
from app.ids import RunId
from app.runs.export import csv_lines, jsonl_lines
from app.runs.store import Store
from app.runs.stored_run import StoredRun
from tests.fakes import measured

EXPERIMENT = Experiment(depths=(4, 6), seeds=2, width=4, steps=12, evaluate_every=5)


@pytest.fixture
def stored(tmp_path: Path) -> tuple[Store, StoredRun]:
    store = Store(tmp_path, lambda reason: None)
    run = StoredRun(RunId("r1"), 1.0, "finished", None, 12, EXPERIMENT, {}, {})
    store.save_run(run)
    for seq, measurement in enumerate(measured(EXPERIMENT)):
        store.save_measurement(run.id, 1, seq, measurement)
    store.close()
    return store, run


def test_the_csv_holds_every_number_bit_for_bit(stored: tuple[Store, StoredRun]) -> None:
    rows = list(csv.DictReader("".join(csv_lines(*stored)).splitlines()))
    networks = EXPERIMENT.networks()
    frames = [x for x in measured(EXPERIMENT) if isinstance(x, m.Measured)]
    losses = [row for row in rows if row["quantity"] == "loss"]
    exported = np.array([row["value"] for row in losses], np.float32)
    assert np.array_equal(exported, np.concatenate([f.loss for f in frames]))
    assert [
        (int(r["arm"]), int(r["depth"]), float(r["learning_rate"]), int(r["seed"])) for r in losses[: len(networks)]
    ] == [(n.arm, n.depth, n.learning_rate, n.seed) for n in networks]
    for quantity in ("weight_gradients", "activation_gradients", "activations"):
        of_layers = [row for row in rows if row["quantity"] == quantity and row["step"] == "0"]
        assert [int(row["layer"]) for row in of_layers] == [layer + 1 for n in networks for layer in range(n.layers)]
        assert np.array_equal(np.array([row["value"] for row in of_layers], np.float32), getattr(frames[0], quantity))
    assert {row["connection"] for row in rows} == {"plain", "residual"}


def test_the_jsonl_begins_with_the_run_and_holds_every_measurement(stored: tuple[Store, StoredRun]) -> None:
    lines = [orjson.loads(line) for line in jsonl_lines(*stored)]
    assert lines[0]["kind"] == "run" and lines[0]["hash"] == EXPERIMENT.config_hash()
    assert len(lines[0]["networks"]) == len(EXPERIMENT.networks())
    kinds = [line["kind"] for line in lines[1:]]
    assert len(kinds) == len(measured(EXPERIMENT)) and kinds[0] == "prepared" and kinds[-1] == "ended"
    first = next(x for x in measured(EXPERIMENT) if isinstance(x, m.Measured))
    assert np.array_equal(np.float32(lines[1 + kinds.index("measured")]["loss"]), first.loss)
