"""A connection that does not exist is added by its record, its block and its reference, and works everywhere."""

import subprocess
import sys

from tests.patience import COMMAND_PATIENCE


def test_an_added_connection_equals_its_reference() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.extra.oracle"],
        capture_output=True, text=True, timeout=COMMAND_PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
