"""Static files."""

import gzip
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.paths import static_dir
from app.web.assets import Assets


def test_a_file_is_kept_for_ever_under_its_hash(client: TestClient) -> None:
    url = Assets(static_dir()).url("js/store.js")
    answer = client.get(url)
    assert answer.content == (static_dir() / "js/store.js").read_bytes()
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert client.get(url, headers={"Accept-Encoding": "identity"}).headers.get("content-encoding") is None


def test_a_file_under_an_old_hash_is_served_but_not_kept(client: TestClient) -> None:
    answer = client.get("/static/000000000000/js/store.js")
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
    answer = client.get(Assets(static_dir()).url("js/store.js"), headers={"Range": ranges})
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
    url = Assets(static_dir()).url("js/store.js")
    with client.stream("GET", url) as answer:
        raw = b"".join(answer.iter_raw())
    assert gzip.decompress(raw) == (static_dir() / "js/store.js").read_bytes()
