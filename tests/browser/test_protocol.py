"""Constants that stand on both sides of the wire are the same on both."""

import math
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from app.contract import quantise
from app.contract.arms import Arm
from app.contract.experiment import Experiment
from tests.support import Server


@pytest.fixture
def modules(page: Page, server: Server) -> Any:
    """Imports a module of the page and returns what an expression says of it."""
    page.goto(server.url)
    address = page.locator("script[type=module]").get_attribute("src")
    assert address is not None

    def evaluate(module: str, function: str, argument: Any = None) -> Any:
        script = f"async ([address, given]) => ({function})(await import(address), given)"
        return page.evaluate(script, [address.replace("view/pages/lab.js", module), argument])

    return evaluate


def test_the_scale_of_gradients_is_the_same_on_both_sides(modules: Any) -> None:
    scale = modules("model/gradient_codes.js", "m => [m.ALPHABET, m.LOWEST, m.HIGHEST, m.LEVELS, m.NOT_FINITE]")
    assert scale == [quantise.ALPHABET, quantise.LOWEST, quantise.HIGHEST, quantise.LEVELS, quantise.NOT_FINITE]


def test_the_page_reads_the_gradients_that_the_server_writes(modules: Any) -> None:
    values = [0.0, 1e-30, 1e-24, 3.3e-7, 1.0, 42.0, 1e12, 1e30, math.inf, math.nan]
    text = quantise.encode(np.array(values))
    read = modules("model/gradient_codes.js", "(m, text) => Array.from(m.decodeGradients(text))", text)
    assert read == pytest.approx(quantise.decode(text).tolist(), rel=1e-9, nan_ok=True)


def test_the_page_knows_every_field_of_an_experiment(modules: Any) -> None:
    fields, arm_fields = modules("model/records.js", "m => [m.experimentFields(), m.armFields()]")
    assert sorted([*fields, "arms"]) == sorted(Experiment.model_fields)
    assert arm_fields == list(Arm.model_fields)
