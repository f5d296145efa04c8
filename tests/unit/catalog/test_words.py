"""Networks in words: descriptions, differences, errors with their sources."""

import re

import pytest

from app.catalog import NETWORKS, find
from app.catalog.published import ERRORS, TEN_CROP
from app.catalog.words import description, differences, number


@pytest.mark.parametrize("name", NETWORKS)
def test_a_description_names_what_goes_in_what_comes_out_and_every_stage(name: str) -> None:
    network = find(name)
    unrolled = network.unroll()
    words = description(network, unrolled)
    assert network.label in words and f"{unrolled.parameters:,} parameters" in words
    assert all("×".join(map(str, shape)) in words for shape in (unrolled.layers[0].reads, unrolled.output))
    assert ("Skips: none." in words) == (not unrolled.skips)


def test_a_stage_is_told_as_its_blocks() -> None:
    words = description(find("resnet50"), find("resnet50").unroll())
    assert "Conv4_x gives 1024×14×14: 6 blocks of 1×1 conv, 256; 3×3 conv, 256; 1×1 conv, 1024." in words
    assert words.endswith("Skips: the identity; projections, which have weights.")


def test_option_a_differs_from_plain_in_block_equation_shortcut_memory_and_error_only() -> None:
    found = differences(find("plain34"), find("resnet34").with_choices({"shortcut": "A"}))
    names = {one.what for one in found if not one.what.startswith("error")}
    assert names == {"block", "equation", "shortcut", "memory of all activations"}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_differs_from_itself_in_nothing_and_from_others_in_both_columns(name: str) -> None:
    assert differences(find(name), find(name)) == []
    for one in differences(find(name), find("resnet34")):
        assert one.one != one.other


def test_another_input_size_is_a_difference() -> None:
    found = {one.what: (one.one, one.other) for one in differences(find("resnet18"), find("resnet18"), (224, 448))}
    assert found["input"] == ("3×224×224", "3×448×448")
    assert "parameters" not in found and "multiply-adds" in found


@pytest.mark.parametrize(
    ("value", "text"), [(999, "999"), (269_722, "270 k"), (3_663_761_408, "3.66 G"), (150_428_400_000, "150 G")]
)
def test_numbers_have_three_digits(value: int, text: str) -> None:
    assert number(value) == text


def test_every_error_belongs_to_a_network_and_has_a_source() -> None:
    assert set(ERRORS) <= set(NETWORKS)
    for errors in ERRORS.values():
        for error in errors:
            assert 0 < error.percent < 100
            assert re.search(r"arXiv \d{4}\.\d{5}|README of \w+/|torchvision", error.source)


def test_the_degradation_that_was_published() -> None:
    """He et al. 2015, table 2: 18 layers differ little, 34 plain ones are worse than 18."""
    percents = {name: {e.percent for e in ERRORS[name] if e.measure == TEN_CROP} for name in ERRORS}
    assert percents["plain18"] == {27.94} and percents["resnet18"] == {27.88}
    assert percents["plain34"] == {28.54} and percents["resnet34"] == {25.03, 24.52, 24.19}


@pytest.mark.parametrize(("option", "percent"), [("A", "25.03 %"), ("B", "24.52 %"), ("C", "24.19 %")])
def test_an_error_is_told_of_the_choices_with_which_it_was_published(option: str, percent: str) -> None:
    found = differences(find("plain34"), find("resnet34").with_choices({"shortcut": option}))
    told = {one.what: one.other for one in found}
    assert told["error, ImageNet top-1, 10-crop"] == percent
    assert ("error, ImageNet top-1, single crop" in told) == (option == "B")


def test_every_choice_of_an_error_can_be_made() -> None:
    for name, errors in ERRORS.items():
        for error in errors:
            assert error.fits(find(name).with_choices(error.choices).chosen)


@pytest.mark.parametrize("name", [name for name in NETWORKS if re.fullmatch(r"plain\d+", name)])
def test_plain_networks_of_cifar_have_no_number_since_they_were_published_as_curves(name: str) -> None:
    network = find(name)
    assert bool(network.errors) == (network.input.side == 224)
