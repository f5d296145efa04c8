"""The page's styles: nothing dead, nothing twice, no colour but those of the tokens."""

import re
from collections import Counter
from pathlib import Path

from app.paths import static_dir, templates_dir

CSS = static_dir() / "css"
#: classes that Plotly gives to what it draws
PLOTLY = {"heatmaplayer", "plot-container"}


def source(path: Path) -> str:
    return re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def rules(path: Path) -> list[tuple[str, str]]:
    """Selector, with the media query that it stands in, and declarations of every rule of a file."""
    found, open_blocks = [], list[str]()
    for text, brace in re.findall(r"([^{}]*)([{}])", source(path)):
        words = " ".join(text.split())
        if brace == "{":
            open_blocks.append(words)
            continue
        if words:
            found.append((" ".join(open_blocks), words))
        open_blocks.pop()
    return found


def test_every_class_and_id_is_one_of_the_page() -> None:
    page = "\n".join(
        path.read_text(encoding="utf-8")
        for folder, pattern in ((templates_dir(), "**/*.html"), (static_dir(), "js/**/*.js"))
        for path in folder.glob(pattern)
    )
    words = set(re.findall(r"[\w-]+", page))
    selectors = " ".join(selector for path in CSS.rglob("*.css") for selector, _ in rules(path))
    named = set(re.findall(r"[.#](-?[A-Za-z_][\w-]*)", selectors))
    assert len(named) > 50
    assert named - words - PLOTLY == set()


def test_no_rule_stands_twice() -> None:
    selectors, blocks = Counter[str](), Counter[str]()
    for path in CSS.rglob("*.css"):
        for selector, declarations in rules(path):
            # the base and a page each set tokens of their own
            selectors[f"{path.name if declarations.startswith('--') else ''} {selector}"] += 1
            blocks[declarations] += declarations.count(";") >= 3
    assert {selector for selector, count in selectors.items() if count > 1} == set()
    assert {declarations for declarations, count in blocks.items() if count > 1} == set()


def test_colours_stand_in_the_tokens_only() -> None:
    colour = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgba?|hsla?|oklch|oklab|lab|lch|color|light-dark)\(")
    files = [path for path in CSS.rglob("*.css") if path.name != "tokens.css"]
    assert len(files) > 3
    values = {path.name: colour.findall(" ".join(declarations for _, declarations in rules(path))) for path in files}
    assert {name: found for name, found in values.items() if found} == {}


def test_every_token_is_used() -> None:
    texts = "\n".join(source(path) for path in CSS.rglob("*.css"))
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in static_dir().glob("js/**/*.js"))
    tokens = set(re.findall(r"(--[\w-]+):", texts))
    assert {token for token in tokens if f"var({token}" not in texts and f'"{token}"' not in scripts} == set()
