"""Takes out of an environment what a server never loads: ``python remove_unused.py [FOLDER OF ITS PACKAGES]``.

For the container's image, of which it is a third. Symbol tables need ``strip``, of binutils. That nothing misses what
is gone is tested: ``tests/integration/test_container.py`` uses all of Skipscope in an environment without it. Uses the
standard library only.
"""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

#: what goes, as patterns in the folder of packages, and what it is for
UNUSED = {
    "torch/include": "headers, for programs that are compiled against PyTorch",
    "torch/share": "the same, for CMake",
    "torch/bin/*": "PyTorch's tests, and the compiler of protocol buffers",
    "torch/test": "more of its tests",
    "torch/lib/*test*.so": "what they load",
    "**/tests": "the tests of NumPy, SymPy, NetworkX and others",
    "plotly/labextension": "Plotly in notebooks",
    "plotly/package_data/*.js": "the same; the page has its own bundle",
}
#: what stays all the same: PyTorch refuses to be imported without it
NEEDED = {"torch/bin/torch_shm_manager"}
#: libraries with large symbol tables, which only debuggers read
WITH_SYMBOLS = ("torch/lib/libtorch_cpu.so", "torch/lib/libtorch_python.so", "uvloop/loop.*.so")


def remove(packages: Path) -> int:
    """Remove it from a folder of packages. Returns how many bytes that was."""
    before = size(packages)
    for pattern in UNUSED:
        for path in sorted(packages.glob(pattern)):
            if path.relative_to(packages).as_posix() in NEEDED:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
    for pattern in WITH_SYMBOLS:
        for library in packages.glob(pattern):
            stripped = library.with_suffix(".stripped")
            subprocess.run(["strip", "--strip-unneeded", "-o", stripped, library], check=True)
            stripped.replace(library)
    return before - size(packages)


def size(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main(arguments: list[str]) -> int:
    """Do it, and say what it was worth."""
    packages = Path(arguments[0] if arguments else sysconfig.get_path("purelib"))
    print(f"{remove(packages) / 1e6:.0f} MB removed, {size(packages) / 1e6:.0f} MB left in {packages}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
