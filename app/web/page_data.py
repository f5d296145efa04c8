"""What every page is given as data: the records from which it makes its labels, options and colours."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import orjson

from app.analyses.registry import tabs
from app.catalog.pipeline import PIPELINES
from app.catalog.relatives import published_with
from app.contract.arms import Arm
from app.contract.connections import CONNECTIONS, Connection, settings
from app.contract.events import CLOSE_CODES, FINAL_STATES
from app.contract.experiment import DATASET_SHAPES, Experiment
from app.contract.findings import rounded
from app.contract.labels import GROUPS, choices_of
from app.contract.presets import PRESETS
from app.contract.shapes import Site
from app.paths import static_dir
from app.runs.recorded_runs import recorded_id
from app.runs.service import RunService
from app.runs.traceable_runs import traceable_runs
from app.web.catalog import catalog

#: the views of a run under its diagrams that are no analyses, in the order of their tabs
VIEWS = {"curves": "Curves", "gradients": "Gradients", "regions": "Regions"}


def lab_data(service: RunService, static: Callable[[str], str]) -> dict[str, Any]:
    """What the Lab is given."""
    return {
        "presets": presets(service), "limits": limits(), "recorded": static("recorded/degradation.json"),
        "records": records(),
    }  # fmt: skip


def atlas_data(service: RunService, static: Callable[[str], str]) -> dict[str, Any]:
    """What the Atlas is given: every published network, and the connections of the Lab."""
    return {"catalog": catalog(), "records": records()}


def trace_data(service: RunService, static: Callable[[str], str]) -> dict[str, Any]:
    """What Trace is given: the runs and the published networks that can be traced."""
    return {"runs": traceable_runs(service), "published": published_ways(), "records": records()}


def published_ways() -> list[dict[str, Any]]:
    """The published networks through which an image's way can be followed."""
    return [{"name": name, "label": network.label} for name, network in PIPELINES.items()]


def presets(service: RunService) -> list[dict[str, Any]]:
    """All presets as JSON-able objects, with the cells of their experiments, their recorded runs, and how long they
    take."""
    return [
        {
            "name": one.name,
            "title": one.title,
            "about": one.about,
            "experiment": one.experiment.model_dump(mode="json"),
            "cells": one.experiment.cell_objects(),
            "poll": one.prediction.poll(one.experiment),
            "stage": asdict(one.stage),
            "recorded": recorded_id(one.name) if recorded_id(one.name) in service.store.recorded else None,
            **duration(service, one.experiment),
        }
        for one in PRESETS.values()
    ]


def duration(service: RunService, experiment: Experiment) -> dict[str, Any]:
    """About how many seconds an experiment takes (None: not known), and whether this machine was measured for it."""
    estimate = service.estimates.of(experiment)
    if estimate is None:
        return {"seconds": None, "measured_here": False}
    return {"seconds": rounded(estimate.seconds, 2), "measured_here": estimate.measured_here}


def first_view() -> dict[str, Any]:
    """What the page says before its scripts run: the question of the first preset, and of its recorded run, where there
    is one, when and on which machine it was recorded, and its conclusion.
    """
    name, first = next(iter(PRESETS.items()))
    said: dict[str, Any] = {"poll": first.prediction.poll(first.experiment), "arms": first.experiment.arm_names()}
    path = static_dir() / "recorded" / f"{name}.json"
    if path.is_file():
        snapshot = orjson.loads(path.read_bytes())
        evaluated = [event for event in snapshot["history"] if event["type"] == "evaluation"]
        words = evaluated[-1]["words"]["overall"]
        end = "" if words[-1] in ".!?" else "."
        said |= {"words": words[0].upper() + words[1:] + end, "provenance": snapshot["provenance"]}
    return said


def limits() -> dict[str, Any]:
    """The bounds of every field of an experiment: its JSON schema."""
    return Experiment.model_json_schema()


def records() -> dict[str, Any]:
    """Connections, settings and constants that the page and the server share."""
    return {
        "connections": [
            {
                "name": one.name,
                "label": one.label,
                "equation": one.equation,
                "join": one.join,
                "style": one.style._asdict(),
                "settings": [setting.name for setting in one.settings],
                "block": _block(one),
                "published": published_with().get(one.name),
            }
            for one in CONNECTIONS.values()
        ],
        "settings": _settings(),
        "views": [{"name": name, "label": label} for name, label in VIEWS.items()],
        "groups": [{"name": name, "label": label} for name, label in GROUPS.items()],
        "analyses": tabs(),
        "classes": {dataset: classes for dataset, (*_, classes) in DATASET_SHAPES.items()},
        "final_states": sorted(FINAL_STATES),
        "close_codes": {str(code): reason for code, reason in CLOSE_CODES.items()},
    }


def _block(record: Connection) -> dict[str, Any]:
    """What the picture of a connection's block shows: its layers with their widths over that of the stream, how many
    paths each is parted into, and what stands where."""
    width = 64
    shapes = record.shapes(Arm(connection=record.name), Site(width, width, 1, images=False))
    return {
        "layers": [{"width": shape.out / width, "paths": shape.groups} for shape in shapes],
        "pre_activation": record.pre_activation,
        "rectified": record.rectified,
        "scale": record.trained_scale,
        "drops": record.drops,
    }


def _settings() -> dict[str, dict[str, Any]]:
    """Of every field of an experiment and of its arms: its label and what its values are called."""
    own = settings()
    return {
        name: {
            "label": field.title,
            "choices": choices_of(field),
            "staged": name in own and own[name].staged,
        }
        for model in (Arm, Experiment)
        for name, field in model.model_fields.items()
        if field.title is not None
    }
