"""The stage: one window in which nothing is cut or scrolled; the question, the views, presenter mode, a phone."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from app.contract.presets import PRESETS
from tests.browser.axe import violations
from tests.browser.lab_page import answered, ask, open_lab, open_view, state
from tests.browser.measured_stage import FAULTS, FITTED, answer_all, projector_faults, show, views
from tests.patience import PATIENCE
from tests.support import Server

SMALL = "#depths=4,12&width=16&steps=60&evaluate_every=20&seeds=2&depth=12"


def test_on_a_projector_nothing_is_cut_low_covered_small_or_scrolled(watched: Page, fresh_server: Server) -> None:
    open_lab(watched, fresh_server)
    state(watched, "recorded")
    answer_all(watched)
    assert projector_faults(watched) == {}


@pytest.mark.slow
@pytest.mark.parametrize("preset", sorted(set(PRESETS) - {"degradation"}))
def test_on_a_projector_the_stage_of_every_preset_is_whole(watched: Page, fresh_server: Server, preset: str) -> None:
    open_lab(watched, fresh_server, f"#preset={preset}")
    expect(watched.locator("#badge")).to_contain_text("recorded")
    assert projector_faults(watched) == {}


def test_a_newcomer_comes_from_the_question_to_the_reason_in_six_clicks(watched: Page, server: Server) -> None:
    watched.add_init_script(
        "window.clicks = 0; addEventListener('click', e => { window.clicks += e.isTrusted }, true);"
        "window.scrolled = false; addEventListener('scroll', () => { window.scrolled = true }, true)"
    )
    open_lab(watched, server, SMALL)
    watched.get_by_role("button", name="Residual", exact=True).click()
    watched.locator("#train").click()
    state(watched, "finished")
    expect(watched.locator("#verdict")).to_have_text(re.compile("You were right|Not this time|Too close to call"))
    open_view(watched, "Lesion")
    ask(watched, "Lesion", "Each block in turn")
    box = watched.locator("#side-b .diagram").bounding_box()
    assert box is not None
    expect(watched.locator("#analyses .words")).to_contain_text("without one block")
    assert watched.evaluate("() => [window.clicks <= 6, window.scrolled]") == [True, False]


def test_a_guess_is_marked_and_set_against_what_is_measured(watched: Page, fresh_server: Server) -> None:
    open_lab(watched, fresh_server)
    state(watched, "recorded")
    expect(watched.locator("#ask")).to_have_text("Both have 64 layers and the same first weights. Which will learn?")
    expect(watched.locator("#verdict")).to_have_text("Your guess?")
    watched.get_by_role("button", name="Both", exact=True).click()
    expect(watched.locator("#verdict")).to_contain_text("Not this time. Residual-64")
    watched.get_by_role("button", name="Residual", exact=True).click()
    expect(watched.locator("#verdict")).to_contain_text("You were right.")
    expect(watched.locator("#guesses [aria-pressed=true]")).to_have_text("Residual")
    watched.keyboard.press("q")
    expect(watched.locator("#question")).to_be_hidden()
    watched.wait_for_function("() => location.hash.includes('question=0')")
    watched.reload()
    state(watched, "recorded")
    expect(watched.locator("#question")).to_be_hidden()
    watched.keyboard.press("q")
    expect(watched.locator("#question")).to_be_visible()


def test_number_keys_open_views_and_back_leaves_them(watched: Page, fresh_server: Server) -> None:
    open_lab(watched, fresh_server)
    state(watched, "recorded")
    chosen = watched.locator("#view-tabs [aria-selected=true]")
    for key, name in (("2", "Gradients"), ("3", "Lesion"), ("0", "Signal"), ("1", "Curves")):
        watched.keyboard.press(key)
        expect(chosen).to_contain_text(name)
    watched.keyboard.press("v")
    expect(chosen).to_contain_text("Gradients")
    watched.wait_for_function("() => location.hash.includes('view=gradients')")
    watched.keyboard.press("Shift+V")
    expect(chosen).to_contain_text("Curves")
    watched.wait_for_function("() => !location.hash.includes('view=')")
    watched.evaluate("() => { window.stays = true }")
    watched.go_back()
    expect(chosen).to_contain_text("Gradients")
    assert watched.evaluate("() => window.stays")  # the page was not loaded anew


def test_presenter_mode_shows_one_picture_at_a_time_on_the_key_of_its_view(watched: Page, fresh_server: Server) -> None:
    watched.set_viewport_size({"width": 1920, "height": 1080})
    open_lab(watched, fresh_server, "#presenter=1")
    state(watched, "recorded")
    shown = watched.locator("#view-curves figure:visible .chart-title")
    for title in ("Training loss", "Test accuracy", "The degradation picture", "Training loss"):
        expect(shown).to_have_text(title)
        watched.keyboard.press("1")
    sizes = watched.evaluate(
        "() => [...document.querySelectorAll('.big')].map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(sizes) >= 80
    small = watched.evaluate(
        """() => [...document.querySelectorAll('body *')].filter(e => e.checkVisibility()
            && !e.closest('.unseen, dialog, #js-plotly-tester')
            && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())
            && parseFloat(getComputedStyle(e).fontSize) < 24)
            .map(e => `${e.tagName}.${e.getAttribute('class')}: ${e.textContent.slice(0, 30)}`)"""
    )
    assert small == []
    for reach in ("#preset", "#side-a .learning-rate", "#slider .thumb"):
        expect(watched.locator(reach).first).to_be_visible()


def test_a_second_view_stands_beside_the_first_where_there_is_room(watched: Page, fresh_server: Server) -> None:
    watched.set_viewport_size({"width": 1920, "height": 1080})
    open_lab(watched, fresh_server)
    state(watched, "recorded")
    shown = watched.locator(".view:not([hidden])")
    expect(shown).to_have_count(1)
    watched.keyboard.press("Shift+Digit2")
    expect(shown).to_have_count(2)
    expect(watched.locator("#view-gradients")).to_be_visible()
    watched.wait_for_function("() => location.hash.includes('beside=gradients')")
    watched.locator("#beside-menu").select_option("flow")  # an analysis is asked and answered there
    watched.get_by_role("button", name="Measure a pass", exact=True).click()
    answered(watched)
    watched.get_by_role("button", name="Dismiss").click()
    curves, flow = (watched.locator(f"#{name}").bounding_box() for name in ("view-curves", "analyses"))
    assert curves is not None and flow is not None and curves["x"] + curves["width"] <= flow["x"]
    watched.wait_for_function("() => location.hash.includes('beside=flow')")
    watched.wait_for_function(FITTED)
    assert watched.evaluate(FAULTS, 0) == []
    watched.go_back()
    expect(watched.locator("#view-gradients")).to_be_visible()
    watched.go_forward()
    expect(watched.locator("#analyses")).to_be_visible()
    watched.keyboard.press("6")  # all analyses have one place: what is opened takes it
    expect(watched.locator("#analyses")).to_be_visible()
    expect(shown).to_have_count(1)
    watched.go_back()
    expect(shown).to_have_count(2)
    watched.set_viewport_size({"width": 1280, "height": 720})  # no room: it waits until there is
    expect(shown).to_have_count(1)
    watched.set_viewport_size({"width": 1920, "height": 1080})
    expect(shown).to_have_count(2)
    watched.keyboard.press("p")
    expect(shown).to_have_count(1)
    watched.keyboard.press("p")
    watched.locator("#close-beside").click()
    expect(shown).to_have_count(1)
    expect(watched.locator("#depth-number")).to_have_text("64")  # what the analysis had borrowed is given back
    watched.wait_for_function("() => !location.hash.includes('beside')")


def test_undo_brings_back_the_second_view_and_the_link_opens_it(watched: Page, fresh_server: Server) -> None:
    watched.set_viewport_size({"width": 1920, "height": 1080})
    open_lab(watched, fresh_server, "#preset=degradation&beside=gradients")
    state(watched, "recorded")
    expect(watched.locator("#view-gradients")).to_be_visible()
    watched.locator("#preset").select_option("shallow")
    expect(watched.locator("#view-gradients")).to_be_hidden()
    watched.get_by_role("button", name="Undo").click()
    expect(watched.locator("#view-gradients")).to_be_visible()
    expect(watched.locator("#view-curves")).to_be_visible()
    watched.keyboard.press("Shift+Digit2")
    expect(watched.locator("#view-gradients")).to_be_hidden()


#: what the keyboard can reach: marked with a number, and which of them the focus is on and is seen
REACHABLE = """within => [...document.querySelectorAll(`${within} :is(button, select, input, summary, [tabindex])`)]
    .filter(one => one.checkVisibility() && !one.disabled && one.tabIndex >= 0 && !one.closest('dialog, .unseen'))
    .map((one, index) => { one.dataset.reach = String(index); return one.id || one.className || one.textContent })"""
FOCUS = """() => {
    const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
    if (one === document.body) return [null, ''];
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    const isSeen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    // the pointer goes through what marks a layer
    const isFree = one.contains(top) || top?.contains(one) || style.pointerEvents === 'none';
    return [one.dataset.reach ?? null, isSeen && isFree ? '' : one.outerHTML]
}"""


@pytest.mark.parametrize("mode", ["", "&presenter=1"], ids=["stage", "presenter"])
def test_every_control_of_every_view_is_reached_by_keyboard_and_its_focus_is_seen(
    watched: Page, fresh_server: Server, mode: str
) -> None:
    open_lab(watched, fresh_server, f"#preset=degradation{mode}")
    state(watched, "recorded")
    for name in views(watched):
        show(watched, name)
        watched.evaluate("() => document.querySelectorAll('[data-reach]').forEach(one => delete one.dataset.reach)")
        within = "body" if name == "curves" else ".view:not([hidden])"
        controls = watched.evaluate(REACHABLE, within)
        watched.evaluate("() => { document.activeElement.blur(); getSelection().removeAllRanges() }")
        missing, unseen = set(range(len(controls))), []
        for _ in range(150):
            if not missing:
                break
            watched.keyboard.press("Tab")
            reached, fault = watched.evaluate(FOCUS)
            if reached is not None:
                missing.discard(int(reached))
            if fault:
                unseen.append(fault[:120])
        assert ([controls[index] for index in missing], unseen) == ([], []), name


def test_escape_leaves_the_blank_screen_then_presenter_mode_then_full_screen(
    watched: Page, fresh_server: Server
) -> None:
    open_lab(watched, fresh_server)
    state(watched, "recorded")
    watched.keyboard.press("f")
    watched.wait_for_function("() => document.fullscreenElement !== null")
    watched.keyboard.press("p")
    watched.keyboard.press("b")
    seen = "() => [!document.querySelector('#blanked').hidden, document.documentElement.dataset.presenter === 'on',"
    seen += " document.fullscreenElement !== null]"
    assert watched.evaluate(seen) == [True, True, True]
    for left in ([False, True, True], [False, False, True]):
        watched.keyboard.press("Escape")
        assert watched.evaluate(seen) == left
    watched.keyboard.press("Escape")
    watched.wait_for_function("() => document.fullscreenElement === null")


def test_the_next_preset_comes_by_a_key_and_each_has_its_stage(watched: Page, fresh_server: Server) -> None:
    open_lab(watched, fresh_server)
    state(watched, "recorded")
    watched.keyboard.press("n")
    expect(watched.locator("#preset")).to_have_value("vanishing")
    expect(watched.locator("#view-tabs [aria-selected=true]")).to_contain_text("Gradients")
    expect(watched.locator("[data-gradient=activation]")).to_have_attribute("aria-checked", "true")
    expect(watched.locator("#ask")).to_contain_text("PyTorch's usual start")
    watched.get_by_role("button", name="Undo").click()
    expect(watched.locator("#preset")).to_have_value("degradation")
    expect(watched.locator("#view-tabs [aria-selected=true]")).to_contain_text("Curves")


PHONES = ((390, 844), (844, 390), (900, 700))


@pytest.mark.parametrize("size", PHONES, ids=str)
def test_nothing_is_wider_than_the_window(watched: Page, fresh_server: Server, size: tuple[int, int]) -> None:
    watched.set_viewport_size({"width": size[0], "height": size[1]})
    open_lab(watched, fresh_server)
    state(watched, "recorded")
    for name in views(watched):
        show(watched, name)
        assert watched.evaluate("() => document.documentElement.scrollWidth") == size[0], name


def test_a_phone_keeps_depth_and_results_in_sight_and_views_are_swiped(browser: Browser, fresh_server: Server) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    context.set_default_timeout(1000 * PATIENCE)
    page = context.new_page()
    open_lab(page, fresh_server)
    state(page, "recorded")
    page.evaluate("() => scrollTo(0, document.documentElement.scrollHeight)")
    for part in ("#slider", "#pinned-a", "#pinned-b"):
        box = page.locator(part).bounding_box()
        assert box is not None and 0 <= box["y"] < 160, part
    expect(page.locator("#pinned-b")).to_have_text(re.compile(r"Residual \d+ %"))
    swipe = """([from, to]) => { const at = document.querySelector('.view:not([hidden]) .pictures');
        const pointer = x => ({ bubbles: true, pointerType: 'touch', clientX: x, clientY: 500 });
        at.dispatchEvent(new PointerEvent('pointerdown', pointer(from)));
        at.dispatchEvent(new PointerEvent('pointerup', pointer(to))) }"""
    page.evaluate(swipe, [300, 100])
    expect(page.locator("#view-tabs [aria-selected=true]")).to_contain_text("Gradients")
    page.evaluate(swipe, [100, 300])
    expect(page.locator("#view-tabs [aria-selected=true]")).to_contain_text("Curves")
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, select, summary')].filter(e => e.checkVisibility() &&
            !e.closest('dialog') && Math.min(e.offsetWidth, e.offsetHeight) < 44).map(e => e.outerHTML.slice(0, 80))"""
    )
    assert small == []
    context.close()


@pytest.mark.parametrize("look", ["", "&theme=dark", "&presenter=1"], ids=["light", "dark", "presenter"])
def test_axe_finds_nothing_in_any_view(watched: Page, fresh_server: Server, look: str) -> None:
    open_lab(watched, fresh_server, f"#preset=degradation{look}")
    state(watched, "recorded")
    found = {}
    for name in views(watched):
        show(watched, name)
        found[name] = violations(watched)
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_axe_finds_nothing_on_a_phone_in_forced_colours_and_dialogs(watched: Page, fresh_server: Server) -> None:
    open_lab(watched, fresh_server)
    state(watched, "recorded")
    for dialog, button in (("comparison", "#open-comparison"), ("keys", "#help"), ("settings", "#open-settings")):
        watched.locator(button).click()
        assert violations(watched) == [], dialog
        watched.keyboard.press("Escape")
    watched.locator("#chart-loss summary").click()
    assert violations(watched) == [], "menu of a chart"
    watched.keyboard.press("Escape")
    watched.emulate_media(forced_colors="active")
    assert violations(watched) == [], "forced colours"
    watched.emulate_media(forced_colors="none")
    watched.set_viewport_size({"width": 390, "height": 844})
    assert violations(watched) == [], "phone"


def test_one_region_speaks_and_the_numbers_are_silent(watched: Page, fresh_server: Server) -> None:
    open_lab(watched, fresh_server)
    state(watched, "recorded")
    speaking = watched.evaluate(
        """() => [...document.querySelectorAll('[aria-live], output, [role=status], [role=alert], [role=log]')]
            .filter(e => !e.closest('dialog')).map(e => e.id || e.className)"""
    )
    assert speaking == ["spoken"]


def test_an_answer_stays_when_its_view_is_left_and_progress_is_in_its_tab(watched: Page, server: Server) -> None:
    open_lab(watched, server, SMALL)
    watched.keyboard.press(" ")
    state(watched, "finished")
    ask(watched, "Lesion", "Each block in turn")
    watched.keyboard.press("1")
    watched.keyboard.press("3")
    answered(watched)
    expect(watched.locator("#answer .answer:visible")).to_have_count(2)


def test_an_analysis_opens_at_depths_that_have_learned_and_gives_them_back(watched: Page, fresh_server: Server) -> None:
    open_lab(watched, fresh_server)
    state(watched, "recorded")
    watched.keyboard.press("3")
    expect(watched.locator("#notices")).to_contain_text("Shown are Plain-16 and Residual-64, the deepest that learned.")
    expect(watched.locator("#side-a .arm-name")).to_have_text("Plain-16")
    expect(watched.locator("#side-b .arm-name")).to_have_text("Residual-64")
    watched.keyboard.press("1")
    expect(watched.locator("#depth-number")).to_have_text("64")
    expect(watched.locator("#notices")).not_to_contain_text("deepest that learned")


def test_what_was_recorded_comes_back_after_a_reset(watched: Page, fresh_server: Server) -> None:
    open_lab(watched, fresh_server)
    state(watched, "recorded")
    expect(watched.locator("#show-recorded")).to_be_hidden()
    watched.keyboard.press("r")
    state(watched, "Ready")
    watched.locator("#show-recorded").click()
    state(watched, "recorded")


def test_a_link_with_presenter_mode_opens_on_a_phone_as_the_page_for_phones(
    browser: Browser, fresh_server: Server
) -> None:
    with browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True) as context:
        context.set_default_timeout(1000 * PATIENCE)
        page = context.new_page()
        for path in ("/", "/atlas"):
            page.goto(f"{fresh_server.url}{path}#presenter=1")
            expect(page.locator(".view-tabs [role=tab]").first).to_be_visible()
            assert page.evaluate("document.documentElement.dataset.presenter") is None
            expect(page.locator("#present")).to_be_hidden()
            page.keyboard.press("p")
            expect(page.locator("#notices")).to_contain_text("needs a window that is at least 821 pixels wide")
