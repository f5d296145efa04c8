"""What the image leaves out: all that is named, nothing that PyTorch insists on, and symbol tables."""

import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

import remove_unused
from tests import recipe

PACKAGES = Path(sysconfig.get_path("purelib"))


@pytest.mark.parametrize("pattern", [*remove_unused.UNUSED, *remove_unused.WITH_SYMBOLS, *remove_unused.NEEDED])
def test_every_pattern_means_something_that_is_installed(pattern: str) -> None:
    assert next(PACKAGES.glob(pattern), None) is not None


def test_what_is_unused_goes_and_the_rest_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gone = ["torch/include/a.h", "torch/bin/protoc", "numpy/linalg/tests/test_a.py", "torch/lib/libtorchbind_test.so"]
    stays = [*remove_unused.NEEDED, "torch/testing/__init__.py", "numpy/testing/a.py", "plotly/package_data/a.json"]
    for name in [*gone, *stays]:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes(1_000_000))
    assert remove_unused.main([str(tmp_path)]) == 0
    assert [name for name in gone if (tmp_path / name).exists()] == []
    assert [name for name in stays if not (tmp_path / name).exists()] == []
    assert capsys.readouterr().out.startswith("4 MB removed, 4 MB left in ")


@pytest.mark.skipif(shutil.which("strip") is None, reason="needs strip, of binutils")
def test_a_library_loses_its_symbol_table_and_one_that_shares_its_file_does_not(tmp_path: Path) -> None:
    (original,) = PACKAGES.glob("uvloop/loop.*.so")
    copies = [tmp_path / place / "uvloop" / original.name for place in ("image", "other")]
    for copy in copies:
        copy.parent.mkdir(parents=True)
    shutil.copy2(original, copies[1])
    copies[0].hardlink_to(copies[1])
    assert remove_unused.remove(tmp_path / "image") > 0
    assert [".symtab" in sections(copy) for copy in copies] == [False, True]
    assert copies[0].stat().st_mode == original.stat().st_mode


def sections(library: Path) -> str:
    done = subprocess.run(["readelf", "--wide", "--sections", library], capture_output=True, text=True, check=True)
    return done.stdout


def test_the_image_is_built_without_it() -> None:
    text = (recipe.ROOT / "Dockerfile").read_text(encoding="utf-8")
    build, image = text.split("# ---- stage 2")
    installed, removed = build.index("pip install --constraint"), build.index("python remove_unused.py")
    assert build.index("binutils") < installed < removed
    assert "COPY --from=build /opt/skipscope /opt/skipscope" in image
    assert "!remove_unused.py" in (recipe.ROOT / ".dockerignore").read_text(encoding="utf-8")
