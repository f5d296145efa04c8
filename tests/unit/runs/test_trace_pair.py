"""The recorded plain-20 and ResNet-20 of the traces: what was recorded is what the weights give, without the data."""

from pathlib import Path

import numpy as np
import pytest
import torch

from app import record_command
from app.analyses.analyse import analyse, complete_finding
from app.analyses.registry import parse_question
from app.analyses.subject import Subject
from app.analyses.trace import trace
from app.contract import measurements as m
from app.contract.checkpoints import checkpoints_in
from app.contract.presets import PRESETS
from app.contract.recordings import RECORDINGS, TRACE_PAIR, recording
from app.contract.trace import Example, TraceQuestion
from app.data import fashion_mnist, load
from app.data.fashion_mnist import DEBIAN_FOLDER
from app.errors import DataUnavailable, Refused
from app.paths import recorded_dir
from app.runs.recorded_runs import RecordedRuns, recorded_id

SHIPPED = RecordedRuns(recorded_dir())
RUN = recorded_id(TRACE_PAIR.name)
PLAIN, RESIDUAL = 0, 1


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without Fashion-MNIST."""
    monkeypatch.setattr(fashion_mnist, "DEBIAN_FOLDER", tmp_path / "not-installed")
    return tmp_path


@pytest.fixture(scope="module")
def evaluated() -> dict[int, m.Evaluated]:
    """What was recorded at each evaluation, by step."""
    return {one.step: one for one in SHIPPED.measurements(RUN) if isinstance(one, m.Evaluated)}


def weights_of(step: int) -> Subject:
    """The pair after so many steps, with the packaged part of its data."""
    folder = SHIPPED.folder_of(RUN)
    assert folder is not None
    subject = Subject(TRACE_PAIR.experiment, step)
    subject.load(dict(checkpoints_in(folder))[step])
    return subject


def test_it_was_trained_on_all_of_fashion_mnist_and_tells_when_and_where() -> None:
    run = SHIPPED.run(RUN)
    assert run.experiment == TRACE_PAIR.experiment
    facts = run.provenance
    assert (facts["training_examples"], facts["test_examples"], facts["input"]) == (60_000, 10_000, [1, 28, 28])
    assert all(facts[name] for name in ("recorded_at", "machine", "device", "threads", "torch", "python", "skipscope"))
    assert facts["parameters"] == [269_434, 269_434], "a skip of option A has no parameters"


def test_resnet_20_is_right_in_nine_of_ten_test_images(evaluated: dict[int, m.Evaluated]) -> None:
    assert evaluated[TRACE_PAIR.experiment.steps].test_accuracy[RESIDUAL] >= 0.90


@pytest.mark.parametrize("step", [*TRACE_PAIR.kept, TRACE_PAIR.experiment.steps])
def test_what_was_recorded_is_what_the_weights_give_on_the_packaged_part(
    step: int, evaluated: dict[int, m.Evaluated], elsewhere: Path
) -> None:
    subject = weights_of(step)
    _, accuracy = subject.sweep.evaluate(subject.test_x, subject.test_y)
    recorded = evaluated[step].test_accuracy
    spread = np.sqrt(recorded * (1 - recorded) / len(subject.test_y))
    assert (abs(accuracy - recorded) < 4 * spread).all(), (accuracy, recorded)


@pytest.mark.slow
@pytest.mark.skipif(not DEBIAN_FOLDER.is_dir(), reason="needs Debian's package dataset-fashion-mnist")
def test_what_was_recorded_is_what_the_weights_give_on_the_whole_test_set(evaluated: dict[int, m.Evaluated]) -> None:
    steps, data = TRACE_PAIR.experiment.steps, load("fashion-mnist")
    test_x, test_y = torch.from_numpy(data.test_x), torch.from_numpy(data.test_y)
    loss, accuracy = weights_of(steps).sweep.evaluate(test_x, test_y)
    # another machine may round the scores of an image that lies between two classes to the other side
    assert accuracy == pytest.approx(evaluated[steps].test_accuracy, abs=2.5e-4)
    assert loss == pytest.approx(evaluated[steps].test_loss, rel=1e-3)


def test_its_files_are_small() -> None:
    folder = SHIPPED.folder_of(RUN)
    assert folder is not None
    kept = checkpoints_in(folder)
    assert [step for step, _ in kept] == [0, *TRACE_PAIR.kept, TRACE_PAIR.experiment.steps]
    networks = len(TRACE_PAIR.experiment.networks())
    assert all(file.stat().st_size <= 2_000_000 * networks for _, file in kept)
    assert kept[0][1].stat().st_size < 10_000, "the first weights follow from the seed"
    assert sum(file.stat().st_size for file in folder.iterdir()) < 9_000_000


def test_a_question_about_it_needs_no_file_and_says_which_images_were_used(elsewhere: Path) -> None:
    subject = weights_of(TRACE_PAIR.experiment.steps)
    question = parse_question({"kind": "lesion", "depth": 20, "blocks": [2]})
    finding = complete_finding(analyse(subject, question))
    assert finding.words[-1] == (
        "measured on the part of the data that comes with Skipscope: 4,000 training and 2,000 test examples"
    )


def test_no_preset_offers_it() -> None:
    assert TRACE_PAIR.name not in PRESETS
    assert all(preset.experiment.dataset != "fashion-mnist" for preset in PRESETS.values())
    assert [*RECORDINGS] == [*PRESETS, TRACE_PAIR.name]


def test_without_the_data_it_is_not_trained_and_the_recording_stays(elsewhere: Path) -> None:
    before = {file.name: file.stat().st_mtime_ns for file in (recorded_dir() / TRACE_PAIR.name).iterdir()}
    with pytest.raises(DataUnavailable, match="apt-get install dataset-fashion-mnist"):
        record_command.run([TRACE_PAIR.name], threads=1, device="cpu", dataset_dir=None)
    assert {file.name: file.stat().st_mtime_ns for file in (recorded_dir() / TRACE_PAIR.name).iterdir()} == before


def test_an_unknown_recording_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(Refused, match=r"'pair' is not one of degradation, .*, trace-pair"):
        recording("pair")


def test_a_trace_of_the_pair_needs_no_data_and_says_with_what_its_probes_were_tested(elsewhere: Path) -> None:
    question = TraceQuestion(depth=20, image=Example(index=0))
    subject = weights_of(TRACE_PAIR.experiment.steps)
    bare = trace(subject, question)
    assert [one.name for one in bare.networks] == ["plain-20", "residual-20"]
    assert not any("comes with Skipscope" in words for words in bare.words)
    probed = trace(subject, question.model_copy(update={"probes": True}))
    assert "measured on the part of the data that comes with Skipscope" in probed.words[-1]
