"""What a student sees: everything live, and no control of what is the lecturer's."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.contract.commands import COMMANDS
from app.contract.roles import Role
from app.web.pages import PAGES
from app.web.permissions import STUDENT_COMMANDS
from tests.browser.axe import violations
from tests.browser.lab_page import LONG, arrive, open_lab, state, wait_for_step
from tests.hall import TOKENS, running_hall
from tests.patience import PATIENCE
from tests.support import Server

#: text of every control that can be seen
CONTROLS = """() => [...document.querySelectorAll('main button, main input, main select, header button, header a')]
    .filter((one) => one.checkVisibility()).map((one) => `#${one.id}.${one.className}`)"""


@pytest.fixture(scope="module")
def hall() -> Iterator[Server]:
    with running_hall() as server:
        yield server


@pytest.fixture
def student(watched: Page, hall: Server) -> Page:
    """The browser of somebody who came in by the students' link, watched for errors."""
    assert watched.request.get(f"{hall.url}/?token={TOKENS[Role.STUDENT]}").ok
    return watched


@pytest.fixture
def lecturer(browser: Browser, hall: Server) -> Iterator[Page]:
    """Another browser, with the lecturer's link."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(1000 * PATIENCE)
    page = context.new_page()
    assert page.request.get(f"{hall.url}/?token={TOKENS[Role.LECTURER]}").ok
    yield page
    if page.url != "about:blank" and page.locator("#reset").count():
        page.keyboard.press("r")
    context.close()


def commands_of(page: Page) -> list[str]:
    """The types of all commands that a page gives from now on; a list that grows."""
    given: list[str] = []

    def sent(text: str | bytes) -> None:
        given.extend(command.tag for command in COMMANDS if f'"type":"{command.tag}"' in str(text))

    page.on("websocket", lambda line: line.on("framesent", sent))
    return given


def test_a_student_follows_each_run_that_the_lecturer_trains(student: Page, lecturer: Page, hall: Server) -> None:
    given = commands_of(student)
    student.goto(hall.url)
    arrive(student)
    expect(student.locator("#watch-live")).to_be_disabled()
    for depths in ("4,8", "4,8,16"):
        lecturer.goto("about:blank")
        open_lab(lecturer, hall, LONG.replace("4,8,16", depths))
        lecturer.keyboard.press(" ")
        wait_for_step(student, 20)
        expect(student.locator("#depth-number")).to_have_text(depths.split(",")[-1])
        expect(student.locator("#watch-live")).to_have_text("● Live")
        lecturer.keyboard.press(" ")
        state(student, "paused")
        lecturer.keyboard.press("r")
        state(student, "stopped")
    assert set(given) <= {command.tag for command in STUDENT_COMMANDS}


def test_a_student_looks_at_something_else_and_comes_back_by_button_or_key(
    student: Page, lecturer: Page, hall: Server
) -> None:
    open_lab(lecturer, hall, LONG)
    student.goto(hall.url)
    arrive(student)
    for back in (lambda: student.locator("#watch-live").click(), lambda: student.keyboard.press("l")):
        lecturer.keyboard.press(" ")
        wait_for_step(student, 20)
        student.locator("#preset").select_option("spiral")
        state(student, "recorded|finished")
        expect(student.locator("#watch-live")).to_have_text("Watch live")
        lecturer.keyboard.press("r")
        lecturer.keyboard.press(" ")
        expect(student.locator("#notices")).to_contain_text("The lecturer trains a run.")
        back()
        expect(student.locator("#watch-live")).to_have_text("● Live")
        wait_for_step(student, 20)
        lecturer.keyboard.press("r")


@pytest.mark.parametrize("path", [page.path for page in PAGES])
@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844)])
def test_a_students_page_has_no_control_of_the_lecturers(
    student: Page, hall: Server, path: str, width: int, height: int
) -> None:
    student.set_viewport_size({"width": width, "height": height})
    student.goto(hall.url + path)
    student.wait_for_selector("#keys-list dl", state="attached")
    if path == "/":
        student.wait_for_selector(".layer-stop[aria-label]")
    seen = student.evaluate(CONTROLS)
    assert len(seen) > 5
    assert not {"#train.primary", "#step.", "#reset.", "#open-settings.", "#.learning-rate", "#weights-step."} & set(
        seen
    )
    assert student.locator("[data-for=lecturer]:visible").count() == 0
    assert student.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(student) == []
    keys = student.locator("#keys-list").text_content() or ""
    assert "Train" not in keys and "One step" not in keys


def test_keys_and_clicks_of_a_student_give_no_command(student: Page, lecturer: Page, hall: Server) -> None:
    open_lab(lecturer, hall, LONG)
    lecturer.keyboard.press(" ")
    wait_for_step(lecturer, 20)
    given = commands_of(student)
    open_lab(student, hall)
    wait_for_step(student, 20)
    for key in (" ", "ArrowRight", "r", "u", "n", "l", *"1234567890", "k", "Escape"):
        student.keyboard.press(key)
    expect(student.locator("#watch-live")).to_have_text("● Live")
    student.locator("#side-b .layer-stop").focus()
    for key in ("PageDown", "Enter"):
        student.keyboard.press(key)
    expect(student.locator("#notices")).to_contain_text("The lecturer can")
    before = wait_step(lecturer)
    wait_for_step(lecturer, before + 1)
    assert set(given) <= {command.tag for command in STUDENT_COMMANDS}


def wait_step(page: Page) -> int:
    """The step that a page shows now."""
    return int("".join(filter(str.isdigit, page.locator("#progress b").inner_text())))


def test_what_the_lecturer_asks_is_answered_on_the_students_page_too(
    student: Page, lecturer: Page, hall: Server
) -> None:
    open_lab(lecturer, hall, LONG.replace("4,8,16", "8"))  # of several depths each page would choose its own
    lecturer.keyboard.press(" ")
    wait_for_step(lecturer, 40)
    student.goto(hall.url)
    arrive(student)
    wait_for_step(student, 20)
    student.get_by_role("tab", name="Lesion").click()
    expect(student.locator("#analyses .words")).to_contain_text("What the lecturer asks is answered here")
    assert student.locator("#analyses button.ask:visible").count() == 0
    lecturer.get_by_role("tab", name="Lesion").click()
    lecturer.get_by_role("button", name="Each block in turn").click()
    expect(student.locator("#answer-a")).to_be_visible()
    words = lecturer.locator("#analyses .words p").first
    expect(student.locator("#analyses .words p").first).to_have_text(words.inner_text())


def test_a_renewed_link_is_shown_at_once_and_the_old_one_puts_students_out(
    student: Page, lecturer: Page, hall: Server
) -> None:
    lecturer.goto(hall.url)
    lecturer.wait_for_selector("#keys-list dl", state="attached")
    student.goto(hall.url)
    arrive(student)
    lecturer.keyboard.press("k")
    expect(lecturer.locator("#room .rest")).to_have_text(f"/?token={TOKENS[Role.STUDENT]}")
    assert TOKENS[Role.LECTURER] not in lecturer.locator("#room").inner_html()
    with lecturer.expect_navigation():
        lecturer.get_by_role("button", name="New link for me").click()
        lecturer.get_by_role("button", name="Make a new link for me").click()
    lecturer.wait_for_selector("#keys-list dl", state="attached")
    lecturer.keyboard.press("k")
    lecturer.get_by_role("button", name="New students' link").click()
    lecturer.get_by_role("button", name="Keep the link").click()
    expect(lecturer.locator("#room .rest")).to_have_text(f"/?token={TOKENS[Role.STUDENT]}")
    lecturer.get_by_role("button", name="New students' link").click()
    lecturer.get_by_role("button", name="Put them out").click()
    expect(lecturer.locator("#room .rest")).not_to_have_text(f"/?token={TOKENS[Role.STUDENT]}")
    assert violations(lecturer, "#room") == []
    expect(student.locator("#notices, #status").filter(has_text="link")).not_to_have_count(0)
    link = lecturer.locator("#room .rest").inner_text()
    lecturer.keyboard.press("Escape")
    assert not student.request.get(f"{hall.url}/api/runs").ok
    assert student.request.get(f"{hall.url}{link}").ok
    student.goto(hall.url)
    expect(student.locator("body")).to_have_attribute("data-role", "student")


def test_a_page_that_comes_back_with_an_old_link_is_told_and_tries_no_more(page: Page) -> None:
    """Not watched: a refused websocket is an error in the browser's own words."""
    with running_hall() as before:
        assert page.request.get(f"{before.url}/?token={TOKENS[Role.STUDENT]}").ok
        page.goto(before.url)
        arrive(page)
        before.stop()
        expect(page.locator("#notices")).to_contain_text("Reconnecting")
        with running_hall(port=before.port, student_token=TOKENS[Role.STUDENT][::-1]):
            expect(page.locator("#notices")).to_contain_text("its link was renewed")
