"""The JSON API of traces through published networks."""

import base64
from pathlib import Path
from typing import get_args

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.catalog import NETWORKS
from app.catalog.header import CONVERT
from app.catalog.pipeline import PIPELINES
from app.catalog.weights import largest_file
from app.contract.published_trace import PublishedRequest
from app.contract.trace import Part
from app.main import create_app
from app.runs.weights_folder import MOST_BYTES, MOST_UPLOADS, PATIENCE
from app.settings import Settings
from tests.fakes import FakeExecutor, Finder, Tracer
from tests.unit.catalog.weights_files import zeros_of

PIXELS = base64.b64encode(bytes(3 * 224 * 224)).decode()
QUESTION = {"image": {"pixels": PIXELS}}


@pytest.fixture
def tracer() -> Tracer:
    return Tracer()


@pytest.fixture
def app(tmp_path: Path, tracer: Tracer) -> FastAPI:
    return create_app(Settings(data_dir=tmp_path), FakeExecutor(), Finder(), tracer)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """The folder of weights, with a file of ResNet-18 and one that is none."""
    folder = tmp_path / "weights"
    folder.mkdir()
    zeros_of(folder / "mine.safetensors", PIPELINES["resnet18"])
    (folder / "photo.safetensors").write_bytes(b"\x89PNG" + bytes(40))
    return folder


def test_the_list_has_networks_files_and_bounds(client: TestClient, weights: Path, tracer: Tracer) -> None:
    answer = client.get("/api/trace/catalog").json()
    by_name = {network["name"]: network for network in answer["networks"]}
    assert list(by_name) == list(PIPELINES)
    assert by_name["resnet18"] == {
        "name": "resnet18", "label": "ResNet-18", "parameters": 11_689_512, "files": ["mine.safetensors"],
    }  # fmt: skip
    assert by_name["resnet50"]["files"] == []
    mine, photo = answer["files"]
    assert (mine["network"], mine["problem"]) == ("resnet18", None)
    assert photo["network"] is None and "PNG" in photo["problem"]
    assert answer["folder"] == str(weights) and answer["most_bytes"] == largest_file()
    assert "weights_only=True" in answer["convert"]
    assert tracer.opened == 1


def test_without_files_there_is_a_list_and_nothing_warms_up(client: TestClient, tracer: Tracer) -> None:
    answer = client.get("/api/trace/catalog").json()
    assert answer["files"] == [] and len(answer["networks"]) == 8
    assert tracer.opened == 0


@pytest.mark.parametrize("name", PIPELINES)
def test_every_resnet_has_a_walk(client: TestClient, name: str) -> None:
    answer = client.get(f"/api/trace/catalog/{name}").json()
    (network,) = answer["networks"]
    assert (network["arm"], network["name"], network["logits"], network["loss"]) == (0, NETWORKS[name].label, [], None)
    assert len({stage["part"] for stage in network["stages"]}) == 6
    assert all(stage["output"] is None and stage["join"] is None for stage in network["stages"])


def test_an_image_is_traced_with_the_file_that_fits(client: TestClient, weights: Path, tracer: Tracer) -> None:
    tracer.answers.put_nowait(b'{"networks":[1]}')
    answer = client.post("/api/trace/catalog/resnet18", json=QUESTION | {"target": 5, "maps": 3, "stage": 2})
    assert (answer.status_code, answer.json()) == (200, {"networks": [1]})
    (request,) = tracer.asked
    assert isinstance(request, PublishedRequest)
    assert (request.network, request.file) == ("resnet18", weights / "mine.safetensors")
    assert (request.question.target, request.question.maps, request.question.stage) == (5, 3, 2)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "field", "words"),
    [
        ("get", "catalog/lenet", None, 404, "name", "no published network 'lenet'"),
        ("get", "catalog/vgg19", None, 404, "name", "VGG-19 has no trace here; these have one: resnet18"),
        ("post", "catalog/vgg19", QUESTION, 404, "name", "VGG-19 has no trace here"),
        ("post", "catalog/resnet50", QUESTION, 422, "file", "file: the folder of weights has no file that fits"),
        ("post", "catalog/resnet18", QUESTION | {"file": "x"}, 422, "file", "no file 'x'"),
        ("post", "catalog/resnet18", QUESTION | {"file": "photo.safetensors"}, 422, "file", "a PNG image"),
        ("post", "catalog/resnet34", QUESTION | {"file": "mine.safetensors"}, 422, "file", "its network is resnet18"),
        ("post", "catalog/resnet18", {}, 422, "image", "image"),
        ("post", "catalog/resnet18", {"image": {"pixels": "!"}}, 422, "image.pixels", "image.pixels"),
        ("post", "catalog/resnet18", {"image": {"pixels": PIXELS + "AAAAAAAA"}}, 422, "image.pixels", "image.pixels"),
        ("post", "catalog/resnet18", QUESTION | {"target": 1000}, 422, "target", "999"),
        ("post", "catalog/resnet18", QUESTION | {"maps": 4096}, 422, "maps", "2048"),
        ("post", "catalog/resnet18", QUESTION | {"stage": -1}, 422, "stage", "0"),
        ("post", "catalog/resnet18", QUESTION | {"depth": 8}, 422, "depth", "depth"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    client: TestClient, weights: Path, method: str, path: str, body: object, status: int, field: str, words: str
) -> None:
    answer = client.request(method, f"/api/trace/{path}", json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["field"] == field and words in answer.json()["message"]


def test_an_upload_arrives_and_replaces(client: TestClient, weights: Path, tmp_path: Path) -> None:
    file = zeros_of(tmp_path / "other", PIPELINES["resnet34"])
    answer = client.put("/api/trace/weights/new.safetensors", content=file.read_bytes())
    assert answer.json() == {
        "name": "new.safetensors", "bytes": file.stat().st_size, "network": "resnet34", "problem": None,
    }  # fmt: skip
    listed = client.get("/api/trace/catalog").json()["networks"]
    assert [network["files"] for network in listed][:2] == [["mine.safetensors"], ["new.safetensors"]]


@pytest.mark.parametrize(
    ("name", "headers", "status", "field"),
    [
        ("w.pth", {}, 422, "name"),
        (".safetensors", {}, 422, "name"),
        ("..%2Fw.safetensors", {}, 404, None),
        ("a%20b.safetensors", {}, 422, "name"),
        ("w.safetensors", {"content-length": "50000000000"}, 422, "length"),
        ("w.safetensors", {"content-length": "-1"}, 422, "length"),
        ("w.safetensors", {"content-length": "x" * 50}, 422, "length"),
        ("w.safetensors", {"content-length": "9" * 5000}, 422, "length"),
        ("w.safetensors", {"content-length": "3"}, 422, "length"),
        ("w.safetensors", {}, 422, "file"),
    ],
)
def test_an_upload_that_does_not_fit_is_refused_and_changes_nothing(
    client: TestClient, weights: Path, name: str, headers: dict[str, str], status: int, field: str | None
) -> None:
    before = sorted(path.name for path in weights.iterdir())
    answer = client.put(f"/api/trace/weights/{name}", content=b"nothing", headers=headers)
    assert (answer.status_code, answer.json()["field"]) == (status, field), answer.text
    assert sorted(path.name for path in weights.iterdir()) == before


def test_the_folder_can_be_chosen(tmp_path: Path) -> None:
    chosen = tmp_path / "elsewhere"
    app = create_app(Settings(data_dir=tmp_path, weights_dir=chosen), FakeExecutor(), Finder(), Tracer())
    with TestClient(app, base_url="http://127.0.0.1:8484") as client:
        assert client.get("/api/trace/catalog").json()["folder"] == str(chosen)


def test_the_pages_of_the_documentation_have_the_numbers_and_the_line_of_the_code() -> None:
    docs = Path(__file__).resolve().parents[3] / "docs"
    protocol = (docs / "protocol.md").read_text(encoding="utf-8")
    assert f"sends nothing for {PATIENCE:.0f} seconds is ended" in protocol
    assert f"would bring it over {MOST_BYTES // 2**30} GiB" in protocol and MOST_UPLOADS == 2
    for part in get_args(Part):
        assert part == "" or f"`{part}`" in protocol
    assert CONVERT in (docs / "catalog.md").read_text(encoding="utf-8")
