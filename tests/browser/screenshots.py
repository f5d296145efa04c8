"""Pictures of the Lab for people to judge: ``python -m tests.browser.screenshots FOLDER [PRESET…]``.

Three sizes × light, dark, presenter × on arrival, in training, finished, and the spiral, on one real server. With
presets named, those instead: each is trained for a while, and every picture shows that one run.
"""

import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.lab_page import open_lab, state, wait_for_step
from tests.chromium import ARGUMENTS, find
from tests.support import Server, running_server

SIZES = ((1280, 720), (1920, 1080), (390, 844))
LOOKS = {"light": "", "dark": "&theme=dark", "presenter": "&presenter=1"}
#: another seed than the recorded run has, so that nothing is drawn before it trains
TRAINING = "#preset=degradation&seed=1"
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
                page.wait_for_function("() => !document.querySelector('.plot:not(.js-plotly-plot)')")
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


def main() -> None:
    """Take all pictures into the folder that is named."""
    folder, presets = Path(sys.argv[1]), sys.argv[2:]
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, running_server() as server:
        browser = playwright.chromium.launch(executable_path=str(find()), args=list(ARGUMENTS))
        for preset in presets:
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
