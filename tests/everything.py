"""Uses all of Skipscope as visitors do, over HTTP and the websocket: every preset, question, page, figure and trace."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
import orjson

from app.analyses.registry import answers
from app.catalog.pipeline import PIPELINES
from app.contract.arms import ACTIVATIONS, INITIALISATIONS, NORMALISATIONS
from app.contract.connections import CONNECTIONS
from app.contract.experiment import FAMILIES, OPTIMISERS, PRECISIONS, SCHEDULES, Experiment
from app.contract.presets import PRESETS
from app.data.registry import PACKAGED
from app.web.pages import PAGES
from tests.patience import PATIENCE
from tests.support import Client, Server, connect
from tests.unit.catalog.weights_files import zeros_of

#: each experiment is trained for so long: from there on steps are alike
FEW = {"steps": 2, "evaluate_every": 1}
TINY: dict[str, Any] = {"depths": [8], "width": 8} | FEW
#: fields of a question that have no default, or one that takes long
ASKED: dict[str, dict[str, Any]] = {
    "lesion": {"blocks": [1]}, "landscape": {"side": 7}, "shattering": {"depths": [4], "points": 32, "seeds": 1},
    "refinement": {"examples": 64},
}  # fmt: skip
#: the fields of an experiment, and of an arm, whose values are names, and the names
CHOICES: dict[str, Iterable[str]] = {
    "optimiser": OPTIMISERS, "schedule": SCHEDULES, "precision": PRECISIONS, "family": FAMILIES, "dataset": PACKAGED,
}  # fmt: skip
ARM_CHOICES: dict[str, Iterable[str]] = {
    "normalisation": NORMALISATIONS, "activation": ACTIVATIONS, "initialisation": INITIALISATIONS,
}  # fmt: skip


def experiments() -> list[dict[str, Any]]:
    """Every preset, every value of every choice, and every packaged data set."""
    presets = [preset.experiment.model_copy(update=FEW).model_dump(mode="json") for preset in PRESETS.values()]
    choices = [TINY | {field: value} for field, values in CHOICES.items() for value in values]
    arms = [{"connection": "residual", field: value} for field, values in ARM_CHOICES.items() for value in values]
    arms += [{"connection": name} for name in CONNECTIONS]
    return presets + choices + [TINY | {"arms": [arm]} for arm in arms]


def use_everything(server: Server, headers: dict[str, str], scratch: Path) -> None:
    """Do all of it. Fails where something is refused or goes wrong.

    Args:
        server: where it runs.
        headers: of every request, a cookie beyond loopback.
        scratch: a folder for files that are uploaded.
    """
    for experiment in experiments():  # a line each, for one page follows 16 runs at most
        with connect(server, additional_headers=headers) as viewer:
            _train(viewer, experiment)
    with connect(server, additional_headers=headers) as viewer:
        run = _train(viewer, TINY | {"depths": [4, 8], "seeds": 2})
        for kind in answers():
            question = {"kind": kind} | ({} if kind in ("convergence", "shattering") else {"depth": 8})
            viewer.send("analyse", run=run, question=question | ASKED.get(kind, {}))
            told = viewer.until(lambda event: event["type"] == "error" or event.get("state") in ("finished", "failed"))
            assert told[-1]["type"] == "analysis" and told[-1]["state"] == "finished", told[-1]
    address = server.url.split("?")[0].rstrip("/")
    with httpx.Client(base_url=address, headers=headers | {"origin": address}, timeout=PATIENCE) as visitor:
        for path in [*(page.path for page in PAGES), *_paths(run)]:
            assert visitor.get(path).status_code == 200, path
        default = Experiment().model_dump(mode="json")
        _post(visitor, "/api/diagrams", {"experiment": default, "aspect": 1})
        _post(visitor, "/api/experiments/check", default)
        for path, depth in ((run, 8), (f"{run}/learnt", 8), ("recorded-trace-pair", 20)):
            _post(visitor, f"/api/trace/runs/{path}", {"image": {"kind": "example", "index": 3}, "depth": depth})
        weights = zeros_of(scratch / "resnet18.safetensors", PIPELINES["resnet18"]).read_bytes()
        assert visitor.put("/api/trace/weights/resnet18.safetensors", content=weights).status_code == 200
        pixels = "A" * (3 * 224 * 224 * 4 // 3)
        _post(visitor, "/api/trace/catalog/resnet18", {"image": {"pixels": pixels}, "maps": 1})


def _train(viewer: Client, experiment: dict[str, Any]) -> str:
    run = viewer.start(experiment)
    last = viewer.until_state("finished", "failed", "stopped")[-1]
    assert last["state"] == "finished", (experiment, last)
    return run


def _paths(run: str) -> list[str]:
    catalog = "/api/catalog"
    return [
        "/health", "/metrics", "/api/presets", "/api/runs", "/api/address", "/api/points/spiral",
        f"/api/runs/{run}", f"/api/runs/{run}/export.csv", f"/api/runs/{run}/export.jsonl",
        "/api/trace/runs", f"/api/trace/runs/{run}/training?depth=8", "/api/trace/images/digits?first=0&count=8",
        "/api/trace/catalog/resnet18", catalog, f"{catalog}/resnet50", f"{catalog}/resnet50/profile",
        f"{catalog}/resnet50/blocks/1", f"{catalog}/columns?name=vgg19&name=resnet34",
        f"{catalog}/errors?measure=CIFAR-10",
    ]  # fmt: skip


def _post(visitor: httpx.Client, path: str, body: object) -> None:
    answer = visitor.post(path, content=orjson.dumps(body), headers={"content-type": "application/json"})
    assert answer.status_code == 200, (path, answer.text[:300])
