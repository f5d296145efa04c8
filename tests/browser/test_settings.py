"""The settings in a real browser: groups, pictures, refusals that can be undone, cost, by keyboard and by finger."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.axe import violations
from tests.browser.lab_page import open_lab, state
from tests.browser.test_controls import tab_to
from tests.support import Server

LINK = "#depths=4,8&width=8&steps=20&evaluate_every=10&seeds=1"
#: the defaults of the fields of the folded group, so that it stays folded
USUAL = "#depths=4,8&width=8&steps=20&seeds=1"
SIZES = [(1280, 720), (390, 844), (844, 390), (1024, 768)]


def open_settings(page: Page, server: Server, link: str = LINK) -> None:
    """Open the Lab and its settings, and wait until their cost is told."""
    open_lab(page, server, link)
    page.locator("#open-settings").click()
    expect(page.locator("#settings")).to_be_visible()
    expect(page.locator("#form-size")).not_to_have_class(re.compile(r"\bold\b"))
    expect(page.locator("#form-size")).to_contain_text("parameters")


def is_open(page: Page) -> bool:
    """Whether the folded group is open."""
    return bool(page.locator(".advanced").evaluate("group => group.open"))


def leave(page: Page, field: str, value: str) -> None:
    """Type into a field and go on to the next."""
    page.locator(f"#field-{field}").fill(value)
    page.locator(f"#field-{field}").press("Tab")


def test_arms_come_first_then_the_groups_and_the_rest_is_folded(watched: Page, server: Server) -> None:
    open_settings(watched, server, USUAL)
    legends = watched.locator("#settings legend")
    expect(legends).to_have_text(["Arm 1", "Arm 2", "Data and networks", "Optimisation"])
    order = watched.locator("#settings [name]").evaluate_all("fields => fields.map((field) => field.name)")
    assert order.index("arms.1.connection") < order.index("dataset") < order.index("optimiser")
    assert order.index("optimiser") < order.index("momentum")
    assert not is_open(watched)
    expect(watched.locator("#field-momentum")).to_be_hidden()
    expect(watched.locator(".advanced summary")).to_contain_text("Advanced Momentum")
    watched.locator(".advanced summary").click()
    leave(watched, "momentum", "0.5")
    expect(watched.locator(".advanced summary")).to_contain_text("changed: Momentum")


def test_the_folded_group_opens_by_itself_for_what_is_not_as_usual(watched: Page, server: Server) -> None:
    open_settings(watched, server, USUAL + "&momentum=0.5")
    assert is_open(watched)
    expect(watched.locator("#field-momentum")).to_have_value("0.5")


def test_the_folded_group_opens_by_itself_for_what_is_refused(watched: Page, server: Server) -> None:
    open_settings(watched, server, USUAL)
    watched.locator(".advanced summary").click()
    watched.locator("#field-warm_up").fill("-1")
    watched.locator(".advanced summary").click()
    assert not is_open(watched)
    watched.locator("#train-form").click()
    expect(watched.locator("#field-warm_up-problem")).to_contain_text("Warm-up must be at least 0")
    assert is_open(watched)
    expect(watched.locator("#field-warm_up")).to_be_focused()
    expect(watched.locator("#settings")).to_be_visible()


def test_a_connection_is_chosen_by_its_picture_with_the_keyboard(watched: Page, server: Server) -> None:
    open_lab(watched, server, LINK)
    tab_to(watched, "#open-settings")
    watched.keyboard.press("Enter")
    tab_to(watched, ".arm-box:nth-of-type(2) .gallery summary")
    watched.keyboard.press("Enter")
    pictures = watched.locator(".arm-box:nth-of-type(2) .block-pictures button")
    choices = watched.locator("#field-arms-1-connection option").count()
    expect(pictures).to_have_count(choices)
    expect(watched.locator(".arm-box:nth-of-type(2) .block-pictures [aria-pressed=true]")).to_have_text("Residual")
    tab_to(watched, ".block-pictures button:nth-of-type(3)")
    watched.keyboard.press("Enter")
    expect(watched.locator("#field-arms-1-connection")).to_have_value("preact")
    expect(pictures.first).to_be_hidden()
    expect(watched.locator(".arm-box:nth-of-type(2) .gallery summary")).to_be_focused()
    expect(watched.locator(".arm-box:nth-of-type(2) .block-name")).to_contain_text("Pre-activation")
    watched.wait_for_function("() => location.hash.includes('arm2=preact')")


def test_a_picture_shows_the_shortcut_and_the_norms_of_its_block(watched: Page, server: Server) -> None:
    open_settings(watched, server)
    picture = ".arm-box:nth-of-type({}) .gallery summary .block-picture {}"
    expect(watched.locator(picture.format(1, ".shortcut"))).to_have_count(0)
    expect(watched.locator(picture.format(2, ".shortcut"))).to_have_count(1)
    dashed = watched.locator(picture.format(2, ".shortcut")).evaluate("path => getComputedStyle(path).strokeDasharray")
    assert dashed != "none"
    expect(watched.locator(picture.format(2, ".norm"))).to_have_count(2)
    watched.locator("#field-arms-1-normalisation").select_option("none")
    expect(watched.locator(picture.format(2, ".norm"))).to_have_count(0)


@pytest.mark.parametrize(
    ("field", "value", "said", "good"),
    [
        ("learning_rate", "0", "Learning rate must be over 0", "0.05"),
        ("learning_rate", "fast", "Learning rate: “fast” is not a number", "0.05"),
        ("width", "257", "Width: 257 is over the limit of 256", "8"),
        ("width", "", "Width is missing", "8"),
        ("steps", "1,000", "Steps: “1,000” can be read in two ways; write 1000", "20"),
        ("depths", "4096", "Depths: depth 4096 is over the limit of 1024", "4, 8"),
        ("depths", "5", "Depths: 5 must be even and at least 4", "4, 8"),
        ("arms-1-skip_scale", "3", "Skip scale λ: 3 is over the limit of 2", "1"),
    ],
)
def test_a_refusal_names_the_label_and_is_undone_with_escape(
    watched: Page, server: Server, field: str, value: str, said: str, good: str
) -> None:
    open_settings(watched, server)
    entry, problem = watched.locator(f"#field-{field}"), watched.locator(f"#field-{field}-problem")
    leave(watched, field, value)
    expect(problem).to_contain_text(said)
    expect(problem).to_contain_text("⚠")  # not by colour alone
    expect(entry).to_have_attribute("aria-invalid", "true")
    expect(entry).to_have_value(value)
    entry.focus()
    watched.keyboard.press("Escape")
    expect(entry).to_have_value(good)
    expect(problem).to_be_empty()
    expect(watched.locator("#settings")).to_be_visible()
    watched.keyboard.press("Escape")
    expect(watched.locator("#settings")).to_be_hidden()
    expect(watched.locator("#notices")).to_be_empty()


def test_escape_takes_back_what_is_being_typed_when_it_is_no_value(watched: Page, server: Server) -> None:
    open_settings(watched, server)
    watched.locator("#field-width").fill("wide")
    watched.keyboard.press("Escape")
    expect(watched.locator("#field-width")).to_have_value("8")
    expect(watched.locator("#settings")).to_be_visible()


def test_what_was_refused_for_the_sake_of_another_field_is_undone_with_it(watched: Page, server: Server) -> None:
    open_settings(watched, server)
    watched.locator("#field-family").select_option("conv6n2")
    expect(watched.locator("#field-depths-problem")).to_contain_text("Depths: 4 is not of the form 6n+2")
    watched.get_by_role("button", name="Undo the last change").click()
    expect(watched.locator("#field-family")).to_have_value("mlp")
    expect(watched.locator("#field-depths-problem")).to_be_empty()
    expect(watched.locator("#field-depths")).to_have_value("4, 8")


def test_a_refused_field_has_a_button_for_those_who_have_no_escape_key(watched: Page, server: Server) -> None:
    open_settings(watched, server)
    leave(watched, "width", "9999")
    watched.get_by_role("button", name="Put back 8").click()
    expect(watched.locator("#field-width")).to_have_value("8")
    expect(watched.locator("#field-width")).to_be_focused()


@pytest.mark.parametrize(("field", "value"), [("width", "9999"), ("depths", "5")])
def test_closing_with_a_refused_field_puts_its_last_good_value_back_and_says_so(
    watched: Page, server: Server, field: str, value: str
) -> None:
    open_settings(watched, server)
    good = watched.locator(f"#field-{field}").input_value()
    watched.locator(f"#field-{field}").fill(value)
    watched.locator("#settings").get_by_role("button", name="Close", exact=True).last.click()
    expect(watched.locator("#settings")).to_be_hidden()
    notice = watched.locator("[data-kind=settings]")
    expect(notice).to_contain_text(value)
    expect(notice).to_contain_text("The last good value is back.")
    expect(watched.locator(f"#field-{field}")).to_have_value(good)
    watched.locator("#train").click()
    state(watched, "finished")


def test_a_good_value_that_was_just_typed_is_kept_when_the_dialog_is_closed(watched: Page, server: Server) -> None:
    open_settings(watched, server)
    watched.locator("#field-width").fill("12")
    watched.keyboard.press("Escape")
    expect(watched.locator("#settings")).to_be_hidden()
    watched.wait_for_function("() => location.hash.includes('width=12')")


@pytest.mark.parametrize("text", ["0,02", "2e-2", " 0.02 "])
def test_numbers_are_taken_as_people_type_them(watched: Page, server: Server, text: str) -> None:
    open_settings(watched, server)
    leave(watched, "learning_rate", text)
    watched.wait_for_function("() => location.hash.includes('learning_rate=0.02')")


def test_the_cost_follows_every_change_and_is_faint_until_it_is_known(watched: Page, server: Server) -> None:
    open_settings(watched, server)
    size = watched.locator("#form-size")
    before = size.inner_text()
    assert re.fullmatch(r"4 networks · [\d.]+ k parameters( · about .+)?", before)
    held: list[Route] = []
    watched.route("**/api/experiments/check", lambda route: held.append(route))
    with watched.expect_request("**/api/experiments/check"):
        leave(watched, "seeds", "3")
    expect(size).to_have_class(re.compile(r"\bold\b"))
    expect(size).to_have_text(before)
    held[0].continue_()
    expect(size).to_contain_text("12 networks")
    expect(size).not_to_have_class(re.compile(r"\bold\b"))
    watched.unroute("**/api/experiments/check")


def test_an_arm_that_was_removed_comes_back_as_it_was(watched: Page, server: Server) -> None:
    open_settings(watched, server, LINK + "&arm1=plain&arm2=residual,batch,tanh,he,0.5")
    watched.locator(".arm-box:nth-of-type(2)").get_by_role("button", name="Remove this arm").click()
    expect(watched.locator(".arm-box")).to_have_count(1)
    expect(watched.locator(".arm-buttons [role=status]")).to_have_text("Arm 2, Residual, was removed.")
    expect(watched.locator("#undo-arm")).to_be_focused()
    expect(watched.locator("#form-size")).to_contain_text("2 networks")
    watched.keyboard.press("Enter")
    expect(watched.locator("#field-arms-1-skip_scale")).to_have_value("0.5")
    expect(watched.locator("#field-arms-1-activation")).to_have_value("tanh")
    expect(watched.locator("#form-size")).to_contain_text("4 networks")
    expect(watched.locator("#undo-arm")).to_have_count(0)


@pytest.mark.parametrize("size", SIZES)
def test_the_settings_fit_every_screen_and_every_finger(watched: Page, server: Server, size: tuple[int, int]) -> None:
    watched.set_viewport_size({"width": size[0], "height": size[1]})
    open_settings(watched, server)
    watched.locator(".arm-box:nth-of-type(2) .gallery summary").click()
    if not is_open(watched):
        watched.locator(".advanced summary").click()
    leave(watched, "width", "9999")
    width = watched.locator("#settings").evaluate("dialog => [dialog.scrollWidth, dialog.clientWidth]")
    assert width[0] <= width[1] <= size[0]
    targets = "#settings :is(button, input, select, summary):visible"
    if size[0] < 900:
        for target in watched.locator(targets).all():
            box = target.bounding_box()
            assert box is not None and box["height"] >= 44 and box["width"] >= 44, target
    for target in watched.locator(targets).all():
        box = target.bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= size[0]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_the_settings(watched: Page, server: Server, theme: str) -> None:
    open_settings(watched, server, f"{LINK}&theme={theme}")
    watched.locator(".arm-box:nth-of-type(2) .gallery summary").click()
    assert violations(watched, "#settings") == []
    leave(watched, "width", "9999")
    expect(watched.locator("#field-width-problem")).not_to_be_empty()
    problems = [line for line in violations(watched, "#settings") if "#form-size" not in line]  # faint on purpose
    assert problems == []
