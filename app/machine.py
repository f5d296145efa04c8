"""What this machine, or the container that the program runs in, has."""

import os
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")


def memory() -> int | None:
    """Bytes of memory that the processes of this program may use together; None where that cannot be known."""
    try:
        physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # Windows
        return None
    return min([physical, *_limits(CGROUPS, Path("/proc/self/cgroup"))])


def _limits(cgroups: Path, own: Path) -> list[int]:
    """The limits of the control groups that this process is in, of both versions, and of those around them."""
    try:
        lines = own.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        lines = []
    places = [cgroups, cgroups / "memory"]
    for line in lines:
        _, controllers, path = line.split(":", 2)
        root = cgroups / "memory" if "memory" in controllers.split(",") else cgroups
        group = root / path.lstrip("/")
        places += [group, *(parent for parent in group.parents if root in parent.parents)]
    found = []
    for place in places:
        for name in ("memory.max", "memory.limit_in_bytes"):
            try:
                text = (place / name).read_text(encoding="ascii").strip()
            except OSError:
                continue
            if text.isdecimal():
                found.append(int(text))
    return found
