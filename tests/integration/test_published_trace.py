"""Weights of a published network go to a real server, and an image through the network there."""

import base64
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
import torch

from app.analyses.published_weights import standardised
from app.catalog.pipeline import PIPELINES
from tests.patience import PATIENCE, wait_until
from tests.support import Server, running_server
from tests.unit.catalog.test_weights import BLOCKS
from tests.unit.catalog.weights_files import save, torchvision_names, trained, zeros_of

PIECE = 1 << 16


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def own(place: Path) -> Iterator[Server]:
    """A server with a folder of weights of its own."""
    with running_server(place) as server:
        yield server


def pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(PIECE):
            yield piece


def put(server: Server, name: str, file: Path) -> httpx.Response:
    """Upload a file as a browser does: piece by piece, with its length."""
    return httpx.put(
        f"{server.url}/api/trace/weights/{name}", content=pieces(file), timeout=PATIENCE,
        headers={"origin": server.url, "content-length": str(file.stat().st_size)},
    )  # fmt: skip


def post(server: Server, path: str, body: object) -> httpx.Response:
    headers = {"origin": server.url}
    return httpx.post(f"{server.url}/api/trace/catalog/{path}", json=body, timeout=PATIENCE, headers=headers)


def in_folder(place: Path) -> list[str]:
    """Everything in the folder of weights, what is hidden too."""
    folder = place / "weights"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_an_image_goes_through_uploaded_weights_as_through_the_network_itself(
    own: Server, place: Path, tmp_path: Path
) -> None:
    module = trained(PIPELINES["resnet18"])
    file = save(tmp_path / "w", torchvision_names(module, BLOCKS["resnet18"]))
    assert put(own, "resnet18.safetensors", file).json()["network"] == "resnet18"
    listed = own.get("/api/trace/catalog").json()["networks"]
    assert listed[0]["files"] == ["resnet18.safetensors"]
    pixels = torch.randint(0, 256, (3, 224, 224), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    body = {"image": {"pixels": base64.b64encode(pixels.numpy().tobytes()).decode()}, "maps": 2}
    answer = post(own, "resnet18", body).json()
    (network,) = answer["networks"]
    with torch.no_grad():
        logits = module(standardised(pixels))[0].double()
    found = torch.tensor(network["logits"], dtype=torch.float64)
    assert float((found - logits).abs().max()) <= 1e-5 * float(logits.abs().max())
    assert sum(network["probabilities"]) == pytest.approx(1, abs=1e-9)
    assert network["target"] == int(logits.argmax()) and len(answer["classes"]) == 1000
    blocks = [stage for stage in network["stages"] if stage["kind"] == "block"]
    assert len(blocks) == 8 and all(stage["join"]["past"]["norm"] > 0 for stage in blocks)
    again = post(own, "resnet18", body | {"target": 285}).json()["networks"][0]
    assert (again["logits"], again["target"]) == (network["logits"], 285)
    # weights that are no numbers: told by name, and the next question is answered
    weights = torchvision_names(module, BLOCKS["resnet18"])
    weights["fc.bias"][3] = float("nan")
    assert put(own, "nan.safetensors", save(tmp_path / "nan", weights)).status_code == 200
    refused = post(own, "resnet18", body | {"file": "nan.safetensors"})
    assert refused.status_code == 422 and refused.json()["field"] == "file"
    assert "nan.safetensors: fc.bias has numbers that are not finite" in refused.json()["message"]
    assert post(own, "resnet18", body | {"file": "resnet18.safetensors"}).json()["networks"][0] == network
    refused = post(own, "resnet18", body | {"maps": 2048, "file": "resnet18.safetensors"})
    assert (refused.status_code, refused.json()["field"]) == (422, "maps")
    for name in in_folder(place):
        (place / "weights" / name).unlink()
    assert post(own, "resnet18", body).json()["field"] == "file"


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the most memory a process had is Linux's to tell")
def test_a_large_upload_takes_little_memory(own: Server, place: Path, tmp_path: Path) -> None:
    process = psutil.Process(own.process.pid)
    file = zeros_of(tmp_path / "w", PIPELINES["resnet101"], "F32")
    own.get("/api/trace/catalog")
    before = process.memory_info().rss
    assert put(own, "large.safetensors", file).json()["network"] == "resnet101"
    status = Path(f"/proc/{own.process.pid}/status").read_text(encoding="ascii")
    peak = next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))
    assert file.stat().st_size > 170e6 and peak - before < 60e6
    (place / "weights" / "large.safetensors").unlink()


def half_sent(server: Server, length: int, sent: int) -> socket.socket:
    """A connection that has begun an upload."""
    line = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
    host = f"127.0.0.1:{server.port}"
    head = f"PUT /api/trace/weights/w.safetensors HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
    line.sendall(f"{head}Content-Length: {length}\r\n\r\n".encode() + os.urandom(sent))
    return line


def test_an_upload_that_is_cut_off_leaves_nothing(own: Server, place: Path) -> None:
    before = in_folder(place)
    line = half_sent(own, 50_000_000, 1_000_000)
    wait_until(lambda: any(name.startswith(".upload-") for name in in_folder(place)))
    line.close()
    wait_until(lambda: in_folder(place) == before)
    assert own.get("/health").status_code == 200


def test_an_upload_that_is_too_large_is_refused_before_it_comes(own: Server, place: Path) -> None:
    before = in_folder(place)
    with half_sent(own, 50 * 10**9, 1000) as line:
        answer = b""
        while b"}" not in answer:
            answer += line.recv(4096)
    assert answer.startswith((b"HTTP/1.1 413", b"HTTP/1.1 422")) and b'"message"' in answer
    assert in_folder(place) == before


def test_a_server_that_ends_during_an_upload_leaves_nothing(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        line = half_sent(server, 50_000_000, 1_000_000)
        wait_until(lambda: in_folder(tmp_path))
        assert server.stop() == 0
        line.close()
    assert in_folder(tmp_path) == []


def test_another_site_and_other_bodies_are_kept_out(own: Server, place: Path) -> None:
    before = in_folder(place)
    url = f"{own.url}/api/trace/weights/w.safetensors"
    assert httpx.put(url, content=b"x", headers={"origin": "http://other.example"}).status_code == 403
    chunked = httpx.put(url, content=iter([b"x"]), headers={"origin": own.url}, timeout=PATIENCE)
    assert (chunked.status_code, chunked.json()["field"]) == (422, "length")
    assert httpx.post(url, content=b"x", headers={"origin": own.url}).status_code == 405
    assert in_folder(place) == before
