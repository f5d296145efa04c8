"""Traces as a whole: images from the test set and from bytes, probes, limits, what is refused, what was learnt."""

import base64
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import torch

from app.analyses import trace as traces
from app.analyses.subject import Subject
from app.analyses.trace import as_read, image_of, learnt, trace
from app.analyses.trace_networks import PROBE_EXAMPLES, Networks
from app.contract.connections import CONNECTIONS
from app.contract.experiment import Experiment
from app.contract.trace import Maps, TraceQuestion, as_json
from app.data import load_pictures
from app.errors import Refused
from tests.unit.analyses.networks import trained
from tests.unit.analyses.trained import subject_of

EXPERIMENT = Experiment(depths=(6, 8), width=8, steps=40, evaluate_every=20, seeds=2)
CLOTHES = EXPERIMENT.model_copy(
    update={"dataset": "fashion", "family": "conv6n2", "depths": (8,), "width": 4, "steps": 8}
)


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    return trained(EXPERIMENT, tmp_path_factory.mktemp("digits"))


@pytest.fixture(scope="module")
def clothes(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    return trained(CLOTHES, tmp_path_factory.mktemp("clothes"))


def question(depth: int = 8, index: int = 3, **fields: Any) -> TraceQuestion:
    return TraceQuestion.model_validate({"depth": depth, "image": {"kind": "example", "index": index}} | fields)


def drawn(pixels: bytes, depth: int = 8, **fields: Any) -> TraceQuestion:
    image = {"kind": "pixels", "pixels": base64.b64encode(pixels).decode()}
    return question(depth, image=image, **fields)


def numbers(maps: Maps | None) -> Any:
    assert maps is not None
    codes = np.frombuffer(base64.b64decode(maps.values), np.int8).reshape(-1, maps.height, maps.width)
    return codes * (maps.scale / 127)


@pytest.mark.parametrize("family", ["mlp", "conv6n2"])
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_every_connection_is_traced_from_the_image_to_the_classifier(connection: str, family: str) -> None:
    subject = subject_of(connection, family)
    depth = subject.experiment.depths[-1]
    plain, other = trace(subject, question(depth, maps=64)).networks
    kinds = [stage.kind for stage in other.stages]
    assert kinds[:3] == ["input", "stem", "block"] and kinds[-1] == "classifier"
    assert ("average" in kinds) == (family == "conv6n2")
    assert kinds.count("transition") == (2 if connection == "dense" and family == "conv6n2" else 0)
    for network, replica in zip((plain, other), subject.replicas(depth, seeds=1), strict=True):
        with torch.no_grad():
            logits = replica.stack.forward(subject.test_x[3:4])[0, :, 0]
        torch.testing.assert_close(torch.tensor(network.logits, dtype=torch.float64), logits, rtol=1e-12, atol=1e-12)
        assert sum(network.probabilities) == pytest.approx(1, abs=1e-12)
        assert (network.target, network.stages[-1].layers) == (int(subject.test_y[3]), (replica.cell.layers,) * 2)
        for stage, after in zip(network.stages[2:], network.stages[3:], strict=False):
            assert after.reads == stage.gives or stage.kind == "average"
        for stage in network.stages:
            assert stage.operation and stage.words and stage.output and stage.gradient
            assert stage.output.channels == stage.gradient.channels
            assert len(set(stage.output.channels)) == min(64, stage.gives[0])
            assert (stage.join is not None) == (stage.kind == "block") == bool(stage.equation)
    assert all(stage.join.past is None for stage in plain.stages if stage.join)
    assert all((stage.join.past is None) == (connection == "plain") for stage in other.stages if stage.join)


def test_maps_at_a_join_show_the_same_channels_and_add_up_to_what_follows(clothes: Subject) -> None:
    _, residual = trace(clothes, question(maps=3)).networks
    for stage in residual.stages:
        if stage.join is None:
            continue
        output, join = stage.output, stage.join
        assert output is not None and join.past is not None and join.gradient_past is not None
        assert output.channels == join.through.channels == join.past.channels and len(output.channels) == 3
        sums = np.maximum(numbers(join.through) + numbers(join.past), 0)
        steps = (output.scale + join.through.scale + join.past.scale) / 254
        assert np.abs(sums - numbers(output)).max() <= 1.001 * steps
        assert join.gradient_past.channels == join.gradient_through.channels


@pytest.mark.parametrize("name", ["digits", "clothes"])
def test_an_uploaded_copy_of_a_test_image_gives_the_same_trace(name: str, request: pytest.FixtureRequest) -> None:
    subject = request.getfixturevalue(name)
    pictures = load_pictures(subject.experiment.dataset)
    for index in (0, 7, 100):
        label = int(subject.test_y[index])
        assert pictures.labels[index] == label
        example = trace(subject, question(index=index))
        copy = trace(subject, drawn(pictures.pixels[index].tobytes(), target=label))
        assert example.image == copy.image == base64.b64encode(pictures.pixels[index].tobytes()).decode()
        assert (example.label, copy.label) == (label, None)
        for one, other in zip(example.networks, copy.networks, strict=True):
            assert one.logits == other.logits and one.loss == other.loss
            assert [asdict(stage) for stage in one.stages] == [asdict(stage) for stage in other.stages]


def test_an_example_is_standardised_to_the_very_bits_that_the_networks_were_trained_on(clothes: Subject) -> None:
    for index in range(50):
        raw, _ = image_of(clothes, question(index=index))
        assert torch.equal(as_read(clothes, raw), clothes.test_x[index : index + 1])


def test_every_raw_value_of_the_digits_survives_its_way_through_bytes(digits: Subject) -> None:
    assert digits.pixels is not None
    raw = np.arange(17, dtype=np.uint8)
    assert np.array_equal(digits.pixels.from_bytes(digits.pixels.to_bytes(raw)), raw)
    white, _ = image_of(digits, drawn(bytes([255]) * 64))
    assert set(white.ravel()) == {16}


def test_without_a_label_the_loss_is_that_of_each_networks_own_answer(digits: Subject) -> None:
    found = trace(digits, drawn(bytes(range(0, 256, 4))))
    for network in found.networks:
        assert network.target == int(np.argmax(network.probabilities))
        assert not any("right" in words or "wrong" in words for words in network.words)


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        (lambda: question(10), "depth", "depth: this run has no networks at 10; it has 6, 8"),
        (lambda: question(index=360), "image.index", "image.index: 360 is over the last test image, 359"),
        (lambda: question(target=10), "target", "target: 10 is over the last class of this run, 9"),
        (
            lambda: drawn(bytes(63)),
            "image.pixels",
            "image.pixels: 63 bytes are not the 64 of 1×8×8 pixels",
        ),
        (
            lambda: question(image={"kind": "pixels", "pixels": "AAAAA"}),
            "image.pixels",
            "image.pixels: is not base64",
        ),
    ],
)
def test_what_does_not_fit_the_run_is_refused_by_name(digits: Subject, asked: Any, field: str, words: str) -> None:
    with pytest.raises(Refused) as refused:
        trace(digits, asked())
    assert (refused.value.field, str(refused.value)) == (field, words)


def test_points_in_the_plane_are_no_images() -> None:
    subject = Subject(Experiment(dataset="spiral", depths=(4,), width=4), 0)
    for ask in (trace, learnt):
        with pytest.raises(Refused, match="points in the plane and no images"):
            ask(subject, question(4))


def test_maps_that_would_be_too_large_are_refused_before_they_are_made(
    clothes: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = sum(len(base64.b64decode(maps)) for maps in _all_maps(as_json(trace(clothes, question(maps=16)))))
    monkeypatch.setattr(traces, "MOST_BYTES", size + 100)
    assert trace(clothes, question(maps=16)).networks
    monkeypatch.setattr(traces, "MOST_BYTES", size // 2)
    with pytest.raises(Refused, match="ask for fewer") as refused:
        trace(clothes, question(maps=16))
    assert refused.value.field == "maps"


def _all_maps(sent: bytes) -> list[str]:
    found: list[str] = []

    def look(value: Any) -> None:
        if isinstance(value, dict):
            found.extend([value["values"]] if "values" in value else [])
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            look(inner)

    look(orjson.loads(sent))
    return found


def test_an_arm_that_diverged_is_left_out_and_named() -> None:
    subject = subject_of("residual", "mlp")
    plain = [k for k, network in enumerate(subject.sweep.networks) if network.arm == 0]
    for members, trainer in zip(subject.sweep.members, subject.sweep.trainers, strict=True):
        trainer.frozen |= {k for k, network in enumerate(members) if network in plain}
    found = trace(subject, question(8))
    assert [network.name for network in found.networks] == ["residual-8"]
    assert found.left_out == ["plain-8 has nothing to analyse: its 2 seeds diverged"]
    assert found.words == []


def test_before_training_it_is_said_that_batch_norm_has_seen_nothing() -> None:
    fresh = Subject(EXPERIMENT, 0)
    assert any("Before the first step" in words for words in trace(fresh, question()).words)
    assert trace(fresh, question()).words[0] == "Nothing is trained yet: these are the first weights"
    bare = [arm.model_copy(update={"normalisation": "none"}) for arm in EXPERIMENT.arms]
    unnormed = Subject(EXPERIMENT.model_copy(update={"arms": tuple(bare)}), 0)
    assert not any("Before the first step" in words for words in trace(unnormed, question()).words)


def test_probes_answer_once_they_were_asked_for_and_are_those_of_an_own_regression(digits: Subject) -> None:
    networks = Networks(digits)
    before = trace(digits, question(), networks).networks[1]
    asked = trace(digits, question(probes=True), networks).networks[1]
    later = trace(digits, question(index=5), networks).networks[1]
    assert all(stage.probe is None for stage in before.stages)
    for network in (asked, later):
        probed = [stage for stage in network.stages if stage.probe is not None]
        assert [stage.kind for stage in probed] == ["stem", "block", "block", "block"]
        assert all(sum(stage.probe or ()) == pytest.approx(1, abs=1e-12) for stage in probed)
        assert all(0.5 < (stage.probe_accuracy or 0) <= 1 for stage in probed)
    assert any("probe" in words for words in later.words) and not any("probe" in words for words in before.words)

    linear_model = pytest.importorskip("sklearn.linear_model")
    replica = list(digits.replicas(8, seeds=1))[1]
    with torch.no_grad():
        states = [replica.stack.enter(x)[0].T.double().numpy() for x in (digits.train_x, digits.test_x)]
    train, test = states[0][:PROBE_EXAMPLES], states[1]
    mean, deviation = train.mean(0), train.std(0)
    deviation[deviation == 0] = 1
    oracle = linear_model.LogisticRegression(max_iter=5000, tol=1e-8)
    oracle.fit((train - mean) / deviation, digits.train_y.numpy()[:PROBE_EXAMPLES])
    expected = oracle.predict_proba(((test - mean) / deviation)[5:6])[0]
    assert np.abs(expected - np.array(later.stages[1].probe)).max() < 0.01


def test_probes_of_very_deep_networks_are_refused() -> None:
    deep = Subject(EXPERIMENT.model_copy(update={"depths": (260,), "seeds": 1, "width": 2}), 0)
    with pytest.raises(Refused, match="probes: 130 states are over the limit of 128") as refused:
        trace(deep, question(260, probes=True))
    assert refused.value.field == "probes" and trace(deep, question(260)).networks


def test_what_was_learnt_ends_with_the_traces_own_answers(digits: Subject) -> None:
    found, traced = learnt(digits, question()), trace(digits, question())
    assert (found.steps, found.arms, found.names) == ([0, 5, 10, 20, 40], [0, 1], ["plain-8", "residual-8"])
    assert found.label == traced.label
    for answers, network, words in zip(found.probabilities, traced.networks, found.words, strict=True):
        assert len(answers) == len(found.steps) and answers[-1] == pytest.approx(network.probabilities, rel=1e-5)
        assert answers[0] != answers[-1] and words.startswith(network.name)


def test_a_network_that_diverged_on_the_way_has_no_answers_from_there(tmp_path: Path) -> None:
    arms = tuple(arm.model_copy(update={"normalisation": "none"}) for arm in EXPERIMENT.arms)
    wild = arms[1].model_copy(update={"learning_rate": 1e6})
    experiment = EXPERIMENT.model_copy(update={"arms": (arms[0], wild), "seeds": 1})
    subject = trained(experiment, tmp_path)
    found = learnt(subject, question())
    lost = found.probabilities[1]
    assert lost[0] is not None and lost[-1] is None and "it has diverged" in found.words[1]
    assert all(one is not None for one in found.probabilities[0])
    assert [network.arm for network in trace(subject, question()).networks] == [0]


def test_what_is_sent_is_strict_json_with_six_digits_and_whole_probabilities(digits: Subject) -> None:
    found = trace(digits, question())
    sent = orjson.loads(as_json(found))
    assert sent["networks"][0]["probabilities"] == found.networks[0].probabilities
    logits = sent["networks"][0]["logits"]
    assert logits == [float(f"{value:.6g}") for value in found.networks[0].logits]
