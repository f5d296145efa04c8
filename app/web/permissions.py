"""What each role may do: one table of commands and routes, which the guard and the live line ask.

The lecturer may do everything. A student sees everything, chooses what to look at, has images traced, and changes
nothing on the server: what is not in the table is refused.
"""

import re

from starlette.routing import compile_path
from starlette.types import Scope

from app.contract.commands import Command, Ping, Subscribe, Unsubscribe
from app.contract.roles import Role
from app.errors import NotForStudents
from app.web.pages import PAGES

#: commands that a student may give
STUDENT_COMMANDS: tuple[type[Command], ...] = (Subscribe, Unsubscribe, Ping)
#: routes that a student may ask; LIVE stands for the websocket
STUDENT_ROUTES = (
    *(("GET", page.path) for page in PAGES),
    ("GET", "/static/{version}/{path:path}"),
    ("LIVE", "/live"),
    ("GET", "/health"),
    ("GET", "/openapi.json"),
    ("GET", "/api/address"),
    ("GET", "/api/presets"),
    ("GET", "/api/runs"),
    ("GET", "/api/runs/{run}"),
    ("GET", "/api/runs/{run}/analyses/{analysis}"),
    ("GET", "/api/runs/{run}/export.csv"),
    ("GET", "/api/runs/{run}/export.jsonl"),
    ("GET", "/api/points/{dataset}"),
    # these compute something and keep nothing
    ("POST", "/api/experiments/check"),
    ("POST", "/api/questions/time"),
    ("POST", "/api/diagrams"),
    ("GET", "/api/catalog"),
    ("GET", "/api/catalog/columns"),
    ("GET", "/api/catalog/errors"),
    ("GET", "/api/catalog/{name}"),
    ("GET", "/api/catalog/{name}/profile"),
    ("GET", "/api/catalog/{name}/blocks/{block}"),
    ("GET", "/api/catalog/{name}/blocks/{block}/forms"),
    ("GET", "/api/catalog/{name}/against/{other}"),
    ("GET", "/api/trace/runs"),
    ("POST", "/api/trace/runs/{run}"),
    ("POST", "/api/trace/runs/{run}/learnt"),
    ("GET", "/api/trace/runs/{run}/training"),
    ("GET", "/api/trace/images/{dataset}"),
    ("GET", "/api/trace/catalog"),
    ("GET", "/api/trace/catalog/{name}"),
    ("POST", "/api/trace/catalog/{name}"),
)


def _any_of(method: str) -> re.Pattern[str]:
    paths = [compile_path(path)[0].pattern for asked, path in STUDENT_ROUTES if asked == method]
    return re.compile("|".join(re.sub(r"\?P<\w+>", "", path) for path in paths))


_PATHS = {method: _any_of(method) for method in dict(STUDENT_ROUTES)}


def check_route(role: Role, scope: Scope) -> None:
    """Raise ``NotForStudents`` unless the role may make this request."""
    method = "LIVE" if scope["type"] == "websocket" else {"HEAD": "GET"}.get(scope["method"], scope["method"])
    if role is Role.STUDENT and not (method in _PATHS and _PATHS[method].match(scope["path"])):
        raise NotForStudents("there is nothing at this address that your link opens; the lecturer's opens more")


def check_command(role: Role, command: Command) -> None:
    """Raise ``NotForStudents`` unless the role may give this command."""
    if role is Role.STUDENT and not isinstance(command, STUDENT_COMMANDS):
        raise NotForStudents(f"{command.tag}: only the lecturer can do this; your link is for watching")
