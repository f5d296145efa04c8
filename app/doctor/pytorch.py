"""PyTorch: there, of the right version, and able to train. It is loaded by a process of its own, as everywhere."""

import importlib.metadata
import json
import re
import signal
import subprocess
import sys
import time

from app.doctor.finding import Found, ok, problem
from app.settings import Settings

#: seconds after which training small networks counts as hung
PATIENCE = 180


def pytorch(settings: Settings) -> Found:
    """Train small networks as a training process does before its first run, on the device that is set."""
    pin = pinned()
    again = f"pip install torch=={pin}" if pin else "install Skipscope again"
    try:
        version = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return problem("PyTorch", "it is not installed", again)
    if pin and version.partition("+")[0] != pin:
        return problem("PyTorch", f"version {version} is installed, and Skipscope is made for {pin}", again)
    command = [sys.executable, "-m", "app.doctor.trial", str(settings.threads), settings.device]
    began = time.monotonic()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)  # noqa: S603
    except subprocess.TimeoutExpired:
        return problem("PyTorch", f"version {version} trained nothing in {PATIENCE} seconds", "lower --threads")
    if done.returncode == -signal.SIGILL:
        words = f"version {version} uses instructions that this processor does not have"
        return problem("PyTorch", words, "take another machine, or a build of PyTorch for this processor")
    if done.returncode:
        last = (done.stderr.strip() or f"its process ended with code {done.returncode}").splitlines()[-1]
        return problem("PyTorch", f"version {version} does not train: {last}", again)
    trial = json.loads(done.stdout)
    if trial["refused"]:
        words, _, advice = trial["refused"].partition("; ")
        return problem("PyTorch", words, advice)
    cuda = ", ".join(trial["gpus"]) or "no GPU that it can use"
    return ok(
        "PyTorch", f"version {version} trains, ready in {time.monotonic() - began:.1f} s on {trial['device']}; {cuda}"
    )


def pinned() -> str | None:
    """The version that the installed program asks for; None where it is not installed."""
    try:
        needed = importlib.metadata.requires("skipscope") or []
    except importlib.metadata.PackageNotFoundError:
        return None
    found = [match[1] for one in needed if (match := re.fullmatch(r"torch==([\w.]+)", one))]
    return found[0] if found else None
