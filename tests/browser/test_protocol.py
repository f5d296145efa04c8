"""Constants that stand on both sides of the wire are the same on both."""

import math
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from app.contract import quantise
from app.contract.commands import COMMANDS, tag_of
from app.contract.events import CLOSE_CODES, EVENTS, FINAL_STATES, PROTOCOL
from app.contract.experiment import CONNECTIONS, DATASET_SHAPES, Arm, Experiment
from tests.support import Server


@pytest.fixture
def modules(page: Page, server: Server) -> Any:
    """Imports a module of the page and returns what an expression says of it."""
    page.goto(server.url)
    address = page.locator("script[type=module]").get_attribute("src")
    assert address is not None

    def ask(module: str, function: str, argument: Any = None) -> Any:
        script = f"async ([address, given]) => ({function})(await import(address), given)"
        return page.evaluate(script, [address.replace("lab.js", module), argument])

    return ask


def test_events_commands_and_close_codes_are_the_same_on_both_sides(modules: Any) -> None:
    names = "m => [m.PROTOCOL, m.EVENTS, m.COMMANDS, m.FINAL_STATES, m.CLOSE_CODES]"
    protocol, events, commands, final, codes = modules("protocol.js", names)
    assert protocol == PROTOCOL
    assert events == [tag_of(event) for event in EVENTS]
    assert commands == [command.tag for command in COMMANDS]
    assert sorted(final) == sorted(FINAL_STATES)
    assert {int(code): words for code, words in codes.items()} == CLOSE_CODES


def test_the_scale_of_gradients_is_the_same_on_both_sides(modules: Any) -> None:
    scale = modules("protocol.js", "m => [m.ALPHABET, m.LOWEST, m.HIGHEST, m.LEVELS, m.NOT_FINITE]")
    assert scale == [quantise.ALPHABET, quantise.LOWEST, quantise.HIGHEST, quantise.LEVELS, quantise.NOT_FINITE]


def test_the_page_reads_the_gradients_that_the_server_writes(modules: Any) -> None:
    values = [0.0, 1e-30, 1e-24, 3.3e-7, 1.0, 42.0, 1e12, 1e30, math.inf, math.nan]
    text = quantise.encode(np.array(values))
    read = modules("protocol.js", "(m, text) => Array.from(m.decodeGradients(text))", text)
    assert read == pytest.approx(quantise.decode(text).tolist(), rel=1e-9, nan_ok=True)


def test_the_page_knows_how_many_classes_each_data_set_has(modules: Any) -> None:
    assert modules("series.js", "m => m.CLASSES") == {name: shape[2] for name, shape in DATASET_SHAPES.items()}


def test_the_page_knows_every_field_of_an_experiment(modules: Any) -> None:
    fields, arm_fields = modules("bounds.js", "m => [m.FIELDS, m.ARM_FIELDS]")
    assert sorted([*fields, "arms"]) == sorted(Experiment.model_fields)
    assert arm_fields == list(Arm.model_fields)


def test_the_page_counts_the_layers_of_every_network_as_the_server_does(modules: Any) -> None:
    images = (8, 14, 20, 26, 32, 38, 44, 56)  # of the form 6n+2
    sweeps = [("mlp", (4, 6, 8, 10, 12, 14, 16, 18)), ("mlp", (20, 22, 30, 34, 56, 64, 100, 128)), ("mlp", (250, 1024))]
    sweeps += [
        ("conv", (4, 6, 10, 16, 20, 22, 34, 50)),
        ("conv6n2", images),
        ("conv6n2", (50, 62, 68, 74, 80, 98, 110, 128)),
    ]
    for connections in (CONNECTIONS[start : start + 4] for start in range(0, len(CONNECTIONS), 4)):
        for family, depths in sweeps:
            arms = tuple(Arm.model_validate({"connection": connection}) for connection in connections)
            data = "digits" if family == "mlp" else "fashion"
            experiment = Experiment(dataset=data, family=family, depths=depths, arms=arms, width=8, batch_size=2)
            script = "(m, e) => e.arms.flatMap((_, arm) => e.depths.map(depth => m.layersOf(e, arm, depth)))"
            counted = modules("series.js", script, experiment.model_dump(mode="json"))
            assert counted == [cell.layers for cell in experiment.cells()], (connections, family)
