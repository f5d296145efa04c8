"""What is wrong on the stage, measured: text that is cut, covered or small, low pictures, a page that scrolls."""

from playwright.sync_api import Page, expect

from tests.browser.lab_page import DRAWN, answered

PROJECTORS = ((1280, 720), (1024, 768), (1920, 1080))

#: what of the stage stands outside of the window, is cut or low, or covers another; what says the rest on demand has a
#: title. A number is the least size of the text.
FAULTS = """least => {
    const faults = [], root = document.documentElement;
    const parts = ['.top', '.toolbar', '#question', '.sides', '.views', 'footer'].map(part => {
        const box = document.querySelector(part)?.getBoundingClientRect();
        return `${part} ${Math.round(box?.top)} to ${Math.round(box?.bottom)}`;
    });
    if (root.scrollWidth > innerWidth || root.scrollHeight > innerHeight)
        faults.push(`the page scrolls: ${[root.scrollWidth, root.scrollHeight, ...parts]}`);
    const seen = element => element.checkVisibility() && !element.closest('.unseen, dialog, [hidden]');
    const name = element =>
        `${element.tagName}#${element.id}.${element.getAttribute('class')}: ${element.textContent.slice(0, 40)}`;
    const sizeOf = element => parseFloat(getComputedStyle(element).fontSize);
    const flow = element => element.closest('.view-words, .said, .title') ?? element.closest('p');
    const texts = [];
    for (const element of document.querySelectorAll('body *')) {
        if (!seen(element) || element.closest('.plot, .diagram, .space, #js-plotly-tester')) continue;
        const box = element.getBoundingClientRect();
        if (box.width < 2 || box.height < 2) continue;
        const isKept = element.parentElement.closest('.title, .said p, .view-words, .legend-text, .readout');
        if (!isKept && (box.right > innerWidth + 1 || box.bottom > innerHeight + 1 || box.left < -1 || box.top < -1))
            faults.push(`outside: ${name(element)}`);
        const own = [...element.childNodes].filter(node => node.nodeType === 3 && node.textContent.trim());
        const isCut = element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflow !== 'visible';
        if (own.length && isCut && !element.closest('[title], #status, select')) faults.push(`cut: ${name(element)}`);
        if (element.matches('.chart-title') && box.right > element.parentElement.getBoundingClientRect().right + 1)
            faults.push(`cut: ${name(element)}`);
        if (element.tagName === 'OPTION') continue;
        if (own.length && sizeOf(element) < least) faults.push(`small: ${name(element)}`);
        for (const node of own) {
            const range = document.createRange();
            range.selectNodeContents(node);
            const { left, top, right, bottom } = range.getBoundingClientRect();
            const shown = { element, left, top, right, bottom };
            for (let up = element; up !== document.body; up = up.parentElement) {
                if (getComputedStyle(up).overflow === 'visible') continue;
                const frame = up.getBoundingClientRect();
                shown.left = Math.max(shown.left, frame.left);
                shown.right = Math.min(shown.right, frame.right);
                shown.top = Math.max(shown.top, frame.top);
                shown.bottom = Math.min(shown.bottom, frame.bottom);
            }
            texts.push(shown);
        }
    }
    // a line's box is higher than its letters
    const covered = (a, b, share) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 &&
        Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > share * Math.min(a.bottom - a.top, b.bottom - b.top);
    texts.forEach((one, i) => texts.slice(i + 1).forEach(other => {
        // words that run on over several lines have boxes in common
        if (flow(one.element) !== null && flow(one.element) === flow(other.element)) return;
        if (covered(one, other, 0.35)) faults.push(`${name(one.element)} covers ${name(other.element)}`);
    }));
    for (const plot of document.querySelectorAll('.plot, .diagram')) {
        if (!seen(plot)) continue;
        const [frame, where] = [plot.getBoundingClientRect(), plot.parentElement.id];
        const labels = [...plot.querySelectorAll('svg text')]
            .filter(label => label.textContent.trim()).map(label => [label, label.getBoundingClientRect()]);
        for (const [label, box] of labels) {
            if (box.left < frame.left - 2 || box.right > frame.right + 2 || box.bottom > frame.bottom + 2 ||
                box.top < frame.top - 2) faults.push(`cut in ${where}: ${label.textContent}`);
            if (sizeOf(label) < least) faults.push(`small in ${where}: ${label.textContent}`);
        }
        labels.forEach(([one, a], i) => labels.slice(i + 1).forEach(([other, b]) => {
            if (covered(a, b, 0.2)) faults.push(`in ${where} ${one.textContent} covers ${other.textContent}`);
        }));
        const { yaxis, font } = plot._fullLayout ?? {};
        if (plot.matches('.plot') && yaxis && yaxis._length < 4 * font.size)
            faults.push(`low: ${where}, ${Math.round(yaxis._length)} px`);
    }
    return faults;
}"""

#: every picture in sight has the size of its frame
FITTED = """() => [...document.querySelectorAll('.plot.js-plotly-plot, .diagram.js-plotly-plot')].every(plot =>
    plot.clientWidth === 0 ||
    (plot._fullLayout.width === plot.clientWidth && plot._fullLayout.height === plot.clientHeight))"""

#: the buttons that ask, and what makes the answer come sooner
ASKED = {
    "lesion": ("Each block in turn", {}),
    "paths": ("Take the gradient apart", {}),
    "shattering": ("Walk along a line", {}),
    "landscape": ("Compute the plane", {"Points": "15"}),
    "flow": ("Measure a pass", {}),
    "refinement": ("Train the probes", {"Training examples": "500"}),
    "signal": ("Measure the signal", {}),
    "similarity": ("Compare all layers", {}),
}


def views(page: Page) -> list[str]:
    """The names of the views that there are."""
    names: list[str] = page.evaluate(
        "() => [...document.querySelectorAll('#view-tabs [role=tab]')].map(tab => tab.id.slice(4))"
    )
    return names


def show(page: Page, name: str) -> None:
    """Open a view as its tab does, wherever that is, and wait until it is drawn."""
    page.locator(f"#tab-{name}").dispatch_event("click")
    expect(page.locator(f"#tab-{name}")).to_have_attribute("aria-selected", "true")
    if page.locator("#analyses").is_visible():  # its module has come
        expect(page.locator("#analyses .about-kind")).not_to_be_empty()
    page.wait_for_function(DRAWN)
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def answer_all(page: Page) -> None:
    """Have every analysis answered, with the least work."""
    for name, (button, choices) in ASKED.items():
        show(page, name)
        for label, value in choices.items():
            page.locator("#analyses").get_by_label(label).select_option(value)
        page.get_by_role("button", name=button, exact=True).click()
        answered(page)
    page.get_by_role("button", name="Dismiss").click()


def lasting_faults(page: Page, least: int) -> list[str]:
    """What is wrong, and still is some frames later: a window that has just changed its size is not judged."""
    faults: list[str] = page.evaluate(FAULTS, least)
    for _ in range(5):
        if not faults:
            break
        page.evaluate(
            "async () => { for (let n = 0; n < 12; n++) await new Promise(done => requestAnimationFrame(done)) }"
        )
        faults = page.evaluate(FAULTS, least)
    return faults


def faults_of_all_pictures(page: Page, least: int) -> dict[str, list[str]]:
    """What is wrong in each picture of each view, where anything is; presenter mode shows one at a time."""
    found = {}
    pager = page.locator(".view:not([hidden]) .pager")
    for name in views(page):
        show(page, name)
        last = False
        for picture in range(1, 9):
            page.wait_for_function(FITTED)
            if faults := lasting_faults(page, least):
                found[f"{name} {picture}"] = faults
            place = pager.locator(".place").text_content() or ""
            last = pager.is_hidden() or place.split(" of ")[0].split("–")[-1] == place.split(" of ")[1]
            if last:
                break
            pager.locator("[data-turn='1']").dispatch_event("click")
            page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert last
    return found


def present(page: Page, on: bool) -> None:
    """Presenter mode on, or off."""
    if (page.locator("html").get_attribute("data-presenter") == "on") != on:
        page.keyboard.press("p")


def projector_faults(page: Page) -> dict[str, dict[str, list[str]]]:
    """What is wrong on each projector, plain and in presenter mode."""
    found = {}
    for presenter in (False, True):
        present(page, presenter)
        for width, height in PROJECTORS:
            page.set_viewport_size({"width": width, "height": height})
            faults = faults_of_all_pictures(page, 24 if presenter else 0)
            found[f"{width} × {height}{', presenter' if presenter else ''}"] = faults
    return {window: faults for window, faults in found.items() if faults}
