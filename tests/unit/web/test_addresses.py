"""The address for others: never one that does not work, and its QR code says exactly it."""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
import segno
from fastapi import FastAPI
from starlette.testclient import TestClient

from app import machine
from app.contract.roles import Role
from app.main import create_app
from app.settings import Settings
from app.web import addresses
from app.web.tokens import Tokens
from tests.fakes import FakeExecutor, Finder

TOKEN, STUDENTS = "0123456789abcdef012345", "abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop in two networks, outside any container."""
    monkeypatch.setattr(machine, "in_container", lambda: False)
    monkeypatch.setattr(addresses, "interfaces", lambda: ["192.168.1.20", "10.42.0.1"])


def made(folder: Path, **settings: object) -> FastAPI:
    given = {"data_dir": folder, "host": "0.0.0.0", "token": TOKEN, "student_token": STUDENTS} | settings
    return create_app(Settings.model_validate(given), FakeExecutor(), Finder())


def asked(app: FastAPI, host: str = "localhost:8484") -> dict[str, str | None]:
    client = TestClient(app, base_url=f"http://{host}")
    client.get("/", params={"token": TOKEN})
    answer = client.get("/api/address")
    assert answer.headers["cache-control"] == "no-store"
    body: dict[str, str | None] = answer.json()
    return body


@pytest.mark.parametrize(
    ("settings", "opened_at", "link"),
    [
        ({"public_url": "https://room.example"}, "localhost:8484", "https://room.example"),
        ({"public_url": "https://room.example", "host": "127.0.0.1"}, "127.0.0.1:8484", "https://room.example"),
        ({}, "hall.example:8484", "http://hall.example:8484"),
        ({}, "127.0.0.1:8484", "http://192.168.1.20:8484"),
        ({}, "0.0.0.0:8484", "http://192.168.1.20:8484"),
        ({"host": "10.0.0.7"}, "localhost:8484", "http://10.0.0.7:8484"),
        ({"host": "fd00::2"}, "localhost:8484", "http://[fd00::2]:8484"),
    ],
)
def test_the_link_is_what_was_set_else_where_the_page_was_opened_else_a_network_of_the_machine(
    settings: dict[str, str], opened_at: str, link: str, tmp_path: Path
) -> None:
    answer = asked(made(tmp_path, **settings), opened_at)
    assert (answer["link"], answer["words"]) == (f"{link}/?token={STUDENTS}", None)
    assert answer["qr"] == addresses.svg(answer["link"] or "")
    assert answer["lecturer"] == f"{link}/?token={TOKEN}"


def test_without_a_token_the_address_is_told_to_nobody(tmp_path: Path) -> None:
    assert TestClient(made(tmp_path), base_url="http://hall.example").get("/api/address").status_code == 403


@pytest.mark.parametrize(
    ("settings", "container", "found", "words"),
    [
        ({"host": "127.0.0.1"}, False, ["10.0.0.7"], addresses.ONLY_HERE),
        ({"host": "127.0.0.1"}, True, ["10.0.0.7"], addresses.ONLY_HERE),
        ({}, True, ["172.17.0.2"], addresses.IN_CONTAINER),
        ({}, False, [], addresses.NO_NETWORK),
    ],
)
def test_where_there_is_none_it_is_said_why(
    settings: dict[str, str], container: bool, found: list[str], words: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(machine, "in_container", lambda: container)
    monkeypatch.setattr(addresses, "interfaces", lambda: found)
    assert asked(made(tmp_path, **settings)) == {"link": None, "qr": None, "words": words, "lecturer": None}


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    return Tokens({Role.LECTURER: TOKEN, Role.STUDENT: STUDENTS}, tmp_path)


def test_both_links_are_printed_every_address_for_students_and_the_first_as_a_code(tokens: Tokens) -> None:
    lines = addresses.announcement(Settings(host="0.0.0.0"), 9000, tokens)
    assert lines[0] == f"Skipscope is at http://192.168.1.20:9000/?token={TOKEN}"
    assert "Students" in lines[1]
    assert lines[2] == f"    http://192.168.1.20:9000/?token={STUDENTS}"
    assert lines[3] == f"    http://10.42.0.1:9000/?token={STUDENTS}"
    assert lines[4:] == addresses.blocks(f"http://192.168.1.20:9000/?token={STUDENTS}", "utf-8")
    assert max(map(len, lines[4:])) <= 80 and len({len(line) for line in lines[4:]}) == 1


def test_on_loopback_one_line_is_printed_and_a_plain_terminal_gets_no_code(tokens: Tokens) -> None:
    assert addresses.announcement(Settings(), 9000, None) == ["Skipscope is at http://127.0.0.1:9000"]
    assert len(addresses.announcement(Settings(host="0.0.0.0"), 9000, tokens, "ascii")) == 4


def test_in_a_container_no_inner_address_is_printed_and_it_is_said_which_one_to_use(
    tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "in_container", lambda: True)
    own, _, students, words = addresses.announcement(Settings(host="0.0.0.0"), 8484, tokens)
    assert own == f"Skipscope is at http://localhost:8484/?token={TOKEN}"
    assert students == f"    http://localhost:8484/?token={STUDENTS}"
    assert "SKIPSCOPE_PUBLIC_URL=http://ADDRESS:PORT" in words
    public = addresses.announcement(Settings(host="0.0.0.0", public_url="http://10.0.0.7:8484"), 8484, tokens)
    assert public[0] == f"Skipscope is at http://10.0.0.7:8484/?token={TOKEN}" and len(public) > 10
    assert public[2:4] == [f"    http://10.0.0.7:8484/?token={STUDENTS}", "Behind it http://0.0.0.0:8484 answers."]


def test_the_code_is_that_of_the_link_with_its_margin_and_no_styles() -> None:
    link = f"https://room.example/?token={TOKEN}"
    code = ElementTree.fromstring(addresses.svg(link))
    side = len(segno.make(link, error="m", micro=False).matrix) + 8
    assert code.get("viewBox") == f"0 0 {side} {side}" and code.get("width") is None
    assert "style" not in addresses.svg(link)
    light, dark = list(code)
    assert (light.get("fill"), dark.get("stroke")) == ("#fff", "#000")
    assert drawn(dark.get("d") or "", side) == [list(row) for row in segno.make(link, error="m").matrix_iter(border=4)]


def drawn(path: str, side: int) -> list[list[int]]:
    """The modules that a path of horizontal strokes covers."""
    grid = [[0] * side for _ in range(side)]
    x = y = 0.0
    for command, first, second in re.findall(r"([Mmh])(-?[\d.]+)(?:[ ]?(-?[\d.]+))?", path):
        if command == "h":
            for column in range(int(x), int(x + float(first))):
                grid[int(y)][column] = 1
            x += float(first)
        else:
            x, y = (float(first), float(second)) if command == "M" else (x + float(first), y + float(second))
    return grid


def test_addresses_of_this_machine_are_of_use_to_others() -> None:
    for host in addresses.interfaces():
        assert not host.startswith(("127.", "169.254.", "0."))
