"""Digest: median and band over seeds, quantised gradients, words; the wire never carries NaN."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from app.contract import events, quantise
from app.contract import measurements as m
from app.contract.experiment import Experiment
from app.learning.training import train
from app.runs.digest import Digest, over_seeds
from tests.fakes import prepared

EXPERIMENT = Experiment(depths=(4, 6), seeds=3)
LAYERS = 2 * 3 * (4 + 6)


def measured(step: int = 3) -> m.Measured:
    loss = np.arange(12, dtype=np.float32)
    gradients = np.geomspace(1e-9, 10, LAYERS).astype(np.float32)
    return m.Measured(step, 0.5, loss, gradients, gradients[::-1].copy(), 2 * gradients)


def evaluated(**changed: object) -> m.Evaluated:
    accuracy = np.linspace(0.1, 0.9, 12, dtype=np.float32)
    return m.Evaluated(**{"step": 4, "seconds": 1.0, "test_accuracy": accuracy, "test_loss": 1 - accuracy,
                          "training_loss": None, "training_accuracy": None} | changed)  # type: ignore[arg-type]  # fmt: skip


def ready(experiment: Experiment = EXPERIMENT) -> Digest:
    """A digest that has heard of the networks."""
    digest = Digest(experiment)
    assert isinstance(digest.event(prepared(experiment)), events.Prepared)
    return digest


def test_a_frame_holds_median_lowest_and_highest_of_each_cells_seeds() -> None:
    frame = Digest(EXPERIMENT).event(measured())
    assert isinstance(frame, events.Frame)
    assert frame.loss == [[1.0, 4.0, 7.0, 10.0], [0.0, 3.0, 6.0, 9.0], [2.0, 5.0, 8.0, 11.0]]


def test_gradients_are_the_median_over_seeds_layer_after_layer() -> None:
    source = measured()
    frame = Digest(EXPERIMENT).event(source)
    assert isinstance(frame, events.Frame)
    sent = quantise.decode(frame.weight_gradients)
    expected = []
    start = 0
    for depth in (4, 6, 4, 6):
        expected.append(np.median(source.weight_gradients[start : start + 3 * depth].reshape(3, depth), axis=0))
        start += 3 * depth
    np.testing.assert_allclose(sent, np.concatenate(expected), rtol=0.011)


def test_a_diverged_seed_is_left_out_and_a_diverged_cell_is_null() -> None:
    source = measured()
    source.loss[0] = np.nan
    source.loss[3:6] = np.inf
    frame = Digest(EXPERIMENT).event(source)
    assert isinstance(frame, events.Frame)
    assert frame.loss[0][:2] == [1.5, None]
    text = events.encode_event(frame)
    json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} in JSON"))


NUMBERS = st.floats(width=32) | st.sampled_from([np.nan, np.inf, -np.inf])


@given(arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=7), elements=NUMBERS))
def test_median_and_band_are_those_of_what_is_finite(values: np.ndarray) -> None:
    for told, column in zip(over_seeds(values).T, values.T, strict=True):
        finite = column[np.isfinite(column)].astype(np.float64)
        expected = (np.median(finite), finite.min(), finite.max()) if finite.size else (np.nan,) * 3
        np.testing.assert_allclose(told, expected, rtol=1e-12)


def test_a_frame_of_the_default_sweep_fits_into_two_kilobytes() -> None:
    experiment = Experiment(seeds=3)
    layers = sum(network.layers for network in experiment.networks())
    gradients = np.full(layers, 1.234567e-9, dtype=np.float32)
    loss = np.full(30, 293747.25, dtype=np.float32)
    frame = Digest(experiment).event(m.Measured(12345, 123.456, loss, gradients, gradients, gradients))
    assert len(events.encode_event(frame, "r0123456789", events.Position(1, 123456))) <= 2048


def test_words_come_with_every_evaluation() -> None:
    digest = ready()
    digest.event(measured())
    event = digest.event(evaluated())
    assert isinstance(event, events.Evaluation)
    assert [len(event.words[key]) for key in ("cells", "depths")] == [4, 2]
    assert event.words["cells"][0].startswith("plain-4 is at ")
    assert event.training_loss is None


def test_regions_travel_as_two_hexadecimal_digits_a_point() -> None:
    codes = np.zeros((4, 32, 32), dtype=np.uint8)
    codes[0, 0, 1] = 2 * 16 + 15
    event = ready().event(evaluated(regions=codes))
    assert isinstance(event, events.Evaluation) and event.regions is not None
    assert event.regions[0][:6] == "002f00"
    assert all(len(text) == 32 * 32 * 2 for text in event.regions)


def test_a_diverged_network_is_told_with_its_cell() -> None:
    event = Digest(EXPERIMENT).event(m.Diverged(7, (4, 5)))
    assert event == events.Diverged(7, [4, 5], [1])


def cells_told(gradients: np.ndarray, frame_step: int = 4, lost: tuple[int, ...] = ()) -> list[str]:
    """The sentences of an evaluation after step 4, with these gradients [LAYERS] in a frame of some step."""
    digest = ready()
    steady = np.ones(LAYERS, dtype=np.float32)
    digest.event(m.Measured(frame_step, 0.5, np.ones(12, dtype=np.float32), gradients, steady, steady))
    if lost:
        digest.event(m.Diverged(frame_step, lost))
    event = digest.event(evaluated())
    assert isinstance(event, events.Evaluation)
    told: list[str] = event.words["cells"]
    return told


def test_a_layer_without_gradient_is_told_and_only_from_a_frame_of_that_very_step() -> None:
    gradients = np.ones(LAYERS, dtype=np.float32)
    of_plain_6 = gradients[12:30].reshape(3, 6)
    of_plain_6[:, 2:4] = 0
    assert cells_told(gradients)[1].endswith("; layers 3–4 receive no gradient")
    assert "gradient" not in cells_told(gradients, frame_step=3)[1]
    of_plain_6[0] = 1
    assert cells_told(gradients)[1].endswith("; layers 3–4 receive no gradient in some seeds")
    # of a network that has diverged, nothing is told
    assert cells_told(gradients, lost=(4, 5))[1] == cells_told(np.ones(LAYERS, dtype=np.float32), lost=(4, 5))[1]


def test_the_ratio_of_gradients_is_the_median_of_the_seeds_ratios() -> None:
    gradients = np.ones(LAYERS, dtype=np.float32)
    of_plain_6 = gradients[12:30].reshape(3, 6)
    of_plain_6[:, 0], of_plain_6[:, -1] = [100, 20, 30], [1, 1, 0.1]
    assert cells_told(gradients)[1].endswith("; its layer-1 gradient is 100× its last layer's")


def test_the_words_do_not_depend_on_when_frames_are_taken() -> None:
    """Frames are a matter of the clock, words are not."""
    experiment = Experiment(depths=(4, 12), seeds=2, width=8, steps=40, evaluate_every=8, learning_rate=0.5)

    def told(frame_interval: float) -> list[object]:
        digest = Digest(experiment)
        found = [digest.event(item) for item in train(experiment, frame_interval=frame_interval)]
        return [(event.step, event.words, event.best) for event in found if isinstance(event, events.Evaluation)]

    assert told(0.0) == told(1e9)
