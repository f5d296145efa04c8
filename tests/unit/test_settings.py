"""Tokens and addresses: what cannot be right is refused with a sentence, and no token is given in public."""

import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from app import cli
from app.settings import Settings

STRONG = "0123456789abcdef012345"


@pytest.mark.parametrize("token", ["", "hall", STRONG[:-1], "a" * 40, "abcabc" * 10])
def test_a_token_that_can_be_guessed_is_refused_at_the_start_and_not_repeated(
    token: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SKIPSCOPE_TOKEN", token)
    monkeypatch.setattr(sys, "argv", ["skipscope", "serve", "--host", "0.0.0.0"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    said = capsys.readouterr().err
    assert left.value.code == 2 and said.startswith("skipscope: token: needs 22 characters or more")
    assert not token or f"'{token}'" not in said


def test_a_strong_token_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKIPSCOPE_TOKEN", STRONG)
    assert Settings().token == STRONG


def serve(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Settings:
    """The settings that ``skipscope serve`` would serve with."""
    given: list[Settings] = []

    class Server:
        def serve(self, settings: Settings, open_browser: bool) -> int:
            given.append(settings)
            return 0

    monkeypatch.setattr(cli, "server", Server())
    monkeypatch.setattr(sys, "argv", ["skipscope", "serve", *arguments])
    with pytest.raises(SystemExit):
        cli.main()
    return given[0]


def test_a_token_is_read_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text(STRONG + "\n")
    assert serve(monkeypatch, "--token-file", str(tmp_path / "token")).token == STRONG


def test_the_students_token_stands_on_the_second_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "token").write_text(f"{STRONG}\n{STRONG[::-1]}\n")
    settings = serve(monkeypatch, "--token-file", str(tmp_path / "token"))
    assert (settings.token, settings.student_token) == (STRONG, STRONG[::-1])
    for wrong in ("", f"{STRONG}\nb\nc"):
        (tmp_path / "token").write_text(wrong)
        with pytest.raises(SystemExit):
            cli.main()
        assert "one token a line" in capsys.readouterr().err


@pytest.mark.parametrize(("option", "reason"), [("--token", "list of processes"), ("--token-file", "cannot be read")])
def test_a_token_in_the_list_of_processes_and_a_file_that_is_not_there_are_refused(
    option: str, reason: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["skipscope", "serve", option, STRONG])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 2 and reason in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://room.example.org", "https://room.example.org"),
        ("https://Room.Example.org:443/", "https://room.example.org"),
        ("http://192.168.1.20:8484", "http://192.168.1.20:8484"),
        ("http://192.168.1.20:80", "http://192.168.1.20"),
        ("http://[fd00::2]:8484/", "http://[fd00::2]:8484"),
        ("", None),
    ],
)
def test_a_public_address_is_taken_as_browsers_write_it(given: str, origin: str | None) -> None:
    assert Settings(public_url=given).public_url == origin


@pytest.mark.parametrize(
    "given",
    ["room.example.org", "ftp://room", "https://", "https://a/b", "https://a@b", "https://a?b", "https://a:99999",
     "https://a b", "https://a#b", "https://[", "//a", "https://ä.example"],
)  # fmt: skip
def test_a_public_address_that_none_is_is_refused_by_name(given: str) -> None:
    with pytest.raises(ValidationError, match="public_url"):
        Settings(public_url=given)


@pytest.mark.parametrize("given", ["caddy", "10.0.0.7,", "*", "10.0.0.1/8", "10.0.0.7;10.0.0.8"])
def test_proxies_that_are_no_addresses_are_refused_by_name(given: str) -> None:
    with pytest.raises(ValidationError, match=r"trusted_proxies\n.* is no address"):
        Settings(trusted_proxies=given)


def test_proxies_are_addresses_and_networks() -> None:
    assert Settings(trusted_proxies="10.0.0.7, 172.16.0.0/12,fd00::/8").trusted_proxies is not None
    assert Settings(trusted_proxies="").is_private and not Settings(trusted_proxies="127.0.0.1").is_private
