"""Two roles: every route as every role, links that are renewed, and who is who."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from pydantic import ValidationError
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient

from app.contract.commands import COMMANDS
from app.contract.roles import Role
from app.main import create_app
from app.settings import Settings
from app.web.permissions import STUDENT_COMMANDS, STUDENT_ROUTES
from app.web.tokens import FILE, Tokens
from tests.fakes import FakeExecutor, Finder

TOKENS = {Role.LECTURER: "0123456789abcdef012345", Role.STUDENT: "abcdef0123456789abcdef"}
HALL = "http://hall.example:8484"
ORIGIN = {"Origin": HALL}
#: every method that a route could have
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    settings = Settings(
        data_dir=tmp_path, host="0.0.0.0", token=TOKENS[Role.LECTURER], student_token=TOKENS[Role.STUDENT]
    )
    return create_app(settings, FakeExecutor(), Finder())


@pytest.fixture
def visitors(app: FastAPI) -> Iterator[dict[Role, TestClient]]:
    """Somebody of each role, who has come in by the link."""
    with TestClient(app, base_url=HALL) as lecturer:
        everybody = {Role.LECTURER: lecturer, Role.STUDENT: TestClient(app, base_url=HALL)}
        for role, client in everybody.items():
            assert client.get("/", params={"token": TOKENS[role]}).status_code == 200
        yield everybody


def routes(app: FastAPI) -> set[tuple[str, str]]:
    """Method and path of everything that this server answers; LIVE stands for a websocket."""
    found = set()
    for context in iter_route_contexts(app.routes):
        if context.path_format:
            live = isinstance(context.route, WebSocketRoute)
            found |= {(method, context.path_format) for method in (["LIVE"] if live else context.methods or ())}
    return found


def test_the_table_names_routes_and_commands_that_exist(app: FastAPI) -> None:
    there = {(method, path.replace(":path", "")) for method, path in routes(app)}
    assert {(method, path.replace(":path", "")) for method, path in STUDENT_ROUTES} <= there
    assert len(set(STUDENT_ROUTES)) == len(STUDENT_ROUTES)
    assert set(STUDENT_COMMANDS) < set(COMMANDS)


def test_every_route_as_every_role(app: FastAPI, visitors: dict[Role, TestClient]) -> None:
    """The lecturer is refused nowhere, a student everywhere but in the table, whoever has no token everywhere."""
    table = {(method, path.replace(":path", "")) for method, path in STUDENT_ROUTES}
    table |= {("HEAD", path) for method, path in table if method == "GET"}
    paths = {path.replace(":path", "") for method, path in routes(app) if method != "LIVE"}
    assert len(paths) > 30
    stranger = TestClient(app, base_url=HALL)
    for path in sorted(paths):
        for method in METHODS:
            said = {role: client.request(method, path, headers=ORIGIN) for role, client in visitors.items()}
            allowed = (method, path) in table
            assert said[Role.LECTURER].status_code != 403, (method, path)
            if path == "/health":  # it answers to everybody
                continue
            assert (said[Role.STUDENT].status_code == 403) is not allowed, (method, path)
            if not allowed and method != "HEAD":
                assert said[Role.STUDENT].json()["code"] == "not_for_students"
            assert stranger.request(method, path, headers=ORIGIN).status_code == 403


@pytest.mark.parametrize(
    "path", ["/metrics", "//metrics", "/metrics/", "/api/presets/../../metrics", "/static/../metrics", "/%6detrics",
             "/api/runs/x/restore", "/api/trace/weights/x.safetensors", "/api/address/student", "/nowhere"],
)  # fmt: skip
def test_no_way_around_leads_a_student_to_what_is_the_lecturers(visitors: dict[Role, TestClient], path: str) -> None:
    for method in METHODS:
        answer = visitors[Role.STUDENT].request(method, HALL + path, headers=ORIGIN)
        assert answer.status_code in (403, 404, 405), (method, path)
        assert "skipscope_viewers" not in answer.text
    assert visitors[Role.STUDENT].get("/api/runs", params={"token": "x"}).status_code == 200


def test_a_student_sees_the_page_of_a_student_and_is_told_no_link_of_the_lecturer(
    visitors: dict[Role, TestClient],
) -> None:
    for role, client in visitors.items():
        for path in ("/", "/atlas", "/trace"):
            assert f'data-role="{role}"' in client.get(path).text
    assert visitors[Role.LECTURER].get("/api/address").json()["lecturer"] == f"{HALL}/?token={TOKENS[Role.LECTURER]}"
    for path in ("/api/address", "/", "/openapi.json", "/health"):
        assert TOKENS[Role.LECTURER] not in visitors[Role.STUDENT].get(path).text
    assert visitors[Role.STUDENT].get("/api/address").json()["link"] == f"{HALL}/?token={TOKENS[Role.STUDENT]}"


def test_who_has_both_links_is_the_lecturer_whichever_came_last(app: FastAPI) -> None:
    with TestClient(app, base_url=HALL) as client:
        for first, last in ((Role.LECTURER, Role.STUDENT), (Role.STUDENT, Role.LECTURER)):
            client.cookies.clear()
            for role in (first, last):
                client.get("/", params={"token": TOKENS[role]})
            assert client.get("/metrics").status_code == 200


def test_a_program_shows_its_token_in_a_header(app: FastAPI) -> None:
    client = TestClient(app, base_url=HALL)
    for role, code in ((Role.LECTURER, 200), (Role.STUDENT, 403)):
        assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKENS[role]}"}).status_code == code


def test_on_this_machine_alone_everybody_is_the_lecturer_and_there_is_no_link_to_renew(tmp_path: Path) -> None:
    with TestClient(
        create_app(Settings(data_dir=tmp_path), FakeExecutor(), Finder()), base_url="http://127.0.0.1:8484"
    ) as client:
        assert 'data-role="lecturer"' in client.get("/").text
        answer = client.post("/api/address/student", headers={"Origin": "http://127.0.0.1:8484"})
        assert answer.status_code == 422 and answer.json()["field"] == "role"
    assert not (tmp_path / FILE).exists()


def test_tokens_are_made_where_none_is_given_kept_and_a_damaged_file_makes_new_ones(tmp_path: Path) -> None:
    nothing: dict[Role, str | None] = dict.fromkeys(Role)
    made = Tokens(nothing, tmp_path)
    both = {made[role] for role in Role}
    assert len(both) == 2 and all(len(token) >= 22 for token in both)
    again = Tokens(nothing, tmp_path)
    assert {again[role] for role in Role} == both
    given = Tokens(nothing | {Role.LECTURER: TOKENS[Role.LECTURER]}, tmp_path)
    assert (given[Role.LECTURER], given[Role.STUDENT]) == (TOKENS[Role.LECTURER], made[Role.STUDENT])
    given.renew(Role.LECTURER)
    assert given.role_by_token(TOKENS[Role.LECTURER]) is None
    for damaged in (b"{", b"[]", b'{"nobody": "x"}', b""):
        (tmp_path / FILE).write_bytes(damaged)
        assert not {Tokens(nothing, tmp_path)[role] for role in Role} & both
    assert [file.name for file in tmp_path.iterdir()] == [FILE]


def test_the_tokens_must_differ() -> None:
    with pytest.raises(ValidationError, match="student_token"):
        Settings(token=TOKENS[Role.LECTURER], student_token=TOKENS[Role.LECTURER])
