"""``skipscope train`` and ``skipscope presets`` as a user runs them."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.contract.presets import PRESETS
from tests.patience import COMMAND_PATIENCE

COMMAND = [sys.executable, "-m", "app"]
THOUSAND = ("--set", "depths=1000", "--set", "steps=120")


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What is trained here is recorded here."""
    monkeypatch.setenv("SKIPSCOPE_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def skipscope(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=COMMAND_PATIENCE, check=False)


def test_the_default_sweep_shows_degradation() -> None:
    """Residual-64 learns, plain-64 does not, shallow ones are not told apart, and the words say so."""
    done = skipscope("train", "--preset", "degradation", "--jsonl")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    last = [event for event in events if event["type"] == "evaluation"][-1]
    accuracy = dict(zip([(arm, d) for arm in "pr" for d in (4, 8, 16, 32, 64)], last["test_accuracy"][0], strict=True))
    assert accuracy["r", 64] >= 0.90
    assert accuracy["p", 64] <= 0.40
    for depth in (4, 8):
        assert abs(accuracy["r", depth] - accuracy["p", depth]) <= 0.03
        assert "ahead" not in last["words"]["depths"][(4, 8).index(depth)]
    for index, depth in ((3, 32), (4, 64)):
        assert re.match(rf"At {depth} layers residual is \d+ points ahead of plain", last["words"]["depths"][index])
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1] == events[-1] | {"type": "state", "state": "finished", "step": 320}


def test_people_see_a_table_and_words() -> None:
    done = skipscope("train", "--set", "depths=4,8", "--set", "seeds=1", "--set", "steps=40")
    assert done.returncode == 0, done.stderr
    assert re.search(r"plain\s+│\s+4\s+│", done.stdout)
    assert "At 4 layers" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "--set", "depths=4096"], "depths: depth 4096 is over the limit of 1024"),
        (["train", "--preset", "nothing"], "preset: 'nothing' is not one of degradation"),
        (["serve", "--port", "70000"], "port: 70000 is over the limit of 65535"),
    ],
)
def test_what_does_not_fit_is_one_line_and_exit_code_2(arguments: list[str], words: str) -> None:
    done = skipscope(*arguments)
    assert done.returncode == 2
    assert words in done.stderr and "Traceback" not in done.stderr


def test_what_would_take_too_long_is_refused_and_can_be_trained_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKIPSCOPE_LONGEST_RUN_H", "0.000001")
    small = ("train", "--set", "depths=4,8", "--set", "steps=40")
    done = skipscope(*small)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("skipscope: steps: this takes about") and "--longest-run-h" in done.stderr
    assert skipscope(*small, "--longest-run-h", "1").returncode == 0


def test_missing_data_name_the_folder(tmp_path: Path) -> None:
    done = skipscope("train", "--set", "dataset=idx", "--dataset-dir", str(tmp_path))
    assert done.returncode == 1
    assert str(tmp_path) in done.stderr and "Traceback" not in done.stderr


def test_presets_are_listed() -> None:
    done = skipscope("presets")
    assert all(name in done.stdout for name in PRESETS)


def test_a_recorded_run_is_analysed_without_training_it(data_folder: Path) -> None:
    done = skipscope("analyse", "recorded-shallow", "lesions", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["step"] == 320
    assert not (data_folder / "checkpoints").exists()


def test_what_is_trained_can_be_analysed_afterwards(data_folder: Path) -> None:
    done = skipscope("train", "--set", "depths=4", "--set", "steps=8", "--jsonl")
    assert done.returncode == 0, done.stderr
    (run,) = {event["run"] for line in done.stdout.splitlines() if "run" in (event := json.loads(line))}
    asked = skipscope("analyse", "last", "lesions", "--json")
    assert asked.returncode == 0, asked.stderr
    assert json.loads(asked.stdout)["step"] == 8
    assert skipscope("analyse", run, "lesions", "--step", "4", "--json").returncode == 0
    assert [folder.name for folder in (data_folder / "checkpoints").iterdir()] == [run]


def test_a_data_folder_that_cannot_be_written_is_named(data_folder: Path) -> None:
    data_folder.write_text("a file in the way")
    done = skipscope("train", "--set", "depths=4", "--set", "steps=8")
    assert done.returncode == 1
    assert f"cannot record in {data_folder}" in done.stderr and "--data-dir" in done.stderr


@pytest.mark.slow
def test_a_thousand_layers_learn_the_digits() -> None:
    done = skipscope("train", "--preset", "thousand", *THOUSAND, "--jsonl")
    last = [event for line in done.stdout.splitlines() if (event := json.loads(line))["type"] == "evaluation"][-1]
    assert last["step"] == 120 and min(last["test_accuracy"][0]) >= 0.7


def test_ctrl_c_stops_where_it_is_and_keeps_what_was_measured() -> None:
    process = subprocess.Popen(
        [*COMMAND, "train", "--set", "steps=100000", "--jsonl"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    for line in process.stdout:
        if '"frame"' in line:
            break
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=COMMAND_PATIENCE)
    kinds = [json.loads(line) for line in rest.splitlines()]
    assert kinds[-1]["state"] == "stopped"
    assert [event["type"] for event in kinds[-3:]] == ["evaluation", "checkpoint", "state"]
    assert process.returncode == 130
