"""A run as a file: every number that was measured, in full precision, straight from the store."""

from collections.abc import Generator, Iterator
from dataclasses import fields
from typing import Any

import numpy as np
import orjson

from app.contract.experiment import Network
from app.contract.measurements import Evaluated, Floats, Measured
from app.runs.packing import kind_of
from app.runs.store import Store
from app.runs.stored_run import StoredRun

#: quantities of a layer; all others are of a network
OF_LAYERS = ("weight_gradients", "activation_gradients", "activations")
CSV_HEAD = "step,seconds,quantity,arm,connection,depth,learning_rate,seed,layer,value\n"


def csv_lines(store: Store, run: StoredRun) -> Generator[str]:
    """One number a line: which quantity of which network, and of which layer (from 1) for gradients.

    What is damaged in the record is named at the end, as the value of the quantity ``damaged``. Of a run
    that was thinned the quantity ``thinned`` says which share of the measurements between evaluations is left.
    """
    networks = run.experiment.networks()
    arms = run.experiment.arms
    names = [f"{n.arm},{arms[n.arm].connection},{n.depth},{n.learning_rate:g},{n.seed}" for n in networks]
    layers = [f"{name},{layer + 1}" for name, n in zip(names, networks, strict=True) for layer in range(n.layers)]
    wholes = [f"{name}," for name in names]
    yield CSV_HEAD
    damaged: list[str] = []
    for measurement in store.measurements(run.id, on_damage=damaged.append):
        if not isinstance(measurement, (Measured, Evaluated)):
            continue
        when = f"{measurement.step},{measurement.seconds:.6f}"
        for field in fields(measurement):
            values = getattr(measurement, field.name)
            if isinstance(values, np.ndarray) and values.dtype == np.float32:
                owners = layers if field.name in OF_LAYERS else wholes
                yield "".join(_lines(f"{when},{field.name}", owners, values))
    if store.is_thinned(run.id):
        yield ",,thinned,,,,,,,0.1\n"
    yield from (f",,damaged,,,,,,,{what}\n" for what in damaged)


def _lines(head: str, owners: list[str], values: Floats) -> Iterator[str]:
    for owner, value in zip(owners, values, strict=True):
        yield f"{head},{owner},{value}\n"


def jsonl_lines(store: Store, run: StoredRun) -> Generator[str]:
    """The run first, then one measurement a line, then its analyses, then what is damaged in the record.

    A number that is not finite is null.
    """
    networks: list[Network] = list(run.experiment.networks())
    yield _json(
        {
            "kind": "run", "id": run.id, "created": run.created, "state": run.state, "reason": run.reason,
            "thinned": store.is_thinned(run.id), "step": run.step,
            "hash": run.experiment.config_hash(), "versions": run.versions,
            "experiment": run.experiment.model_dump(mode="json"), "provenance": run.provenance,
            "networks": [network._asdict() for network in networks],
        }
    )  # fmt: skip
    damaged: list[str] = []
    for measurement in store.measurements(run.id, on_damage=damaged.append):
        values = {field.name: getattr(measurement, field.name) for field in fields(measurement)}
        yield _json({"kind": kind_of(measurement)} | values)
    for analysis in store.analyses(run.id, damaged.append):
        yield _json({"kind": "analysis"} | {field.name: getattr(analysis, field.name) for field in fields(analysis)})
    yield from (_json({"kind": "damaged", "what": what}) for what in damaged)


def _json(data: dict[str, Any]) -> str:
    return orjson.dumps(data, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE).decode()
