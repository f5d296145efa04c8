"""Rules of the whole repository: what the server loads, how long a module is, what is packed and pinned."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.lock import constraints

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 300


@pytest.mark.parametrize("module", ["app.main", "app.cli", "app.catalog.code"])
def test_the_server_starts_without_torch(module: str) -> None:
    """Torch takes seconds to load, and a crash in its native code must not end the server."""
    program = f"import sys, {module}; print(sorted(name for name in sys.modules if name.split('.')[0] == 'torch'))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")


def test_the_server_checks_questions_about_every_analysis_without_torch() -> None:
    program = (
        "import pickle, sys; from app.analyses import registry; from app.workers import analysis, tracing, training; "
        "questions = [{'kind': kind, 'depth': 8} for kind in registry.answers()]; "
        "[registry.parse_question(one) for one in questions if one['kind'] in ('lesions', 'paths', 'flow')]; "
        "pickle.dumps([analysis.AnalysisWorker(), training.TrainingWorker(), tracing.TracingWorker()]); "
        "print(len(questions) > 8, [name for name in sys.modules if name.split('.')[0] == 'torch'])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "True []\n", "")


@pytest.mark.parametrize("pattern", ["app/**/*.py", "benchmarks/**/*.py", "static/js/**/*.js"])
def test_no_module_is_too_long_to_read_in_one_sitting(pattern: str) -> None:
    lengths = {str(path.relative_to(ROOT)): _lines(path) for path in ROOT.glob(pattern)}
    assert lengths
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_every_package_is_packed() -> None:
    folders = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in (ROOT / "app").rglob("*.py")
        if "_web" not in path.parts
    }
    packed = set(_project()["tool"]["setuptools"]["packages"])
    assert packed - {"app._web.recorded", "app._web.static", "app._web.templates"} == folders


def test_every_dependency_is_pinned_within_its_range() -> None:
    pins = _pins()
    project = _project()["project"]
    needed = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    for requirement in map(Requirement, needed):
        assert requirement.specifier.contains(pins[requirement.name.lower()]), requirement


def test_what_the_dependencies_need_is_pinned_too() -> None:
    pins = _pins()
    for name in pins:
        for requirement in map(Requirement, requires(name) or []):
            wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            if wanted and not requirement.name.startswith(("nvidia", "triton", "cuda")):
                assert _normal(requirement.name) in pins, f"{name} needs {requirement}"


def test_no_test_waits_for_a_time() -> None:
    """``tests/patience.py`` has what waits for events, and the one number that bounds all waits."""
    waits = re.compile(r"\b(sleep\((?!0\))|wait_for_timeout\(|setTimeout\(|(timeout|deadline)=[\d.]+)")
    files = [*ROOT.glob("tests/**/test_*.py"), *ROOT.glob("tests/js/*.test.js"), ROOT / "tests" / "support.py"]
    found = {str(file.relative_to(ROOT)): waits.findall(file.read_text(encoding="utf-8")) for file in files}
    assert {name: hits for name, hits in found.items() if hits} == {}


def test_the_lock_leaves_out_what_only_one_build_of_torch_brings() -> None:
    frozen = "torch==2.13.0+cpu\nnvidia-nccl==2.1\ntriton==3.1\npip==26.0\nskipscope==0.1.0\nNumPy==2.1\n-e .\n"
    lines = constraints(frozen).splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["NumPy==2.1", "torch==2.13.0"]


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _pins() -> dict[str, Version]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==") for line in lines if not line.startswith("#"))
    return {_normal(name): Version(version) for name, version in pairs}


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())
