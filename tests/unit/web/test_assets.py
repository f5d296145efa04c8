"""Static files."""

import gzip
from pathlib import Path

import orjson
import pytest
from starlette.testclient import TestClient

from app.paths import static_dir, templates_dir
from app.web.assets import Assets
from tests.support import ROOT


def test_a_file_is_kept_for_ever_under_its_hash(client: TestClient) -> None:
    url = Assets(static_dir()).url("js/model/run.js")
    answer = client.get(url)
    assert answer.content == (static_dir() / "js/model/run.js").read_bytes()
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert client.get(url, headers={"Accept-Encoding": "identity"}).headers.get("content-encoding") is None


def test_a_browser_that_takes_brotli_gets_it_where_it_lies_beside_the_file(client: TestClient) -> None:
    script = next((static_dir() / "vendor").glob("plotly-*.min.js.br"))
    url = Assets(static_dir()).url(f"vendor/{script.stem}")
    for accepted, encoding in (("gzip, br", "br"), ("gzip, brown", "gzip"), ("identity", None)):
        with client.stream("GET", url, headers={"Accept-Encoding": accepted}) as answer:
            assert answer.headers.get("content-encoding") == encoding
            assert (b"".join(answer.iter_raw()) == script.read_bytes()) == (encoding == "br")


def test_a_file_under_an_old_hash_is_served_but_not_kept(client: TestClient) -> None:
    answer = client.get("/static/000000000000/js/model/run.js")
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "../app/main.py",
        "%2e%2e/app/main.py",
        "..%2f..%2fetc/passwd",
        "/etc/passwd",
        "js",
        "",
        "js/a%00.js",
        "js\\store.js",
    ],
)
def test_no_address_leads_out_of_the_folder(client: TestClient, path: str) -> None:
    assert client.get(f"/static/x/{path}").status_code == 404


def test_many_ranges_get_the_whole_file(client: TestClient) -> None:
    ranges = "bytes=" + ",".join(f"{i}-{i + 1}" for i in range(2000))
    answer = client.get(Assets(static_dir()).url("js/model/run.js"), headers={"Range": ranges})
    assert answer.status_code == 200


def test_the_hash_changes_with_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1")
    assets = Assets(tmp_path)
    before = assets.url("a.js")
    assert assets.url("a.js") == before
    (tmp_path / "a.js").write_text("22")
    assert assets.url("a.js") != before


def test_the_page_names_files_that_are_there(client: TestClient) -> None:
    page = client.get("/").text
    for address in page.split('"'):
        if address.startswith("/static/"):
            assert client.get(address).status_code == 200, address


def test_compressed_files_are_the_same_files(client: TestClient) -> None:
    url = Assets(static_dir()).url("js/model/run.js")
    with client.stream("GET", url) as answer:
        raw = b"".join(answer.iter_raw())
    assert gzip.decompress(raw) == (static_dir() / "js/model/run.js").read_bytes()


def test_the_bundles_of_plotly_are_of_one_version_the_one_that_is_built() -> None:
    package = orjson.loads((ROOT / "tools" / "plotly" / "package.json").read_bytes())
    version = package["dependencies"]["plotly.js"]
    names = {path.name for path in (static_dir() / "vendor").glob("plotly-*")}
    files = (f"plotly-{version}.min.js", f"plotly-gl3d-{version}.min.js", f"plotly-{version}.css")
    assert names == {*files, f"{files[0]}.br", "plotly-LICENSE.txt"}
    for name in files:
        assert version in (static_dir() / "vendor" / name).read_text("utf-8")[:300]


def test_katex_is_of_the_version_that_is_copied_and_has_its_licence_beside_it() -> None:
    package = orjson.loads((ROOT / "tools" / "katex" / "package.json").read_bytes())
    script = f"katex-{package['dependencies']['katex']}.min.js"
    vendor = static_dir() / "vendor"
    assert {path.name for path in vendor.glob("katex-*")} == {script, "katex-LICENSE.txt"}
    assert "The MIT License" in (vendor / "katex-LICENSE.txt").read_text("utf-8")
    assert script in (templates_dir() / "atlas.html").read_text("utf-8")


def test_the_modules_of_an_entry_are_those_that_it_imports_itself_or_through_others(tmp_path: Path) -> None:
    files = {
        "js/a.js": '/** @typedef {import("./types.js").T} T */\nimport {\n  b,\n} from "./b.js";\nimport "./c.js";\n',
        "js/b.js": 'export * from "../vendor/d.js";\nexport const b = () => import("./later.js");\n',
        "js/c.js": 'import { b } from "./b.js";\nconst from = "./types.js";\nimport { gone } from "./gone.js";\n',
        "vendor/d.js": 'import{e as f}from"./e.js";export{f as g};',
        "vendor/e.js": 'const a=1;export{a as e};export const from="./types.js"',
        "js/types.js": "",
        "js/later.js": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assets = Assets(tmp_path)
    assert assets.modules("js/a.js") == ("js/a.js", "js/b.js", "js/c.js", "vendor/d.js", "vendor/e.js")
    loaded = ("js/c.js", "js/later.js", "js/b.js", "vendor/d.js", "vendor/e.js")
    assert assets.modules("js/c.js", "js/later.js") == loaded
    (tmp_path / "vendor/e.js").write_text('export * from "../js/later.js";')
    assert assets.modules("js/a.js")[-1] == "js/later.js"
