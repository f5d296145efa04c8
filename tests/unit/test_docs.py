"""The pages and the program say the same: settings, commands, links."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import typer

from app.cli import app as command_line
from app.contract.experiment import Experiment
from app.overrides import override
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
TARGETS = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_every_setting_is_in_the_table_of_settings_with_its_words_and_nothing_else_is() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `SKIPSCOPE_(\w+)` \| (.*?) \| (.*?) \| (.*?) \|$", page, re.MULTILINE)
    assert {name.lower(): words for name, _, _, words in rows} == {
        name: field.description for name, field in Settings.model_fields.items()
    }


def test_the_table_of_settings_gives_the_true_defaults_and_bounds() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        row = re.search(rf"^\| `SKIPSCOPE_{name.upper()}` \| (.*?) \| (.*?) \|", page, re.MULTILINE)
        assert row is not None, name
        if field.default_factory is None:
            assert row[1] == ("none" if field.default is None else f"`{field.default}`"), name
        bounds = [
            str(limit)
            for part in field.metadata
            for limit in (getattr(part, "ge", None), getattr(part, "le", None))
            if limit is not None
        ]
        assert row[2] == (" to ".join(bounds) or "any"), name


def test_every_command_and_option_is_on_the_page_of_the_command_line_and_nothing_else_is() -> None:
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## skipscope (\w+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    commands = typer.main.get_command(command_line).commands  # type: ignore[attr-defined]
    assert {
        name: set(re.findall(r"`(--[a-z-]+)`", " ".join(re.findall(r"^\| (`--.*?) \|", section, re.MULTILINE))))
        for name, section in sections.items()
    } == {
        name: {
            option
            for parameter in command.params
            for option in (*parameter.opts, *parameter.secondary_opts)
            if option.startswith("--")
        }
        for name, command in commands.items()
    }


def test_every_example_of_a_changed_field_is_accepted() -> None:
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    examples = re.findall(r"^\| `--set (\S+)` \|", page, re.MULTILINE)
    assert examples
    for example in examples:
        assert override(Experiment(seeds=2), [example])


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: str(text.relative_to(ROOT)))
def test_a_page_names_only_commands_that_make_knows(text: Path) -> None:
    named = re.findall(r"(?:`|^\s*)make ([a-z-]+)", text.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(named) <= set(TARGETS)


def test_the_readme_names_the_two_commands_that_do_everything() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make run" in readme
    assert "make test" in readme


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: str(text.relative_to(ROOT)))
def test_every_link_and_picture_of_a_page_leads_somewhere(text: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (text.parent / link).exists()] == []


def test_help_lists_every_command_of_make() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"^  make ([a-z-]+) +\S", shown, re.MULTILINE) == TARGETS
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert phony is not None
    assert sorted(phony[1].split()) == sorted(TARGETS)


def test_make_runs_the_whole_suite_or_a_part_of_it() -> None:
    def planned(*arguments: str) -> str:
        command = ["make", "--dry-run", *arguments]
        # a make that runs this test says so, and hands on its ARGS
        told = ("ARGS", "MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES")
        alone = {name: value for name, value in os.environ.items() if name not in told}
        return subprocess.run(command, cwd=ROOT, env=alone, capture_output=True, text=True, check=True).stdout

    part = planned("test", "ARGS=tests/unit/nets")
    assert part.rstrip().endswith("tests/unit/nets") and part.count("-m pytest") == 1 and "mypy" not in part
    usual, everything = planned("test"), planned("test-all")
    assert all(folder in usual for folder in ("tests/unit", "tests/integration", "tests/browser"))
    assert everything == usual.replace('-m "not slow"', "") and everything != usual


def test_continuous_integration_runs_everything() -> None:
    assert "exec make test-all\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_image_is_given_the_files_that_its_recipe_copies() -> None:
    recipe = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    copied = {name for line in re.findall(r"^COPY (?!--from)(.*) \S+$", recipe, re.MULTILINE) for name in line.split()}
    given = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    assert copied - {"."} <= set(given) and all((ROOT / name).exists() for name in given)


@pytest.mark.parametrize(("section", "most"), [("training loss", 25), ("click on a block", 30)])
def test_every_function_of_a_path_through_the_program_is_where_the_page_says(section: str, most: int) -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    text = re.search(rf"^## The path of a {section}.*?\n(.*?)(?=^## )", page, re.MULTILINE | re.DOTALL)
    assert text is not None
    hops = re.findall(r"^(\d+)\. (?:`([^` ]+)` )?`([^`]+)`", text[1], re.MULTILINE)
    assert [int(number) for number, _, _ in hops] == list(range(1, len(hops) + 1))
    assert len(hops) <= most
    for _, path, name in hops:
        if path:
            code = (ROOT / path).read_text(encoding="utf-8")
            *owner, function = name.split(".")
            assert re.search(rf"(def |function |^\s+|\.){function}\b[^=\n]*[(:,]", code, re.MULTILINE), (path, name)
            assert all(f"class {cls}" in code for cls in owner), (path, name)
