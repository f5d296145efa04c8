"""Memory between two training passes."""

import contextlib
import ctypes
import sys

#: what glibc's malloc.h calls these, and what they are set to
SETTINGS = {
    -1: 512 << 20,  # M_TRIM_THRESHOLD: free bytes at the top of the heap that are given back
    -2: 64 << 20,  # M_TOP_PAD: bytes that are asked for beside
    -3: 32 << 20,  # M_MMAP_THRESHOLD: what is larger has pages of its own, which are given back when it is freed
}


def keep_freed_memory() -> None:
    """Have glibc keep what a pass frees for the next pass, up to 512 MiB.

    Left alone it gives the top of its heap back between the passes, and a step of the default sweep pays some 300 page
    faults to have it again. Where there is no glibc nothing happens.
    """
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):  # musl has no mallopt
            libc = ctypes.CDLL(None)
            for setting, value in SETTINGS.items():
                libc.mallopt(setting, value)
