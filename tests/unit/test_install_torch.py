"""Where PyTorch is taken from: the real script and the real pip, with indexes and a proxy on loopback.

A proxy that refuses everything writes down which hosts pip wanted, so nothing here needs a network, or meets one.
"""

import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import install_torch

ROOT = Path(__file__).resolve().parents[2]
PIN = next(line for line in (ROOT / "constraints.txt").read_text().splitlines() if line.startswith("torch=="))
VERSION = PIN.removeprefix("torch==")
Installed = tuple[subprocess.CompletedProcess[str], list[str]]


@dataclass
class Place:
    """What the script finds around it."""

    target: Path
    proxy: str
    #: hosts that somebody wanted to reach
    asked: list[str]

    def install(self, **environment: str) -> Installed:
        """Run the script; returns what it said, and the versions of torch that are there afterwards."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "TORCH_"))}
        kept |= {"PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        kept |= {"HTTPS_PROXY": self.proxy, "https_proxy": self.proxy}
        done = subprocess.run(
            [sys.executable, ROOT / "install_torch.py", "--target", self.target],
            env=kept | environment, capture_output=True, text=True,
        )  # fmt: skip
        found = [folder.name.split("-")[1].removesuffix(".dist") for folder in self.target.glob("torch-*.dist-info")]
        return done, found


class Refusing(BaseHTTPRequestHandler):
    """A proxy that lets nobody out."""

    def __init__(self, asked: list[str], *arguments: object) -> None:
        self.asked = asked
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_CONNECT(self) -> None:
        self.asked.append(self.path)
        self.send_error(502)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Serves with a handler on loopback; gives the address."""
    servers: list[ThreadingHTTPServer] = []

    def start(handler: Callable[..., BaseHTTPRequestHandler]) -> str:
        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), handler))
        threading.Thread(target=servers[-1].serve_forever, args=[0.02], daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def place(tmp_path: Path, serve: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Place:
    """A machine without a GPU, whose pip has no settings, and whose way out is closed."""
    asked: list[str] = []
    folders = os.environ["PATH"].split(os.pathsep)
    without = [folder for folder in folders if not (Path(folder) / "nvidia-smi").exists()]
    monkeypatch.setenv("PATH", os.pathsep.join(without))
    return Place(tmp_path / "installed", serve(partial(Refusing, asked)), asked)


@pytest.fixture
def packages(tmp_path: Path, serve: Callable[..., str]) -> Callable[[str], str]:
    """Makes an index that has one (empty) build of the pinned PyTorch; gives its address."""

    def make(label: str) -> str:
        folder = tmp_path / f"index{label}" / "torch"
        folder.mkdir(parents=True)
        wheel = folder / f"torch-{VERSION}{label}-py3-none-any.whl"
        about = f"torch-{VERSION}{label}.dist-info"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: torch\nVersion: {VERSION}{label}\n")
            archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr(f"{about}/RECORD", "")
        (folder / "index.html").write_text(f'<a href="{wheel.name.replace("+", "%2B")}">{wheel.name}</a>')
        return serve(partial(Quiet, directory=str(folder.parent)))

    return make


@pytest.mark.parametrize(
    ("named", "system", "nvidia", "settings", "taken_from"),
    [
        ("", "Linux", False, [], install_torch.CPU_BUILDS),
        ("", "Linux", False, ["global.cert='/a'", ":env:.index-url=''", "download.no-index='1'"],
         install_torch.CPU_BUILDS),
        ("", "Linux", True, [], None),
        ("", "Darwin", False, [], None),
        ("https://here", "Linux", True, ["global.index-url='https://there'"], "https://here"),
        ("", "Linux", False, ["global.index-url='https://there'"], None),
        ("", "Linux", False, ["install.find-links='/wheels'"], None),
        ("", "Linux", False, [":env:.extra-index-url='https://there'"], None),
        ("", "Linux", False, [":env:.no-index='1'"], None),
    ],
)  # fmt: skip
def test_the_cpu_builds_are_for_linux_without_a_gpu_and_without_sources_of_ones_own(
    named: str, system: str, nvidia: bool, settings: list[str], taken_from: str | None
) -> None:
    assert install_torch.index(named, system, nvidia, settings) == taken_from


def test_the_index_that_is_named_gives_the_pinned_build(place: Place, packages: Callable[[str], str]) -> None:
    done, found = place.install(TORCH_INDEX=packages("+cpu"))
    assert (done.returncode, found, place.asked) == (0, [f"{VERSION}+cpu"], []), done.stdout + done.stderr


def test_an_index_that_is_named_and_not_there_is_an_error(place: Place) -> None:
    done, found = place.install(TORCH_INDEX="http://127.0.0.1:1")
    assert done.returncode != 0 and not found and not place.asked


@pytest.mark.skipif(
    sys.platform != "linux" or Path("/proc/driver/nvidia").exists(), reason="this machine wants the ordinary build"
)
def test_without_a_way_to_the_cpu_builds_that_is_said_and_the_ordinary_build_may_come(place: Place) -> None:
    done, found = place.install()
    assert (done.returncode, found, set(place.asked)) == (0, [], {"download.pytorch.org:443"})
    assert "the ordinary build will do, but it is gigabytes" in done.stderr and "TORCH_INDEX=" in done.stderr


def test_with_an_nvidia_gpu_pip_goes_where_it_always_goes(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = tmp_path / "bin" / "nvidia-smi"
    driver.parent.mkdir()
    driver.write_text("#!/bin/sh\n")
    driver.chmod(0o755)
    monkeypatch.setenv("PATH", str(driver.parent), prepend=os.pathsep)
    done, found = place.install()
    assert done.returncode != 0 and not found and set(place.asked) == {"pypi.org:443"}


@pytest.mark.parametrize("by", ["variable", "file"])
def test_ones_own_sources_are_asked_and_nobody_else(
    place: Place, packages: Callable[[str], str], tmp_path: Path, by: str
) -> None:
    own = packages("")
    (tmp_path / "pip.conf").write_text(f"[global]\nindex-url = {own}\n")
    settings = {"variable": {"PIP_INDEX_URL": own}, "file": {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf")}}
    done, found = place.install(**settings[by])
    assert (done.returncode, found, place.asked) == (0, [VERSION], []), done.stdout + done.stderr
