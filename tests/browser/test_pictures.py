"""What the menus of charts and diagrams save is a whole picture: it says what it shows and where it is from."""

import base64
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page, expect

from tests.browser.lab_page import SHORT, ask, open_lab, open_view, state
from tests.support import Server

SVG = "{http://www.w3.org/2000/svg}"


def saved(page: Page, figure: str, kind: str, theme: str, scale: int, name: str | None = None) -> Path:
    """The file that the menu of a figure saves, under the figure's name or another."""
    page.locator(f"#{figure} summary").click()
    for field, value in (("format", kind), ("theme", theme), ("scale", scale)):
        page.locator(f"#{figure} [name={field}][value='{value}']").check()
    with page.expect_download() as download:
        page.locator(f"#{figure} [data-save]").click()
    end = "@2x" if scale == 2 else ""
    assert download.value.suggested_filename == f"skipscope-{name or figure}-{theme}{end}.{kind}"
    return Path(download.value.path())


def pixels(page: Page, picture: Path) -> dict[str, Any]:
    """Size of a PNG, its colours in a corner and near the left edge of the drawing, and how many it has."""
    address = "data:image/png;base64," + base64.b64encode(picture.read_bytes()).decode()
    found: dict[str, Any] = page.evaluate(
        """async (address) => {
            const image = Object.assign(new Image(), { src: address });
            await image.decode();
            const [width, height] = [image.naturalWidth, image.naturalHeight];
            const pen = Object.assign(document.createElement('canvas'), { width, height }).getContext('2d');
            pen.drawImage(image, 0, 0);
            const { data } = pen.getImageData(0, 0, width, height);
            const side = 4 * (width * Math.round(0.6 * height) + Math.round(0.1 * width));
            return { size: [width, height], corner: [...data.slice(0, 3)], side: [...data.slice(side, side + 3)],
                colours: new Set(new Uint32Array(data.buffer)).size };
        }""",
        address,
    )
    return found


#: what a picture says beside its title
SAID = {
    "chart-loss": ("Plain-64 2.", "Residual-64 0.", "step"),
    "chart-accuracy": ("Plain-64 14 %", "100%", "step"),
    "chart-degradation": ("whole training set, step 320", "layers", "Residual 0."),
    "chart-layers": ("Plain", "Residual", "layer"),
    "chart-heat-b": ("‖∂L/∂W‖", "step", "60"),
    "side-a": ("Plain-64", "‖∂L/∂W‖", "in"),
}


@pytest.mark.parametrize("link", ["", "#theme=dark"])
@pytest.mark.parametrize("figure", SAID)
def test_a_saved_svg_says_what_it_shows_and_where_it_is_from(
    watched: Page, fresh_server: Server, figure: str, link: str
) -> None:
    open_lab(watched, fresh_server, link)
    state(watched, "recorded")
    if figure in ("chart-layers", "chart-heat-b"):
        open_view(watched, "Gradients")
        expect(watched.locator(f"#{figure} .main-svg").first).to_be_visible()
    # the other theme than that of the page
    theme, ground = ("light", "#ffffff") if link else ("dark", "#1d2226")
    before = watched.locator(f"#{figure}").evaluate("figure => figure.querySelector('.main-svg').outerHTML")
    root = ElementTree.parse(saved(watched, figure, "svg", theme, 1)).getroot()
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("960", "540", "0 0 960 540")
    rect = root.find(f"{SVG}rect")
    assert rect is not None and rect.get("fill") == ground
    texts = [" ".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    title = watched.locator(f"#{figure} :is(.chart-title, .arm-name)").inner_text()
    assert texts[0].startswith(title)
    said = "\n".join(texts)
    for words in (*SAID[figure], "3 seeds (0 to 2)", "recorded 2026-", "learning rate 0.05", "Linux x86_64"):
        assert words in said, said
    # the colour scale of what is coloured by one, and the arms of what has several
    assert (root.find(f".//{SVG}linearGradient") is not None) == (figure in ("chart-heat-b", "side-a"))
    style = "#0072B2" if theme == "light" else "#5AA9E6"
    if figure.startswith("chart") and "heat" not in figure:
        assert root.find(f"{SVG}circle[@fill='{style}']") is not None
    # nothing of it is left on the page, and the page's own chart is as it was
    assert watched.locator(".offstage").count() == 0
    assert watched.locator(f"#{figure}").evaluate("figure => figure.querySelector('.main-svg').outerHTML") == before


def test_the_answer_of_an_analysis_can_be_saved_too(watched: Page, server: Server) -> None:
    open_lab(watched, server, SHORT)
    watched.keyboard.press(" ")
    state(watched, "finished")
    ask(watched, "Landscape", "Compute the plane")
    watched.locator("#answer-b summary").click()
    watched.locator("#answer-b [value=svg]").check()
    with watched.expect_download() as download:
        watched.locator("#answer-b [data-save]").click()
    assert download.value.suggested_filename == "skipscope-landscape-b-light@2x.svg"
    root = ElementTree.parse(Path(download.value.path())).getroot()
    assert (root.get("width"), root.get("height")) == ("1920", "1080")
    said = "\n".join(" ".join(text.itertext()) for text in root.iter(f"{SVG}text"))
    for words in ("Landscape: Residual-8", "weights of step 600", "2 seeds (0 to 1)", "saved 20", "step 600, run "):
        assert words in said, said
    assert root.find(f".//{SVG}linearGradient") is not None


def test_a_surface_is_saved_as_it_is_seen(watched: Page, server: Server) -> None:
    open_lab(watched, server, "#preset=spiral&theme=light")
    state(watched, "recorded")
    open_view(watched, "Landscape")
    watched.locator("#analyses").get_by_label("Points").select_option("15")
    ask(watched, "Landscape", "Compute the plane")
    flat = pixels(watched, saved(watched, "answer-a", "png", "light", 1, name="landscape-a"))
    watched.locator("#analyses").get_by_label("Drawn as").select_option("surface")
    expect(watched.locator("#answer-a .space canvas").first).to_be_visible()
    watched.locator("#answer-a summary").click()
    expect(watched.locator("#answer-a [name=format][value=svg]")).to_be_disabled()
    watched.locator("#answer-a summary").click()
    solid = saved(watched, "answer-a", "png", "light", 2, name="landscape-a")
    found = pixels(watched, solid)
    assert found["size"] == [1920, 1080] and found["corner"] == [255, 255, 255]
    # contours fill all of the drawing, a surface stands in the middle of it
    assert flat["side"] != [255, 255, 255] == found["side"] and found["colours"] > 1000


@pytest.mark.parametrize(("scale", "size"), [(1, [960, 540]), (2, [1920, 1080])])
@pytest.mark.parametrize(("theme", "ground"), [("light", [255, 255, 255]), ("dark", [29, 34, 38])])
def test_a_saved_png_has_its_size_and_its_ground(
    watched: Page, fresh_server: Server, scale: int, size: list[int], theme: str, ground: list[int]
) -> None:
    open_lab(watched, fresh_server, "#presenter=0")
    state(watched, "recorded")
    for figure in ("chart-loss", "side-b", "chart-heat-b"):
        if figure == "chart-heat-b":
            open_view(watched, "Gradients")
        found = pixels(watched, saved(watched, figure, "png", theme, scale))
        assert (found["size"], found["corner"]) == (size, ground)
        assert found["colours"] > 50, figure
