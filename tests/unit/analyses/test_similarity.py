"""Similarity: every layer with every other, by seed, and a difference is one between arms and not between seeds."""

import numpy as np
import orjson
import pytest
from numpy.typing import NDArray
from torch import Tensor

from app.analyses.analyse import analyse
from app.analyses.kinds.similarity import Similarity, SimilarityFinding, even
from app.analyses.similarity_words import ArmResult, contrast, sentences
from app.analyses.subject import Subject
from app.contract.connections import CONNECTIONS
from app.contract.experiment import Experiment
from app.contract.findings import plain
from app.errors import Refused
from tests.unit.analyses.states import references
from tests.unit.analyses.test_cka import in_features
from tests.unit.analyses.trained import FAMILIES, subject_of

Floats = NDArray[np.float64]


def ask(subject: Subject, depth: int = 8, examples: int = 20) -> SimilarityFinding:
    *_, finding = analyse(subject, Similarity(depth=depth, examples=examples))
    assert isinstance(finding, SimilarityFinding)
    return finding


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_every_layer_is_compared_with_every_other_of_both_arms(connection: str, family: str) -> None:
    subject = subject_of(connection, family, activation="tanh")
    finding = ask(subject)
    outputs: list[list[list[Tensor]]] = []
    for replica in subject.replicas(8):
        outputs.append([])
        for reference in references(replica.stack):
            reference.watched = True
            reference(subject.test_x[:20].clone().requires_grad_())
            outputs[-1].append([h.detach().flatten(1) for h in reference.outputs])
    assert [(pair.arm, pair.other) for pair in finding.pairs] == [(0, 0), (0, 1), (1, 1)]
    generator = np.random.default_rng(0)
    for pair in finding.pairs:
        rows, columns = outputs[pair.arm], outputs[pair.other]
        assert len(pair.cka) == len(rows[0]) and {len(row) for row in pair.cka} == {len(columns[0])}
        for _ in range(12):
            i, j = generator.integers(len(rows[0])), generator.integers(len(columns[0]))
            seeds = [in_features(rows[seed][i], columns[seed][j]) for seed in range(2)]
            mine = pair.cka[i][j]
            if np.isfinite(seeds).all():
                assert mine == pytest.approx(np.median(seeds), abs=0.00051)
            else:  # units that are all dead
                assert mine is None
    for arm, networks in zip(finding.arms, outputs, strict=True):
        between = [in_features(one, other) for one, other in zip(*networks, strict=True)]
        for mine, theirs in zip(arm.between_seeds[0], between, strict=True):
            assert (mine is None and not np.isfinite(theirs)) or mine == pytest.approx(theirs, abs=0.00051)


def test_a_network_is_like_itself() -> None:
    finding = ask(subject_of("residual", "mlp"))
    for pair in (finding.pairs[0], finding.pairs[2]):
        matrix = np.array(pair.cka, dtype=np.float64)
        np.testing.assert_array_equal(matrix, matrix.T)
        diagonal = np.diag(matrix)
        np.testing.assert_array_equal(diagonal[np.isfinite(diagonal)], 1)


def test_progress_rises_and_findings_grow() -> None:
    parts = list(analyse(subject_of("residual", "mlp"), Similarity(depth=8, examples=16)))
    shares = [part for part in parts if isinstance(part, float)]
    assert shares == sorted(shares) and len(shares) == 4 and shares[-1] < 1
    assert [len(part.pairs) for part in parts if isinstance(part, SimilarityFinding)] == [1, 3]


def test_of_deep_networks_layers_at_even_distances_are_shown() -> None:
    assert even(8, 64) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert even(64, 64) == list(range(1, 65))
    some = even(1024, 32)
    assert len(some) == 32 and some[0] == 1 and some[-2:] == [1023, 1024]
    assert set(np.diff(some[:-1])) == {34, 35} or max(np.diff(some[:-1])) - min(np.diff(some[:-1])) <= 1


@pytest.mark.parametrize(("arms", "depth"), [(1, 256), (2, 256), (4, 128)])
def test_what_travels_is_small_also_of_many_deep_arms(arms: int, depth: int) -> None:
    experiment = Experiment.model_validate(
        {"arms": [{"connection": "residual"}] * arms, "depths": [depth], "width": 4, "batch_size": 2, "seeds": 2}
    )
    finding = ask(Subject(experiment, 0), depth, 16)
    assert len(finding.arms) == arms and len(finding.pairs) == arms * (arms + 1) / 2
    assert 20_000 < len(orjson.dumps(plain(finding))) < 150_000


def test_a_question_that_is_too_large_is_refused_with_what_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = subject_of("residual", "mlp", steps=1)
    monkeypatch.setattr("app.analyses.kinds.similarity.MOST_NUMBERS", 20 * 64 * 8)
    with pytest.raises(Refused, match=r"examples: the layers of one network hold .* ask for fewer examples"):
        ask(subject, examples=200)
    monkeypatch.setattr("app.analyses.kinds.similarity.MOST_NUMBERS", 100_000)
    with pytest.raises(Refused, match=r"examples: .* numbers in the Gram matrices"):
        ask(subject, examples=200)
    monkeypatch.setattr("app.analyses.cost.MOST_FLOPS", 1e3)
    with pytest.raises(Refused, match=r"examples: this needs .* billion operations"):
        ask(subject)


# Words


def arm(name: str, vectors: Floats, shown: tuple[int, ...] = (1, 2, 3)) -> ArmResult:
    """From vectors of the last hidden layer, [seeds, dimensions]; the others are the same."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return ArmResult(name, shown, range(len(unit)), np.stack([unit, unit, unit]))


def around(direction: int, seeds: int, spread: float, seed: int = 0) -> Floats:
    """Vectors near an axis."""
    drawn = spread * np.random.default_rng((seed, direction)).standard_normal((seeds, 40))
    drawn[:, direction] += 1
    return drawn


def test_arms_that_differ_by_more_than_their_seeds_are_told_apart() -> None:
    words = sentences([arm("a-3", around(0, 3, 0.05)), arm("b-3", around(1, 3, 0.05))])
    assert words[-1].startswith("At the last hidden layer a network of a-3 and one of b-3 are less alike (")
    assert words[0].startswith("a-3: neighbouring hidden layers have a CKA of 1.00 (median), the first and the last ")


def test_arms_whose_seeds_differ_as_much_are_not() -> None:
    one, other = arm("a-3", around(0, 3, 0.3)), arm("b-3", around(0, 3, 0.3, seed=1))
    assert sentences([one, other])[-1].startswith("No clear difference between the arms at the last hidden layer: ")
    # and neither are equal ones, whose networks of one seed are more alike than those of two
    assert sentences([one, one._replace(name="b-3")])[-1].startswith("No clear difference")


def test_the_contrast_is_half_the_product_of_the_arms_differences() -> None:
    one, other = arm("a-3", around(0, 4, 0.3)), arm("b-3", around(1, 4, 0.3))
    found = contrast(one, other)
    assert found is not None
    deltas = one.vectors[-2] - other.vectors[-2]
    products = deltas @ deltas.T / 2
    np.testing.assert_allclose(found.values, products[np.triu_indices(4, 1)], atol=1e-12)


def test_one_seed_tells_nothing_of_arms() -> None:
    words = sentences([arm("a-3", around(0, 1, 0.1)), arm("b-3", around(1, 3, 0.1))])
    assert words[0].endswith("(one seed)")
    unknown = "Whether the arms differ by more than two seeds of one arm cannot be told without two seeds of both"
    assert words[-1] == unknown


def test_layers_that_are_left_out_are_not_called_neighbours() -> None:
    assert "neighbouring hidden layers shown have" in sentences([arm("a-64", around(0, 2, 0.1), (1, 63, 64))])[0]


def test_equal_arms_are_not_told_apart() -> None:
    assert ask(subject_of("plain", "mlp")).words[-1].startswith("No clear difference")
