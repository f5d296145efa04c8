"""Where to compute: the choice between CPU, CUDA and Apple's MPS."""

import torch

from app.errors import Refused


def choose(name: str) -> torch.device:
    """The device of that name; ``auto`` takes CUDA if there is one, else the CPU.

    Apple's MPS is taken only when it is named: for networks as small as the presets' a CPU is faster.

    Raises:
        Refused: this machine, or this build of torch, has no such device.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not there.get(name, False):
        usable = ", ".join(device for device, found in there.items() if found)
        raise Refused(f"device: {name} cannot be used here; choose auto or {usable}", "device")
    return torch.device(name)


def memory_of(name: str) -> int | None:
    """Bytes of memory that the device of that name has of its own; None where it computes in the machine's.

    One that is not there has none: whoever trains on it is told.
    """
    try:
        device = choose(name)
    except Refused:
        return None
    return torch.cuda.get_device_properties(device).total_memory if device.type == "cuda" else None
