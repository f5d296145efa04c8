"""What axe-core finds wrong with a page for people who use it without a mouse, without colours or without sight."""

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

SOURCE = Path(__file__).resolve().parents[1] / "js" / "node_modules" / "axe-core" / "axe.min.js"

RUN = """async (within) => {
    const { violations } = await axe.run(within ?? document);
    return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.target}`));
}"""


@cache
def _source() -> str:
    assert SOURCE.is_file(), "axe-core is not there: `make js` installs it"
    return SOURCE.read_text(encoding="utf-8")


def violations(page: Page, within: str | None = None) -> list[str]:
    """All that axe-core finds, a line each: rule, what it asks for, which element.

    Args:
        within: selector of the part to look at; None: the whole page.
    """
    # the page's policy forbids other scripts in its markup, but not what the debugger runs
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_source())
    found: list[str] = page.evaluate(RUN, within)
    return found
