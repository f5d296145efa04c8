"""What this machine, or the container that the program runs in, has."""

import os
from collections.abc import Iterator
from pathlib import Path

CGROUPS, OWN_GROUP = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
#: files that engines of containers put into every one of theirs
CONTAINER_MARKS = (Path("/.dockerenv"), Path("/run/.containerenv"))


def memory() -> int | None:
    """Bytes of memory that the processes of this program may use together; None where that cannot be known."""
    try:
        physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # Windows
        return None
    return min([physical, *_limits(CGROUPS, OWN_GROUP)])


def processors() -> int:
    """Processors that the processes of this program may keep busy together, at least 1.

    Those it may run on, and no more than the time that a container is given: with 1.5 of 16 it is 1.
    """
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, int(min([usable, *_quotas(CGROUPS, OWN_GROUP)])))


def in_container() -> bool:
    """Whether the program runs in a container, whose addresses nobody outside knows."""
    return any(mark.exists() for mark in CONTAINER_MARKS)


def _limits(cgroups: Path, own: Path) -> list[int]:
    """The limits of memory of the control groups that this process is in, of both versions, and those around."""
    groups = list(_groups(cgroups, own, "memory"))
    texts = [_read(group / name) for group in groups for name in ("memory.max", "memory.limit_in_bytes")]
    return [int(text) for text in texts if text.isdecimal()]


def _quotas(cgroups: Path, own: Path) -> list[float]:
    """The processors that these control groups give, as ``cpu.max`` says it: microseconds of each period."""
    found = []
    for group in _groups(cgroups, own, "cpu"):
        first = [_read(group / "cpu.cfs_quota_us"), _read(group / "cpu.cfs_period_us")]
        for words in (_read(group / "cpu.max").split(), first):
            if len(words) == 2 and all(word.isdecimal() and int(word) for word in words):
                found.append(int(words[0]) / int(words[1]))
    return found


def _groups(cgroups: Path, own: Path, controller: str) -> Iterator[Path]:
    """The folders of a controller's groups that this process is in, of both versions, and of those around them."""
    yield from (cgroups, cgroups / controller)
    for line in _read(own).splitlines():
        _, controllers, path = line.split(":", 2)
        root = cgroups / controller if controller in controllers.split(",") else cgroups
        group = root / path.lstrip("/")
        yield group
        yield from (parent for parent in group.parents if root in parent.parents)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
