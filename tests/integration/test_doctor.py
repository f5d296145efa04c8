"""``skipscope doctor`` as a user runs it: every problem is a real one."""

import json
import os
import re
import shlex
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.machine import in_container
from app.runs.schema import FILE
from tests.integration.test_container import bare
from tests.patience import PATIENCE, wait_until
from tests.support import ROOT, SMALL, connect, running_server

DOCTOR = [sys.executable, "-m", "app", "doctor"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder that is there."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def ask(
    data: Path, *options: str, prefix: tuple[str, ...] = (), python_path: Path | None = None, **variables: str
) -> tuple[int, dict[str, Any]]:
    """The exit code, and by name what was found.

    Args:
        data: the data folder.
        options: of the command.
        prefix: a command that runs it.
        python_path: a folder that Python looks into first.
        variables: of the environment.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SKIPSCOPE_")} | variables
    environment["PYTHONPATH"] = os.pathsep.join([*([str(python_path)] if python_path else []), str(ROOT)])
    command = [*prefix, *DOCTOR, "--json", "--data-dir", str(data), *options]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert done.stderr == "", done.stderr
    told = json.loads(done.stdout)
    found = {one["name"]: one for one in told["checks"]}
    levels = [one["level"] for one in found.values()]
    assert done.returncode == int("problem" in levels)
    assert told["status"] == next(level for level in ("problem", "warning", "ok") if level in levels)
    assert all(one["advice"] for one in found.values() if one["level"] != "ok")
    return done.returncode, found


def bad(found: dict[str, Any]) -> dict[str, str]:
    """By name the level of what is not well."""
    return {name: one["level"] for name, one in found.items() if one["level"] != "ok"}


def test_a_machine_on_which_all_is_well(data: Path) -> None:
    code, found = ask(data, "--port", "0", SKIPSCOPE_STORE_MIB="1", SKIPSCOPE_CHECKPOINTS_MIB="1")
    assert (code, bad(found)) == (0, {})
    assert list(data.iterdir()) == []
    assert "trains, ready in" in found["PyTorch"]["words"]
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8").split("## skipscope doctor")[1]
    rows = re.findall(r"^\| ([A-Za-z ]+) \|", page.split("\n## ")[0], re.MULTILINE)
    assert [row for row in rows if row not in ("line", "option")] == list(found)


def test_people_get_lines_and_a_sentence_at_the_end(data: Path) -> None:
    done = subprocess.run(
        [*DOCTOR, "--data-dir", str(data), "--dataset-dir", str(data / "none"), "--port", "0"],
        cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    at = next(place for place, line in enumerate(lines) if line.startswith("problem  data sets    there is no folder"))
    assert "→ correct --dataset-dir, or leave it out" in " ".join(lines[at : at + 3])
    assert "1 problem" in lines[-1] and lines[0].startswith("ok       port ")


def test_a_folder_that_is_not_there_yet_is_not_made(tmp_path: Path) -> None:
    _, found = ask(tmp_path / "one" / "two", "--port", "0")
    assert found["folder"]["level"] != "problem" and list(tmp_path.iterdir()) == []


def test_it_works_beside_a_server_on_the_same_folder_and_finds_it(data: Path) -> None:
    with running_server(data) as server:
        wait_until(server.is_warm)
        with connect(server) as viewer:
            viewer.start(SMALL | {"steps": 200_000, "evaluate_every": 10_000})
            viewer.receive("frame")
            before = sorted(data.iterdir())
            code, found = ask(data, "--port", str(server.port))
            assert code == 0 and found["port"]["level"] == "warning"
            health = server.get("/health").json()
            assert f"by Skipscope {health['version']} (process {server.process.pid})" in found["port"]["words"]
            assert found["runs"]["level"] == found["clock"]["level"] == "ok"
            assert sorted(data.iterdir()) == before and health["recording"] == "ok"
            viewer.receive("frame")
    _, found = ask(data, "--port", "0")
    assert found["runs"]["words"].startswith("1 run of ") and not (data / f"{FILE}-wal").exists()


def test_many_problems_are_all_found_and_none_hides_another(tmp_path: Path) -> None:
    file, mine = tmp_path / "data", tmp_path / "mine"
    file.write_text("a file in the place of the folder")
    mine.mkdir()
    (mine / "train-images-idx3-ubyte").write_bytes(b"damaged")
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        line.listen()
        code, found = ask(
            file, "--port", str(line.getsockname()[1]), "--workers", "64", "--threads", "1", "--device", "mps",
            "--dataset-dir", str(mine),
            prefix=("sh", "-c", 'ulimit -n 256 && exec "$@"', "sh"),
            OMP_NUM_THREADS="2", SKIPSCOPE_PUBLIC_URL="https://room.example.org",
        )  # fmt: skip
    assert code == 1 and bad(found) == {
        "port": "problem", "proxies": "warning", "connections": "warning", "processors": "warning",
        "memory": "problem", "folder": "problem", "data sets": "warning", "PyTorch": "problem",
    }  # fmt: skip
    words = {name: f"{one['words']} → {one['advice']}" for name, one in found.items()}
    for name, part in {
        "port": f"{psutil.Process().name()} (process {os.getpid()}) → choose another with --port",
        "address": "others open https://room.example.org",
        "proxies": "SKIPSCOPE_TRUSTED_PROXIES",
        "connections": "ulimit -n",
        "processors": "2 processors",
        "memory": "too little for the usual experiment",
        "folder": "Not a directory → choose another folder with --data-dir",
        "data sets": "train-images-idx3-ubyte",
        "PyTorch": "mps cannot be used here → choose auto",
    }.items():
        assert part in words[name], words[name]


@pytest.fixture
def read_only(data: Path) -> Iterator[Path]:
    data.chmod(0o555)
    yield data
    data.chmod(0o755)


def test_where_nothing_may_be_written_no_low_port_taken_and_no_proxy_answers(read_only: Path) -> None:
    _, found = ask(read_only, "--port", "80", prefix=bare(), SKIPSCOPE_TRUSTED_PROXIES="10.0.0.7")
    assert found["folder"]["level"] == "problem" and str(read_only) in found["folder"]["words"]
    assert "--data-dir" in found["folder"]["advice"]
    assert bad(found)["proxies"] == "warning" and "SKIPSCOPE_PUBLIC_URL" in found["proxies"]["advice"]
    free = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
    if not free.exists() or int(free.read_text()) > 80:
        assert found["port"]["level"] == "problem" and "needs rights" in found["port"]["words"]


def test_a_machine_in_no_network(data: Path) -> None:
    apart = ("unshare", "--net", *(() if os.geteuid() == 0 else ("--map-root-user",)))
    if shutil.which("unshare") is None or subprocess.run([*apart, "true"], capture_output=True).returncode:
        pytest.skip("no network of its own can be made here")
    _, found = ask(data, "--host", "0.0.0.0", "--port", "0", prefix=apart)
    words = "In a container" if in_container() else "This machine is in no network"
    assert found["address"]["level"] == "warning" and found["address"]["words"].startswith(words)


def test_a_full_disk_and_one_that_will_not_do(data: Path) -> None:
    _, found = ask(data, "--port", "0", SKIPSCOPE_STORE_MIB="1000000", SKIPSCOPE_CHECKPOINTS_MIB="1000000")
    assert found["folder"]["level"] == "warning" and "SKIPSCOPE_STORE_MIB" in found["folder"]["advice"]
    apart = ("unshare", "--mount", *(() if os.geteuid() == 0 else ("--map-root-user",)))
    mount = f"mount -t tmpfs -o size=1m none {shlex.quote(str(data))}"
    if shutil.which("unshare") is None or subprocess.run([*apart, "sh", "-c", mount], capture_output=True).returncode:
        pytest.skip("no disk of its own can be made here")
    _, found = ask(data, "--port", "0", prefix=(*apart, "sh", "-c", f'{mount} && exec "$@"', "sh"))
    assert found["folder"]["level"] == "problem" and "too little to record a run" in found["folder"]["words"]


@pytest.fixture
def recorded(data: Path) -> Path:
    """A data folder in which a run is recorded."""
    command = [sys.executable, "-m", "app", "train", "--set", "depths=4", "--set", "steps=8", "--data-dir", str(data)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=PATIENCE)
    return data


def test_a_damaged_record_of_runs(recorded: Path) -> None:
    file = recorded / FILE
    whole = file.read_bytes()
    file.write_bytes(whole[:8192] + bytes(4096) + whole[12288:])
    _, found = ask(recorded, "--port", "0")
    assert found["runs"]["level"] == "problem" and "damaged" in found["runs"]["words"]
    assert str(file) in found["runs"]["advice"]
    file.write_bytes(b"no data base" * 400)
    _, found = ask(recorded, "--port", "0")
    assert found["runs"]["level"] == "problem" and "not a database" in found["runs"]["words"]


def test_a_run_from_the_future_and_an_address_that_is_not_this_machine_s(recorded: Path) -> None:
    with closing(sqlite3.connect(recorded / FILE)) as db, db:
        db.execute("UPDATE runs SET created = ?", (time.time() + 7200,))
    _, found = ask(recorded, "--port", "0", "--host", "203.0.113.7")
    assert found["clock"]["level"] == "warning" and "the newest run is of" in found["clock"]["words"]
    assert found["port"]["level"] == "problem" and "choose an address with --host" in found["port"]["advice"]


def test_torch_of_another_version_or_none_or_one_that_does_not_load(data: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    record = other / "torch-2.0.1.dist-info" / "METADATA"
    record.parent.mkdir(parents=True)
    record.write_text("Metadata-Version: 2.1\nName: torch\nVersion: 2.0.1\n")
    _, found = ask(data, "--port", "0", python_path=other)
    assert found["PyTorch"]["level"] == "problem" and "version 2.0.1 is installed" in found["PyTorch"]["words"]
    assert found["PyTorch"]["advice"] == "pip install torch==2.13.0"
    broken = tmp_path / "broken" / "torch.py"
    broken.parent.mkdir()
    for text, words in (
        ("raise ImportError('libgomp.so.1: cannot open shared object file')", "does not train: ImportError: libgomp"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGILL)", "instructions that this processor does not have"),
        ("import os; os._exit(3)", "its process ended with code 3"),
    ):
        broken.write_text(text)
        _, found = ask(data, "--port", "0", python_path=broken.parent)
        assert found["PyTorch"]["level"] == "problem" and words in found["PyTorch"]["words"]


def test_a_setting_that_is_refused_is_code_2(data: Path) -> None:
    done = subprocess.run([*DOCTOR, "--port", "70000"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and "port: 70000 is over the limit of 65535" in done.stderr
