"""Tokens: weak ones are refused with a sentence, and none is given where everybody sees it."""

import sys
from pathlib import Path

import pytest

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


@pytest.mark.parametrize(("option", "reason"), [("--token", "list of processes"), ("--token-file", "cannot be read")])
def test_a_token_in_the_list_of_processes_and_a_file_that_is_not_there_are_refused(
    option: str, reason: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["skipscope", "serve", option, STRONG])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 2 and reason in capsys.readouterr().err
