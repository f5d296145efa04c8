"""Dockerfile and compose files: a room without any variable, and as few rights as it can do with."""

import re
import shlex
from typing import Any

import pytest
import typer
import yaml

from app.cli import app as command_line
from app.settings import Settings
from install_torch import CPU_BUILDS
from tests import recipe

ROOM, TLS = recipe.compose("compose.yaml"), recipe.compose("compose.tls.yaml")
SERVICES = {
    "skipscope": ROOM["services"]["skipscope"],
    "caddy": TLS["services"]["caddy"],
}
NAMES = set(Settings.model_fields)
#: variables of the compose files that are none of the program
OF_COMPOSE = {"PUBLISH", "CPUS", "MEMORY", "CADDY_CPUS", "DOMAIN"}


def variables(text: str) -> set[str]:
    return set(re.findall(r"SKIPSCOPE_(\w+)", text))


def test_the_program_runs_as_an_ordinary_user_in_its_data_folder() -> None:
    user = recipe.value("USER")
    assert user == "skipscope" and re.search(r"useradd --uid [1-9]\d{3,} .*skipscope", recipe.instructions()[1][1])
    names = [name for name, _ in recipe.instructions()]
    assert names.index("USER") > max(place for place, name in enumerate(names) if name in ("RUN", "COPY"))
    assert recipe.value("VOLUME") == recipe.value("WORKDIR") == recipe.environment()["SKIPSCOPE_DATA_DIR"]


def test_the_image_starts_the_server_as_process_one_and_without_a_browser() -> None:
    assert recipe.start_command() == ["skipscope", "serve", "--no-browser"]
    assert recipe.value("STOPSIGNAL") == "SIGTERM"
    assert recipe.environment()["SKIPSCOPE_HOST"] == "0.0.0.0"
    assert recipe.value("EXPOSE") == recipe.environment()["SKIPSCOPE_PORT"]
    assert "/health" in recipe.health_command()[-1]


def test_pytorch_comes_from_its_own_index_for_the_cpu_unless_another_is_named() -> None:
    text = (recipe.ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert f"\nARG TORCH_INDEX={CPU_BUILDS}\n" in text and text.index("ARG TORCH_INDEX") < text.index(
        "install_torch.py &&"
    )
    arguments = SERVICES["skipscope"]["build"]["args"]
    assert arguments == {"TORCH_INDEX": None, "PIP_INDEX_URL": None, "PIP_EXTRA_INDEX_URL": None}
    for name in arguments:
        assert re.search(rf"^ARG {name}\b", text, re.MULTILINE)


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_few_rights_and_limits(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "caddy" else [])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert any(place.startswith("/tmp:size=") for place in service["tmpfs"])
    assert service["cpus"] and service["mem_limit"] and service["pids_limit"] > 0
    assert not {"privileged", "network_mode", "pid", "ipc", "devices", "user"} & set(service)
    assert service["restart"] == "unless-stopped"


def test_runs_outlive_the_container() -> None:
    folder = recipe.environment()["SKIPSCOPE_DATA_DIR"]
    assert SERVICES["skipscope"]["volumes"] == [f"runs:{folder}"] and "runs" in ROOM["volumes"]


def test_two_lines_wait_for_data_of_ones_own() -> None:
    text = (recipe.ROOT / "compose.yaml").read_text(encoding="utf-8")
    with_data = re.sub(r"# (SKIPSCOPE_DATASET_DIR:|- \./data:)", r"\1", text)
    service = yaml.safe_load(with_data)["services"]["skipscope"]
    assert service["environment"]["SKIPSCOPE_DATASET_DIR"] == "/datasets"
    assert service["volumes"][1] == "./data:/datasets:ro"


def test_without_a_variable_the_room_reaches_it_and_a_token_is_made() -> None:
    service = SERVICES["skipscope"]
    port, given = recipe.environment()["SKIPSCOPE_PORT"], dict(service["environment"])
    inside = f"${{SKIPSCOPE_PORT:-{port}}}"
    assert service["ports"] == [f"${{SKIPSCOPE_PUBLISH:-0.0.0.0}}:{inside}:{inside}"]
    assert given.pop("SKIPSCOPE_PORT") == inside
    assert set(given.values()) == {None}  # not set: not handed on, so the program's defaults hold
    assert "SKIPSCOPE_TOKEN" in given and not set(given) & set(recipe.environment())
    needed = re.findall(r"\$\{(\w+)(?!\w|:-)", (recipe.ROOT / "compose.yaml").read_text(encoding="utf-8"))
    assert needed == []


def test_with_tls_only_caddy_is_reached_and_hands_on_the_host() -> None:
    behind, caddy = TLS["services"]["skipscope"], SERVICES["caddy"]
    assert behind["ports"] == {"!reset": []}
    port = f"skipscope:${{SKIPSCOPE_PORT:-{recipe.environment()['SKIPSCOPE_PORT']}}}"
    assert caddy["command"] == ["caddy", "reverse-proxy", "--from", "${SKIPSCOPE_DOMAIN}", "--to", port]
    assert {place.split(":")[0] for place in caddy["ports"]} == {"80", "443"}
    given: dict[str, Any] = behind["environment"]
    domain = re.sub(r"\$\{SKIPSCOPE_DOMAIN[^}]*\}", "room.example.org", given["SKIPSCOPE_PUBLIC_URL"])
    settings = Settings(public_url=domain, trusted_proxies=given["SKIPSCOPE_TRUSTED_PROXIES"])
    assert settings.public_url == "https://room.example.org" and not settings.is_private


@pytest.mark.parametrize("file", ["Dockerfile", "compose.yaml", "compose.tls.yaml", "docs/classroom.md"])
def test_every_variable_is_one_of_the_program_or_of_the_compose_files(file: str) -> None:
    text = (recipe.ROOT / file).read_text(encoding="utf-8")
    assert {name.lower() for name in variables(text) - OF_COMPOSE} <= NAMES


def test_every_variable_of_the_compose_files_is_in_one_of_them() -> None:
    files = ("compose.yaml", "compose.tls.yaml")
    used = set.union(*(variables((recipe.ROOT / file).read_text(encoding="utf-8")) for file in files))
    assert used >= OF_COMPOSE


CLASSROOM = (recipe.ROOT / "docs" / "classroom.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    """The commands that the page of the classroom gives, each on a line of its own that is indented."""
    return [
        line.strip() for line in CLASSROOM.splitlines() if re.match(r" {4,}(?:SKIPSCOPE_\w+=\S+ )*(make|docker) ", line)
    ]


def test_every_option_of_the_classroom_s_commands_is_one_of_the_server() -> None:
    serve = typer.main.get_command(command_line).commands["serve"]  # type: ignore[attr-defined]
    known = {option for parameter in serve.params for option in (*parameter.opts, *parameter.secondary_opts)}
    given = [command for command in commands() if " make " in f" {command}"]
    assert len(given) >= 4
    for command in given:
        arguments = [part for part in shlex.split(command) if part.startswith("ARGS=")]
        options = re.findall(r"--[a-z-]+", " ".join(arguments))
        assert set(options) <= known, command


def test_every_compose_file_of_the_classroom_s_commands_is_there() -> None:
    given = [command for command in commands() if "docker" in command]
    assert len(given) >= 3
    for command in given:
        for file in re.findall(r"-f (\S+)", command):
            assert recipe.compose(file)["services"]
    assert "docker compose up --build" in (recipe.ROOT / "README.md").read_text(encoding="utf-8")


def test_every_variable_before_a_command_of_the_classroom_has_a_value_that_is_taken() -> None:
    for command in commands():
        for name, text in re.findall(r"SKIPSCOPE_(\w+)=(\S+)", command):
            if name not in OF_COMPOSE:
                assert Settings.model_validate({name.lower(): text}), command


def test_the_classroom_s_defaults_are_those_of_the_compose_file() -> None:
    text = (recipe.ROOT / "compose.yaml").read_text(encoding="utf-8")
    defaults = dict(re.findall(r"\$\{SKIPSCOPE_(\w+):-([^}]+)\}", text))
    assert defaults == {"PUBLISH": "0.0.0.0", "PORT": "8484", "CPUS": "2", "MEMORY": "4g"}
    for words in ("`0.0.0.0`: every", "`2` and `4g`", "limits of 2 processors and 4 GB"):
        assert words in CLASSROOM


def test_the_classroom_s_proxies_hand_on_what_the_live_line_needs() -> None:
    nginx = re.search(r"```nginx\n(.*?)```", CLASSROOM, re.DOTALL)
    assert nginx is not None
    headers = dict(re.findall(r"proxy_set_header (\S+) (\S+);", nginx[1]))
    assert set(headers) == {"Host", "Upgrade", "Connection", "X-Forwarded-For", "X-Forwarded-Proto"}
    port = Settings.model_fields["port"].default
    assert CLASSROOM.count(f"127.0.0.1:{port}") == 2


def test_the_classroom_quotes_what_the_program_says() -> None:
    guard = (recipe.ROOT / "app" / "web" / "guard.py").read_text(encoding="utf-8")
    for words in ("this page asks for the token", "the request comes from another site", "this server is not called"):
        assert f"*{words}" in CLASSROOM and words in guard
