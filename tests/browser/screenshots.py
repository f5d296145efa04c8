"""Pictures of the Lab for people to judge: ``python -m tests.browser.screenshots FOLDER [analyses] [docs] [PRESET…]``.

Three sizes × light, dark, presenter × on arrival, in training, finished, and the spiral, on one real server. With
presets named, those instead: each is trained for a while, and every picture shows that one run. ``analyses``: every
analysis of the degradation preset at 32 layers. ``docs``: those of the README and of ``docs/analyses.md``.
"""

import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.lab_page import answered, ask, open_lab, state, take_out, wait_for_step
from tests.chromium import ARGUMENTS, find
from tests.support import Server, running_server

SIZES = ((1280, 720), (1920, 1080), (390, 844))
LOOKS = {"light": "", "dark": "&theme=dark", "presenter": "&presenter=1"}
#: another seed than the recorded run has, so that nothing is drawn before it trains
TRAINING = "#preset=degradation&seed=1"
#: tab, button and name of the picture
ANALYSES = (
    ("Lesion", "Each block in turn", "lesions"),
    ("Lesion", "k blocks at random", "deletions"),
    ("Lesion", "Shuffle blocks", "shuffle"),
    ("Paths", "Take the gradient apart", "paths"),
    ("Shattering", "Walk along a line", "shattering"),
    ("Landscape", "Compute the plane", "landscape"),
    ("Speed", "", "speed"),
    ("Flow", "Measure a pass", "flow"),
    ("Refinement", "Train the probes", "refinement"),
    ("Signal", "Measure the signal", "signal"),
    ("Similarity", "Compare all layers", "similarity"),
)
#: the pictures of ``docs/analyses.md`` by the depths that they show
IN_DOCS = {
    "depth=16&compare=32": ("lesions", "paths", "shattering", "landscape"),
    "depth=64": ("refinement", "signal", "similarity"),
}
#: every picture that is in sight has been drawn
DRAWN = "() => [...document.querySelectorAll('.plot:not(.js-plotly-plot)')].every((plot) => !plot.offsetParent)"
#: steps after which a run of a named preset is pictured, where it is not its first fifty
WHILE = {"fair": 240, "degradation": 200, "spiral": 300, "thousand": 20}


def take(browser: Browser, folder: Path, moments: dict[str, tuple[Server, str]]) -> None:
    """One picture for each size, look and moment: a server and a link."""
    for width, height in SIZES:
        for look, told in LOOKS.items():
            for moment, (server, link) in moments.items():
                page = browser.new_page(viewport={"width": width, "height": height})
                open_lab(page, server, (link or "#") + told)
                if moment == "arrival":
                    state(page, "recorded")
                if moment == "training":
                    page.keyboard.press(" ")
                    wait_for_step(page, 160)
                elif "spiral" in moment:
                    page.keyboard.press(" ")
                    state(page, "finished")
                page.wait_for_function(DRAWN)
                page.screenshot(path=folder / f"{moment}-{width}-{look}.png", full_page=width < 500)
                if moment == "training":
                    state(page, "finished")
                    page.screenshot(path=folder / f"finished-{width}-{look}.png")
                page.close()


def train(browser: Browser, server: Server, preset: str) -> str:
    """The id of a run of a preset that has been trained for a while and is over."""
    page = browser.new_page()
    open_lab(page, server, f"#preset={preset}&seed=1")
    page.keyboard.press(" ")
    wait_for_step(page, WHILE.get(preset, 50))
    page.wait_for_function("() => location.hash.includes('run=')")
    run: str = page.evaluate("() => new URLSearchParams(location.hash.slice(1)).get('run')")
    page.keyboard.press("r")
    state(page, "Ready")
    page.close()
    return run


def take_run(browser: Browser, folder: Path, server: Server, name: str, link: str) -> None:
    """One picture for each size and look of a run that is over."""
    for width, height in SIZES:
        for look, told in LOOKS.items():
            page = browser.new_page(viewport={"width": width, "height": height})
            open_lab(page, server, link + told)
            state(page, "stopped", "finished")
            page.wait_for_function("() => document.querySelector('#chart-loss .plot').data?.[5].x.length > 0")
            page.screenshot(path=folder / f"{name}-{width}-{look}.png", full_page=width < 500)
            page.close()


def take_analyses(browser: Browser, folder: Path, server: Server) -> None:
    """The panel for each size, look and analysis, and the whole Lab with a block out and in the film."""
    page = browser.new_page()
    open_lab(page, server, "#preset=degradation&depth=32")
    page.keyboard.press(" ")
    state(page, "finished")
    page.wait_for_function("() => location.hash.includes('run=')")
    for tab, button, _ in ANALYSES:
        if button:
            ask(page, tab, button)
    link = page.evaluate("() => location.hash")
    page.close()
    for width, height in SIZES:
        for look, told in LOOKS.items():
            page = browser.new_page(viewport={"width": width, "height": height})
            open_lab(page, server, link + told)
            panel, end = page.locator("#analyses"), f"{width}-{look}.png"
            for tab, button, name in ANALYSES:
                page.get_by_role("tab", name=tab).click()
                if tab == "Lesion":
                    ask(page, tab, button)
                answered(page)
                page.mouse.move(0, 0)
                page.wait_for_timeout(400)
                panel.screenshot(path=folder / f"analysis-{name}-{end}")
            for _ in range(20):
                page.locator("[data-film=on]").click()
            page.wait_for_timeout(400)
            page.screenshot(path=folder / f"film-{end}")
            page.locator("[data-film=away]").click()
            page.get_by_role("tab", name="Landscape").click()
            panel.get_by_label("Drawn as").select_option("surface")
            page.locator("#answer-a .space canvas").first.wait_for()
            page.wait_for_timeout(2500)
            panel.screenshot(path=folder / f"analysis-surface-{end}")
            panel.get_by_label("Drawn as").select_option("contours")
            page.get_by_role("tab", name="Paths").click()
            page.evaluate("scrollTo(0, 0)")
            page.wait_for_timeout(400)
            page.screenshot(path=folder / f"paths-above-{end}")
            page.get_by_role("tab", name="Lesion").click()
            take_out(page, 5)
            page.locator("#side-a .accuracy-name", has_text="whole").wait_for()
            page.evaluate("scrollTo(0, 0)")
            page.wait_for_timeout(400)
            page.screenshot(path=folder / f"lesion-above-{end}")
            page.close()


def take_for_docs(browser: Browser, folder: Path, server: Server) -> None:
    """The Lab, and the view with the networks that ``docs/analyses.md`` names: of the recorded run, as one arrives."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    open_lab(page, server, "#preset=degradation&theme=light")
    state(page, "recorded")
    settled(page)
    page.screenshot(path=folder / "lab.png")
    page.close()
    for depths, names in IN_DOCS.items():
        page = browser.new_page(viewport={"width": 1600, "height": 1000})  # five pictures side by side
        open_lab(page, server, f"#preset=degradation&{depths}&theme=light")
        state(page, "recorded")
        for tab, button, name in ANALYSES:
            if name in names:
                ask(page, tab, button)
                settled(page)
                page.locator("#analyses").screenshot(path=folder / f"{name}.png")
        page.close()


def settled(page: Page) -> None:
    """Point at nothing, and wait until all that was measured is drawn."""
    page.mouse.move(0, 0)
    page.wait_for_function(DRAWN)
    page.wait_for_timeout(600)


def main() -> None:
    """Take all pictures into the folder that is named."""
    folder, presets = Path(sys.argv[1]), sys.argv[2:]
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, running_server() as server:
        browser = playwright.chromium.launch(executable_path=str(find()), args=list(ARGUMENTS))
        for name, taken in {"analyses": take_analyses, "docs": take_for_docs}.items():
            if name in presets:
                taken(browser, folder, server)
        for preset in [name for name in presets if name not in ("analyses", "docs")]:
            run = train(browser, server, preset)
            take_run(browser, folder, server, preset, f"#run={run}")
            take_run(browser, folder, server, f"{preset}-operations", f"#run={run}&x=flops")
        if not presets:
            spiral = "#preset=spiral&depth=16"
            with running_server() as fresh:
                moments = {"arrival": (fresh, ""), "training": (server, TRAINING), "spiral": (server, spiral)}
                take(browser, folder, moments)
        browser.close()


if __name__ == "__main__":
    main()
