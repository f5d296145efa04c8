"""What Dockerfile and compose files say, for the tests that hold them to it."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]


#: knows the tag by which a compose file takes back what an earlier one says
_Loader: Any = type("_Loader", (yaml.SafeLoader,), {})
_Loader.add_constructor("!reset", lambda loader, node: {"!reset": loader.construct_sequence(node)})


def compose(name: str) -> dict[str, Any]:
    """A compose file."""
    read: dict[str, Any] = yaml.load((ROOT / name).read_text(encoding="utf-8"), _Loader)
    return read


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile's last stage, in order: name and rest."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    joined = re.sub(r"\\\n", " ", re.sub(r"(?m)^#.*\n", "", text))
    lines = [line.split(None, 1) for line in joined.splitlines() if line.strip()]
    last = max(place for place, (name, *_) in enumerate(lines) if name == "FROM")
    return [(name, rest) for name, rest in lines[last:]]


def base() -> str:
    """The image that it is made from."""
    version = re.search(r"^ARG PYTHON=(\S+)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert version is not None
    return value("FROM").replace("${PYTHON}", version[1])


def value(instruction: str) -> str:
    """What stands after an instruction that is there once."""
    (found,) = [rest for name, rest in instructions() if name == instruction]
    return found.strip()


def environment() -> dict[str, str]:
    """The image's variables."""
    return dict(part.split("=", 1) for name, rest in instructions() if name == "ENV" for part in shlex.split(rest))


def start_command() -> list[str]:
    """What the image starts with."""
    return [*json.loads(value("ENTRYPOINT")), *json.loads(value("CMD"))]


def health_command() -> list[str]:
    """What tells the engine whether the container is well."""
    command: list[str] = json.loads(value("HEALTHCHECK").split("CMD", 1)[1])
    return command
