"""The address for others, on every page by one key: large, with the code that says the same."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from app.web.pages import PAGES
from tests.browser.axe import violations
from tests.support import Server, running_server

TOKEN, STUDENTS = "0123456789abcdef012345", "abcdef0123456789abcdef"
ROOM = "http://room.example:8484"
#: side of the code and heights of the address's two lines, in pixels, and whether all of it is in the window
MEASURES = """() => {
    const box = (what) => document.querySelector(`#room ${what}`).getBoundingClientRect();
    const size = (what) => parseFloat(getComputedStyle(document.querySelector(`#room ${what}`)).fontSize);
    const dialog = document.querySelector('#room');
    return { qr: box('.qr').width, square: Math.abs(box('.qr').width - box('.qr').height) < 1,
        origin: size('.origin'), rest: size('.rest'), inside: box('.rest').bottom <= innerHeight,
        whole: dialog.scrollHeight <= dialog.clientHeight + 1 && dialog.scrollWidth <= dialog.clientWidth + 1 } }"""


@pytest.fixture(scope="module")
def room() -> Iterator[str]:
    """Where this machine opens a server that others reach at ``ROOM``."""
    with running_server(host="127.0.0.1", token=TOKEN, student_token=STUDENTS, public_url=ROOM) as server:
        yield "http://127.0.0.1:" + server.read_line("Behind it").split(":")[-1].split()[0]


@pytest.mark.parametrize("path", [page.path for page in PAGES])
@pytest.mark.parametrize("look", ["", "theme=dark", "presenter=1"])
def test_a_key_shows_address_and_code_large_on_every_page(watched: Page, room: str, path: str, look: str) -> None:
    watched.set_viewport_size({"width": 1920, "height": 1080})
    watched.request.get(f"{room}/?token={TOKEN}")
    watched.goto(f"{room}{path}#{look}")
    watched.wait_for_selector("#keys-list dl", state="attached")
    watched.keyboard.press("k")
    expect(watched.locator("#room .origin")).to_have_text("room.example:8484")
    expect(watched.locator("#room .rest")).to_have_text(f"/?token={STUDENTS}")
    watched.wait_for_function("() => document.querySelector('#room .qr').naturalWidth > 0")
    seen = watched.evaluate(MEASURES)
    assert seen["qr"] >= 500 and seen["square"] and seen["whole"] and seen["inside"]
    assert seen["origin"] >= 60 and seen["rest"] >= (24 if "presenter" in look else 18)
    assert violations(watched, "#room") == []
    watched.keyboard.press("Escape")
    expect(watched.locator("#room")).not_to_be_visible()


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844)])
def test_it_fits_into_small_windows(watched: Page, room: str, width: int, height: int) -> None:
    watched.set_viewport_size({"width": width, "height": height})
    watched.request.get(f"{room}/?token={TOKEN}")
    watched.goto(room)
    watched.wait_for_selector("#keys-list dl", state="attached")
    watched.keyboard.press("k")
    watched.wait_for_function("() => document.querySelector('#room .qr')?.naturalWidth > 0")
    seen = watched.evaluate(MEASURES)
    assert seen["qr"] >= 250 and seen["whole"] and seen["inside"]
    assert watched.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_where_only_this_machine_reaches_it_the_button_says_what_to_do(watched: Page, fresh_server: Server) -> None:
    watched.goto(fresh_server.url)
    watched.wait_for_selector("#keys-list dl", state="attached")
    watched.get_by_role("button", name="Address").click()
    expect(watched.locator("#room-address")).to_contain_text("start Skipscope with --host 0.0.0.0")
    expect(watched.locator("#room .qr")).to_have_count(0)
