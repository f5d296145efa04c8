"""Where the browser for the browser tests is: ``python -m tests.chromium [--install]`` prints its path.

Looks at ``SKIPSCOPE_CHROMIUM``, then for an installed Chromium or Chrome, then for Playwright's own. With ``--install``
it installs Debian's when it may; when there is none in the end it says what to do and fails.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

#: no sandbox: the tests open their own pages only, and root (a container, CI) cannot have one
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

HELP = """The browser tests need Chromium or Chrome, and none was found. Do one of these:
  apt install chromium                              (Debian; as root)
  .venv/bin/python -m playwright install chromium   (anywhere)
  SKIPSCOPE_CHROMIUM=/path/to/chrome make test      (a browser that is somewhere else)"""


class NoBrowserError(Exception):
    """There is no browser, or not where it was said to be; the message says what to do."""


def on_machine() -> Path | None:
    """The named or installed browser, or None. Raises ``NoBrowserError`` when the named one is not there."""
    if named := os.environ.get("SKIPSCOPE_CHROMIUM"):
        if Path(named).is_file():
            return Path(named)
        raise NoBrowserError(f"SKIPSCOPE_CHROMIUM is {named}, and there is no such file")
    return next((Path(found) for name in NAMES if (found := shutil.which(name))), None)


def find() -> Path:
    """The browser's executable. Raises ``NoBrowserError`` when there is none."""
    if found := on_machine():
        return found
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    if own.is_file():
        return own
    raise NoBrowserError(HELP)


def install() -> None:
    """Install Debian's Chromium if this user may; do nothing otherwise."""
    if shutil.which("apt-get") is None:
        return
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if sudo and (shutil.which("sudo") is None or subprocess.run([*sudo, "true"], stderr=subprocess.DEVNULL).returncode):
        return
    print("installing Chromium for the browser tests", flush=True)
    subprocess.run([*sudo, "apt-get", "update", "-qq"], check=False)  # an old list may still do
    command = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-qq", "--yes", "--no-install-recommends"]
    subprocess.run([*sudo, *command, "chromium", "fonts-liberation"], check=False)  # find() tells whether it worked


def main() -> None:
    """Print the browser's path, or say what to install and exit with 1."""
    try:
        try:
            path = find()
        except NoBrowserError:
            if "--install" not in sys.argv[1:] or "SKIPSCOPE_CHROMIUM" in os.environ:
                raise
            install()
            path = find()
    except NoBrowserError as missing:
        sys.exit(str(missing))
    print(f"browser: {path}")


if __name__ == "__main__":
    main()
