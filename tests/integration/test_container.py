"""The image's start command where it will run: no rights, a tree that cannot be written, one folder that can, and no
more packages than the image has.
"""

import contextlib
import os
import queue
import shutil
import socket
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import remove_unused
from tests import recipe
from tests.everything import use_everything
from tests.patience import PATIENCE, wait_until
from tests.support import ROOT, Server, connect

#: drops every capability for good, as cap_drop and no-new-privileges do
BARE = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--securebits=+noroot", "--no-new-privs")
FOLDERS = ("app", "recorded", "static", "templates")


@dataclass(frozen=True)
class Container:
    """Where the image's commands run."""

    tree: Path
    environment: dict[str, str]
    prefix: tuple[str, ...]
    python: Path

    def command(self, command: list[str]) -> list[str]:
        """A command of the image, for its Python."""
        programs = {"skipscope": [str(self.python), "-m", "app"], "python": [str(self.python)]}
        return [*self.prefix, *programs[command[0]], *command[1:]]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the packages of this one, less what the image leaves out."""
    if shutil.which("strip") is None:
        pytest.skip("needs strip, of binutils")
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    made = folder / "bin" / "python"
    where = [str(made), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.run(where, check=True, capture_output=True, text=True).stdout.strip())
    without = shutil.ignore_patterns("__editable__*")  # which leads back to the repository
    shutil.copytree(sysconfig.get_path("purelib"), packages, ignore=without, copy_function=_link, dirs_exist_ok=True)
    assert remove_unused.remove(packages) > 0
    return made


def _link(source: str, target: str) -> None:
    """The same file once more; nothing writes into one of an environment."""
    try:
        os.link(source, target)
    except OSError:  # on another disk
        shutil.copy2(source, target)


@pytest.fixture
def container(tmp_path: Path, python: Path) -> Iterator[Container]:
    """The program's files, read-only; an environment of the image's variables and of no other."""
    tree, data = tmp_path / "tree", tmp_path / "data"
    for name in FOLDERS:
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    data.mkdir()
    (tmp_path / "tmp").mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    image = recipe.environment()
    paths = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join([str(tree), *filter(None, EXTRA)])}
    own = {
        "SKIPSCOPE_DATA_DIR": str(data),
        "SKIPSCOPE_PORT": str(port),
        "HOME": str(data),
        "TMPDIR": str(tmp_path / "tmp"),
    }
    for folder in [tree, *tree.rglob("*")]:
        folder.chmod(0o555 if folder.is_dir() else 0o444)
    try:
        yield Container(tree, image | paths | own | {"PYTHONDONTWRITEBYTECODE": "1"}, bare(), python)
    finally:
        for folder in [tree, *tree.rglob("*")]:
            if folder.is_dir():
                folder.chmod(0o755)


#: what else this Python was told to look through; not the repository itself, which is the editable installation
EXTRA = [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part and Path(part).resolve() != ROOT]


def bare() -> tuple[str, ...]:
    """The command that takes all capabilities away, for those who have any."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("as root this needs setpriv, of util-linux")
    return BARE


@contextlib.contextmanager
def started(container: Container) -> Iterator[Server]:
    """The image's start command, running."""
    process = subprocess.Popen(
        container.command(recipe.start_command()),
        cwd=container.environment["SKIPSCOPE_DATA_DIR"], env=container.environment, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    server = Server(process, Path(container.environment["SKIPSCOPE_DATA_DIR"]))
    assert process.stdout is not None
    arrived: queue.Queue[str | None] = server._arrived

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            server.lines.append(line)
            arrived.put(line)
        arrived.put(None)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        server.url = server.read_line("Skipscope is at ").split("Skipscope is at ")[1].split()[0]
        yield server
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE)
        reader.join(PATIENCE)
        process.stdout.close()


def test_the_image_s_command_serves_trains_and_ends_where_it_may_write_nothing_but_its_data(
    container: Container,
) -> None:
    before = {path: path.stat().st_mtime_ns for path in container.tree.rglob("*")}
    refused = subprocess.run(
        [*container.prefix, "touch", str(container.tree / "app" / "new")],
        capture_output=True,
        env=container.environment,
    )
    assert refused.returncode != 0
    where = container.command(["python", "-c", "import app; print(app.__file__)"])
    found = subprocess.run(where, cwd="/", capture_output=True, text=True, env=container.environment).stdout.strip()
    assert found == str(container.tree / "app" / "__init__.py")
    with started(container) as server:
        process = Path(f"/proc/{server.process.pid}/status")
        if process.exists():
            assert "CapEff:\t0000000000000000" in process.read_text()
        assert "?token=" in server.url  # nobody has set one
        healthy = container.command(recipe.health_command())
        wait_until(lambda: subprocess.run(healthy, env=container.environment, capture_output=True).returncode == 0)
        with connect(server, additional_headers=let_in(server)) as viewer:
            viewer.start()
            viewer.until_state("finished")
        assert server.stop() == 0
        assert not any("Traceback" in line for line in server.lines)
    assert any(server.data_dir.iterdir())
    assert {path: path.stat().st_mtime_ns for path in container.tree.rglob("*")} == before


def let_in(server: Server) -> dict[str, str]:
    """The cookie that the printed link gives; from now on the server is asked at an address of this machine."""
    token = server.url.split("token=")[1]
    server.url = f"http://127.0.0.1:{server.port}"
    return {"Cookie": server.get(f"/?token={token}").headers["set-cookie"].split(";")[0]}


def test_nothing_that_skipscope_does_misses_what_the_image_leaves_out(container: Container, tmp_path: Path) -> None:
    packages = next(container.python.parent.parent.glob("lib/*/site-packages"))
    assert not (packages / "torch" / "include").exists() and not list(packages.glob("**/tests"))
    where = container.command(["python", "-c", "import torch; print(torch.__file__)"])
    found = subprocess.run(where, cwd="/", capture_output=True, text=True, env=container.environment).stdout.strip()
    assert Path(found).is_relative_to(packages)
    with started(container) as server:
        use_everything(server, let_in(server), tmp_path)
        assert server.stop() == 0
        assert not any("Traceback" in line for line in server.lines)


def test_without_a_server_the_check_of_health_fails(container: Container) -> None:
    command = container.command(recipe.health_command())
    assert subprocess.run(command, env=container.environment, capture_output=True).returncode != 0
