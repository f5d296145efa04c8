"""Pictures of the Lab for people to judge: ``python -m tests.browser.screenshots FOLDER``.

Three sizes × light, dark, presenter × on arrival, in training, finished, and the spiral, on one real server.
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


def main() -> None:
    """Take all pictures into the folder that is named."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, running_server() as fresh, running_server() as server:
        browser = playwright.chromium.launch(executable_path=str(find()), args=list(ARGUMENTS))
        spiral = "#preset=spiral&depth=16"
        take(browser, folder, {"arrival": (fresh, ""), "training": (server, TRAINING), "spiral": (server, spiral)})
        browser.close()


if __name__ == "__main__":
    main()
