"""Augmentation: nothing but shifts and mirror images, and all of them."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from app.contract.experiment import Experiment
from app.contract.measurements import Measured
from app.learning.augmentation import augmented
from app.learning.training import train


def every_image(image: Tensor, pad: int) -> Tensor:
    """[(2p+1)²·2, C, H, W]: all crops of the padded image, and their mirror images, one at a time."""
    _, height, width = image.shape
    padded = F.pad(image, (pad, pad, pad, pad))
    crops = [
        padded[:, down : down + height, right : right + width]
        for down in range(2 * pad + 1)
        for right in range(2 * pad + 1)
    ]
    return torch.stack([*crops, *(torch.flip(crop, [2]) for crop in crops)])


@pytest.mark.parametrize(("side", "channels", "pad"), [(8, 1, 2), (14, 1, 2), (28, 1, 4), (32, 3, 4)])
def test_every_output_is_a_shift_or_mirror_image_of_its_input_and_all_occur(side: int, channels: int, pad: int) -> None:
    images = torch.randn(2, channels, side, side)
    generator = torch.Generator().manual_seed(5)
    count = (2 * pad + 1) ** 2 * 2
    met: list[set[int]] = [set(), set()]
    for _ in range(40):
        # 2 × 20 copies at a time, so that few calls show them all
        out = augmented(images.repeat_interleave(20, 0), generator)
        assert out.shape == (40, channels, side, side) and out.is_contiguous()
        for i, image in enumerate(images):
            same = (out[20 * i : 20 * i + 20, None] == every_image(image, pad)[None]).flatten(2).all(2)
            assert (same.sum(1) == 1).all()
            met[i] |= set(same.int().argmax(1).tolist())
    # the chance to miss one of 50 in 800 draws is 5·10⁻⁶; of 162, all but a few are met
    assert all(len(seen) == count if pad == 2 else len(seen) > 0.95 * count for seen in met)


def test_images_of_one_batch_are_moved_independently() -> None:
    image = torch.randn(1, 8, 8)
    out = augmented(image.expand(64, 1, 8, 8), torch.Generator().manual_seed(0))
    assert len({one.numpy().tobytes() for one in out}) > 20


def test_the_generator_decides_all() -> None:
    images = torch.randn(16, 3, 14, 14)
    first, again, other = (augmented(images, torch.Generator().manual_seed(seed)) for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_shifts_are_even_over_all_places() -> None:
    """A single bright pixel in the middle of 9×9 lands on each of 5×5 places equally often."""
    dot = torch.zeros(5000, 1, 9, 9)
    dot[:, :, 4, 4] = 1
    share = augmented(dot, torch.Generator().manual_seed(0)).mean(0)[0]
    assert share[2:7, 2:7] == pytest.approx(torch.full((5, 5), 1 / 25).numpy(), abs=0.015)
    assert share.sum() == pytest.approx(1)


def test_training_sees_augmented_images_and_repeats_itself() -> None:
    plain = Experiment(depths=(4,), width=4, family="conv", steps=3, batch_size=8, evaluate_every=3)
    moved = plain.model_copy(update={"augment": True})
    first, again, without = (
        [event.loss for event in train(one, frame_interval=0.0) if isinstance(event, Measured)]
        for one in (moved, moved, plain)
    )
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert (first[0] != without[0]).any()
