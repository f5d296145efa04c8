"""The wheel: built from the repository's files, installed elsewhere, it has all that the program needs."""

import json
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import httpx
import pytest

from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
REPORT = """
import json
from app.data import load
from app.paths import recorded_dir, static_dir, templates_dir
def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
folders = [files(folder()) for folder in (static_dir, templates_dir, recorded_dir)]
print(json.dumps([str(static_dir()), *folders, len(load("fashion").train_y)]))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` folder of an environment that has the wheel, and the dependencies of this one."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for name in ("app", "static", "templates", "recorded"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    _run(*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, source)
    _run(sys.executable, "-m", "venv", "--without-pip", folder / "venv")
    python = folder / "venv" / "bin" / "python"
    (wheel,) = folder.glob("skipscope-*.whl")
    _run(*pip, "--python", python, "install", "--quiet", "--no-deps", wheel)
    site = _run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    # A line in a .pth file adds the folder alone: the editable installation in it is not followed.
    (Path(site) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python.parent


def test_the_installed_program_has_every_template_static_file_and_data_file(installed: Path) -> None:
    static, files, templates, recorded, examples = json.loads(_run(installed / "python", "-I", "-c", REPORT))
    assert Path(static).is_relative_to(installed.parent)
    assert files == _files(ROOT / "static")
    assert templates == _files(ROOT / "templates")
    assert recorded == _files(ROOT / "recorded")
    assert examples == 10_000


def test_the_installed_server_serves_its_page(installed: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [installed / "skipscope", "serve", "--port", "0", "--no-browser", "--data-dir", tmp_path],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if address := re.search(r"http://127\.0\.0\.1:\d+", line):
                break
        else:
            pytest.fail("the server ended:\n" + "".join(lines))
        answer = httpx.get(address[0], timeout=PATIENCE)
        assert answer.status_code == 200
        assert "<title>" in answer.text
        scripts = re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text)
        assert scripts
        assert {path: httpx.get(address[0] + path, timeout=PATIENCE).status_code for path in scripts} == dict.fromkeys(
            scripts, 200
        )
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _run(*command: str | Path) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
