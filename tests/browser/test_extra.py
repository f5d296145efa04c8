"""A connection that is added to the registry is on the page: in the form, in the diagram, in the words."""

import re

from playwright.sync_api import Page, expect

from tests.browser.lab_page import nodes, open_lab, state
from tests.support import running_server

#: the program with dense by addition in its registry; its working processes import the module again
EXTRA = (
    "import runpy, sys; sys.argv = ['skipscope', 'serve', '--no-browser']; "
    "runpy.run_module('tests.extra.program', run_name='__main__', alter_sys=True)"
)


def test_an_added_connection_trains_against_residual_on_the_page(watched: Page) -> None:
    with running_server(program=EXTRA) as server:
        open_lab(watched, server, "#depths=6,12&steps=60&evaluate_every=20&seeds=1")
        watched.locator("#open-settings").click()
        form = watched.locator("#experiment-form")
        gain = form.get_by_label("Gain (dense by addition)").first
        expect(gain).to_be_hidden()
        form.get_by_label("Connection").first.select_option("additive")
        expect(gain).to_be_visible()
        gain.fill("0.5")
        expect(form.get_by_label("Skip scale λ").first).to_be_hidden()
        watched.locator("#train-form").click()
        state(watched, "finished")
        expect(watched.locator("#side-a .arm-name")).to_have_text(re.compile("Dense by addition"))
        expect(watched.locator("#side-a .equation")).to_have_text("xₗ = xₗ₋₁ + g·H(xₗ₋₁)")
        assert (nodes(watched, "a"), nodes(watched, "b")) == (12, 12)
        expect(watched.locator("#side-a .diagram")).to_contain_text("g = 0.5")
        expect(watched.locator("#status")).to_contain_text("dense by addition")
