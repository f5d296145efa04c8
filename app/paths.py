"""Where the page's files are: at the top of the repository, or inside the installed package."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def templates_dir() -> Path:
    """The folder of the HTML templates."""
    return _web_dir("templates")


def static_dir() -> Path:
    """The folder of everything the browser loads: scripts, styles, the run of its first view, vendored libraries."""
    return _web_dir("static")


def recorded_dir() -> Path:
    """The folder of the recorded runs that come with the program (``app.runs.recorded_runs``)."""
    return _web_dir("recorded")


def _web_dir(name: str) -> Path:
    installed = _PACKAGE / "_web" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name
