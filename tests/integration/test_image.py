"""The image, built and run by a container engine as ``compose.yaml`` says. Skipped where there is no engine."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests import recipe
from tests.everything import use_everything
from tests.integration.test_container import let_in
from tests.patience import COMMAND_PATIENCE, PATIENCE, wait_until
from tests.support import Server, connect

pytestmark = pytest.mark.slow

#: bytes of the image above those of the one that it is made from
MOST = 800e6
IMAGE = "skipscope-under-test"


@dataclass(frozen=True)
class Room:
    """A room of ``compose.yaml``, on a port of loopback."""

    compose: tuple[str, ...]
    port: int
    folder: Path

    def do(self, *arguments: str) -> str:
        """A command of compose."""
        return _output(*self.compose, *arguments)

    @property
    def container(self) -> str:
        """The id of its container."""
        return self.do("ps", "--quiet", "skipscope").strip()

    def about(self, what: str) -> Any:
        """What the engine tells of the container, such as ``.State.Health``."""
        return json.loads(_output("docker", "inspect", "--format", f"{{{{json {what}}}}}", self.container))

    def inside(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command in the container."""
        return subprocess.run(["docker", "exec", self.container, *command], capture_output=True, text=True)

    def server(self) -> Server:
        """The server, once it is well, at the link that it printed last."""
        wait_until(lambda: self.about(".State.Health.Status") == "healthy")
        links = re.findall(r"Skipscope is at (http://localhost\S+)", self.do("logs", "--no-color"))
        where = links[-1].replace(f":{recipe.environment()['SKIPSCOPE_PORT']}/", f":{self.port}/")
        return Server(None, self.folder, where)  # type: ignore[arg-type]  # its process is the engine's


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """The room of ``compose.yaml`` under another name; only this machine reaches it."""
    command = _compose()
    folder = tmp_path_factory.mktemp("room")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    file = recipe.compose("compose.yaml")
    service = file["services"]["skipscope"]
    # the machine's own network while it builds: there are engines without another
    service |= {"image": IMAGE, "build": service["build"] | {"context": str(recipe.ROOT), "network": "host"}}
    service["ports"] = [f"127.0.0.1:{port}:{recipe.environment()['SKIPSCOPE_PORT']}"]
    written = folder / "compose.yaml"
    written.write_text(yaml.safe_dump(file), encoding="utf-8")
    room = Room((*command, "--project-name", "skipscope-test", "--file", str(written)), port, folder)
    try:
        room.do("up", "--build", "--detach")
        yield room
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            room.do("down", "--volumes")


def _compose() -> tuple[str, ...]:
    """The command of Docker Compose; skips where it, or the engine, is not there."""
    if shutil.which("docker") is None or _fails("docker", "info"):
        pytest.skip("no container engine runs here")
    for command in (("docker", "compose"), ("docker-compose",)):
        if shutil.which(command[0]) and not _fails(*command, "version"):
            return command
    pytest.skip("Docker Compose is not installed")


def _fails(*command: str) -> bool:
    return subprocess.run(command, capture_output=True).returncode != 0


def _output(*command: str) -> str:
    """What a command prints; without a variable of the program, but with the machine's number of processors."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("SKIPSCOPE_")}
    variables["SKIPSCOPE_CPUS"] = str(min(2, os.cpu_count() or 1))
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=COMMAND_PATIENCE)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def test_the_image_is_small(room: Room) -> None:
    assert room.container
    sizes = [_output("docker", "image", "inspect", "--format", "{{.Size}}", name) for name in (IMAGE, recipe.base())]
    image, below = map(int, sizes)
    assert image - below <= MOST


def test_it_has_no_rights_and_writes_nowhere_but_in_its_data(room: Room) -> None:
    room.server()
    assert room.inside("id", "--user").stdout.strip() == "10001"
    status = room.inside("cat", "/proc/1/status").stdout
    assert "CapEff:\t0000000000000000" in status and "NoNewPrivs:\t1" in status
    places = {"/": False, "/opt/skipscope": False, "/tmp": True, "/data": True}
    for place, writable in places.items():
        assert (room.inside("touch", f"{place}/new").returncode == 0) is writable, place
    limits = room.about(".HostConfig")
    assert limits["NanoCpus"] and limits["Memory"] == limits["MemorySwap"] == 4 * 2**30 and limits["PidsLimit"] == 512
    assert room.inside("sh", "-c", "find / -name '*.pyc' -newer /data/new 2>/dev/null").stdout == ""


def test_the_doctor_finds_no_problem_in_it(room: Room) -> None:
    room.server()
    done = room.inside("skipscope", "doctor")
    assert done.returncode == 0, done.stdout
    assert "is taken by Skipscope" in done.stdout and "trains, ready in" in done.stdout


def test_a_run_is_there_again_when_the_container_was_killed_and_started(room: Room) -> None:
    server = room.server()
    with connect(server, additional_headers=let_in(server)) as viewer:
        run = viewer.start()
        viewer.until_state("finished")
    server = room.server()
    headers = let_in(server)
    listed = httpx.get(f"{server.url}/api/runs", headers=headers, timeout=PATIENCE).json()  # waits until it is stored
    assert run in [one["id"] for one in listed["runs"]]
    room.do("kill")
    room.do("up", "--detach")
    again = room.server()
    headers = let_in(again)
    kept = httpx.get(f"{again.url}/api/runs/{run}", headers=headers, timeout=PATIENCE).json()
    assert kept["state"] == "finished"


def test_all_that_skipscope_does_works_in_it(room: Room, tmp_path: Path) -> None:
    server = room.server()
    use_everything(server, let_in(server), tmp_path)
    assert "Traceback" not in room.do("logs", "--no-color")
    room.do("stop")
    assert room.about(".State.ExitCode") == 0 and not room.about(".State.OOMKilled")
