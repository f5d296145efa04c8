"""Installs PyTorch as ``constraints.txt`` pins it: ``python install_torch.py [OPTION OF pip install …]``.

On Linux pip's ordinary build of PyTorch brings the CUDA libraries, which are gigabytes. A machine without an NVIDIA GPU
needs none of them, and PyTorch publishes builds for the CPU on an index of its own: 200 MB. Where a machine's PyTorch
comes from is decided in ``index``. Uses the standard library only, since nothing else is installed yet.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

CPU_BUILDS = "https://download.pytorch.org/whl/cpu"
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
#: a line of ``pip config list`` that names where packages come from, whether a variable or a file says so
OWN_SOURCE = re.compile(r"(:env:|global|install)\.(index-url|extra-index-url|find-links|no-index)=(?!''$)")


def index(named: str, system: str, nvidia: bool, settings: Sequence[str]) -> str | None:
    """The index to take PyTorch from; None leaves it to pip and its settings.

    Args:
        named: what the variable ``TORCH_INDEX`` says; empty when it is not set.
        system: as ``platform.system()`` calls it; only on Linux does the ordinary build bring CUDA.
        nvidia: whether the machine has an NVIDIA GPU.
        settings: the lines of ``pip config list``. Whoever has sources of their own gets no other index beside them.
    """
    if named:
        return named
    if system != "Linux" or nvidia or any(OWN_SOURCE.match(line) for line in settings):
        return None
    return CPU_BUILDS


def has_nvidia() -> bool:
    """Whether the driver of an NVIDIA GPU is there."""
    return shutil.which("nvidia-smi") is not None or Path("/proc/driver/nvidia").exists()


def main(options: Sequence[str]) -> int:
    """Install it, and return pip's exit code.

    When PyTorch's own index cannot be reached, that is said and the code is 0: what is installed next then brings the
    ordinary build.
    """
    lines = Path(__file__).with_name("constraints.txt").read_text(encoding="utf-8").splitlines()
    pin = next(line for line in lines if line.startswith("torch=="))
    settings = subprocess.run([*PIP, "config", "list"], stdout=subprocess.PIPE, text=True).stdout.splitlines()
    named = os.environ.get("TORCH_INDEX", "")
    source = index(named, platform.system(), has_nvidia(), settings)
    told = re.sub(r"//[^/]*@", "//", source) if source else "where pip takes its packages"  # a name and password apart
    print(f"{pin} from {told}", flush=True)
    # A build's own label (2.13.0+cpu) satisfies the plain pin, so what is installed next keeps it and adds what it
    # depends on, which PyTorch's index need not have.
    command = [*PIP, "install", "--progress-bar", "off", "--no-deps", pin, *options]
    code = subprocess.run([*command, "--index-url", source, "--retries", "2"] if source else command).returncode
    if code and source and not named:
        print(f"{told} does not give it; the ordinary build will do, but it is gigabytes.", file=sys.stderr)
        print("TORCH_INDEX=… names another index of CPU builds.", file=sys.stderr)
        return 0
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
