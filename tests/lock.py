"""Makes ``constraints.txt``: ``python -m tests.lock FILE`` (or ``make lock``).

Installs the project with its development packages into a new environment and writes down what came. Left out are the
project itself, pip, and what only a CUDA build of PyTorch brings: PyTorch pins those itself, and a machine without CUDA
does not want them. A build's own label (``2.13.0+cpu``) is cut off, so that every build of that version will do.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

HEADER = """\
# Exact versions of all that Skipscope runs and is tested with. Made by `make lock`; do not edit.
"""
LEFT_OUT = ("cuda", "nvidia", "pip==", "skipscope", "triton")


def constraints(frozen: str) -> str:
    """The text of the file, from what ``pip freeze`` printed."""
    lines = (line.split("+")[0] for line in frozen.splitlines() if "==" in line)
    kept = sorted((line for line in lines if not line.lower().startswith(LEFT_OUT)), key=str.lower)
    return HEADER + "".join(f"{line}\n" for line in kept)


def main() -> None:
    """Install into a temporary environment and write the file."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = str(Path(folder) / "bin" / "python")
        subprocess.run([python, "install_torch.py"], check=True)
        pip = [python, "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--progress-bar", "off", ".[dev]"], check=True)
        frozen = subprocess.run([*pip, "freeze", "--all"], check=True, capture_output=True, text=True).stdout
    Path(sys.argv[1]).write_text(constraints(frozen), encoding="utf-8")


if __name__ == "__main__":
    main()
