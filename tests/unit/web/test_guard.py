"""The guard: who may come in, and with which headers the answers go out."""

import asyncio
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient
from starlette.types import Message

from app.contract.roles import Role
from app.main import create_app
from app.settings import Settings, is_loopback
from app.web.guard import OPEN_PATHS, SECURITY_HEADERS
from app.web.live_line import SEND
from tests.fakes import FakeExecutor, Finder

HERE = "http://127.0.0.1:8484"


def opens(app: FastAPI, headers: dict[str, str]) -> bool:
    """Whether a websocket with these headers is welcomed; it leaves at once."""
    sent: list[str] = []

    async def visit() -> None:
        answered = asyncio.Event()
        incoming = [{"type": "websocket.connect"}]

        async def receive() -> Message:
            if not incoming:
                await answered.wait()
                return {"type": "websocket.disconnect", "code": 1000}
            return incoming.pop()

        async def send(message: Message) -> None:
            sent.append(message["type"])
            if message["type"] == "websocket.send":
                answered.set()

        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

        async def send_texts(texts: tuple[str, ...]) -> None:
            for text in texts:
                await send({"type": "websocket.send", "text": text})

        scope = {
            "type": "websocket", "path": "/live", "scheme": "ws", "query_string": b"", "headers": raw,
            "extensions": {SEND: send_texts},  # as the line beneath has it
        }  # fmt: skip
        await app(scope, receive, send)

    asyncio.run(visit())
    assert sent in (["websocket.accept", "websocket.send"], ["websocket.close"])
    return "websocket.send" in sent


def test_our_own_page_may_open_the_socket(app: FastAPI) -> None:
    assert opens(app, {"Origin": HERE, "Host": "127.0.0.1:8484"})
    assert opens(app, {"Origin": "http://localhost:8484", "Host": "localhost:8484"})


@pytest.mark.parametrize(
    "origin",
    [
        None, "null", "", "http://evil.example", "http://127.0.0.1:9999", "http://127.0.0.1", "https://127.0.0.1:8484",
        "http://127.0.0.1:8484.evil.example", "http://evil.example/127.0.0.1:8484", "http://localhost:8484",
        "http://127.0.0.1:8484/", "HTTP://127.0.0.1:8484", "http://127.0.0.1:84840",
    ],
)  # fmt: skip
def test_another_site_may_not_open_the_socket(app: FastAPI, origin: str | None) -> None:
    headers = {"Host": "127.0.0.1:8484"} | ({} if origin is None else {"Origin": origin})
    assert not opens(app, headers)


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "", "a b", "[::1", "127.0.0.1:99999"]
)
def test_a_name_that_is_not_ours_is_refused(app: FastAPI, client: TestClient, host: str) -> None:
    answer = client.get("/health", headers={"Host": host})
    assert answer.status_code == 403 and answer.json()["code"] == "forbidden"
    assert not opens(app, {"Host": host, "Origin": f"http://{host}"})


@pytest.mark.parametrize("host", ["127.0.0.1:8484", "localhost:1", "[::1]:8484", "localhost"])
def test_names_of_this_machine_are_ours(client: TestClient, host: str) -> None:
    assert client.get("/health", headers={"Host": host}).status_code == 200


def test_another_site_may_not_post(client: TestClient) -> None:
    assert client.post("/api/experiments/check", json={}, headers={"Origin": "http://evil.example"}).status_code == 403
    assert client.post("/api/experiments/check", json={}, headers={"Origin": HERE}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/health", "/nowhere", "/api/runs", "/static/x/y"])
def test_every_answer_carries_the_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    for name, value in SECURITY_HEADERS.items():
        assert headers[name] == value
    assert "unsafe" not in headers["content-security-policy"]


@pytest.mark.parametrize(
    ("host", "inside"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("10.0.0.7", False)],
)
def test_loopback_is_told_from_the_rest(host: str, inside: bool) -> None:
    assert is_loopback(host) is inside


@pytest.fixture
def exposed(tmp_path: Path) -> FastAPI:
    settings = Settings(data_dir=tmp_path, host="0.0.0.0", token="a token; with, signs and 22 letters")
    return create_app(settings, FakeExecutor(), Finder())


def test_beyond_loopback_every_route_asks_for_the_token(exposed: FastAPI) -> None:
    paths = {context.path_format for context in iter_route_contexts(exposed.routes) if context.path_format}
    assert {"/", "/live", "/openapi.json", "/api/runs"} <= paths
    with TestClient(exposed, base_url="http://hall.example:8484") as client:
        for path in sorted(paths | {"/nowhere"}):
            closed = 200 if path in OPEN_PATHS else 403
            for token in ("", "?token=", "?token=wrong", "?token=a"):
                assert client.get(path + token).status_code == closed, path
        origin = {"Origin": "http://hall.example:8484", "Host": "hall.example:8484"}
        assert not opens(exposed, origin)
        assert not opens(exposed, origin | {"Cookie": "skipscope=wrong"})
        assert not opens(exposed, origin | {"Cookie": "skipscope=a token; with, signs and 22 letters"})


def test_the_token_is_shown_once_and_becomes_a_cookie(exposed: FastAPI) -> None:
    with TestClient(exposed, base_url="http://hall.example:8484") as client:
        answer = client.get("/", params={"token": "a token; with, signs and 22 letters"})
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "a token" not in cookie
        assert answer.headers["refresh"] == "0; url=/" and "token" not in answer.text
        assert client.get("/api/runs").status_code == 200
        visitor = {"Host": "hall.example:8484", "Cookie": cookie.split(";")[0]}
        assert opens(exposed, visitor | {"Origin": "http://hall.example:8484"})
        assert not opens(exposed, visitor | {"Origin": "http://evil.example"})


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", '/"><script>', "/%0d%0aX: y"])
def test_the_way_in_leads_nowhere_else(exposed: FastAPI, path: str) -> None:
    with TestClient(exposed, base_url="http://hall.example:8484") as client:
        answer = client.get(f"http://hall.example:8484{path}", params={"token": "a token; with, signs and 22 letters"})
        target = answer.headers["refresh"].removeprefix("0; url=")
        assert target.startswith("/") and not target.startswith("//")
        assert not set("<>\"'\\\r\n: ") & set(target)


def test_a_thousand_guesses_are_not_even_looked_at_and_other_hosts_notice_nothing(exposed: FastAPI) -> None:
    guesser = TestClient(exposed, base_url="http://hall.example:8484", client=("10.0.0.9", 1))
    answers = [guesser.get("/", params={"token": f"guess {number}"}) for number in range(1000)]
    codes = [answer.status_code for answer in answers]
    assert set(codes) == {403, 429} and codes.count(403) < 100 and codes[0] == 403
    refused = answers[codes.index(429)]
    assert refused.headers["retry-after"] == "1" and refused.json()["code"] == "too_many_guesses"
    visitor = TestClient(exposed, base_url="http://hall.example:8484", client=("10.0.0.8", 1))
    assert visitor.get("/", params={"token": "a token; with, signs and 22 letters"}).status_code == 200


def test_a_hall_with_the_link_of_yesterday_keeps_nobody_out(exposed: FastAPI) -> None:
    with TestClient(exposed, base_url="http://hall.example:8484") as hall:
        for _ in range(200):
            assert hall.get("/", params={"token": "yesterday"}).status_code == 403
        assert hall.get("/", params={"token": "a token; with, signs and 22 letters"}).status_code == 200


def behind_a_proxy(folder: Path, **settings: str) -> FastAPI:
    given = {"data_dir": folder, "host": "127.0.0.1", "token": "a token; with, signs and 22 letters"} | settings
    return create_app(Settings.model_validate(given), FakeExecutor(), Finder())


@pytest.mark.parametrize(
    "settings",
    [{"public_url": "https://room.example"}, {"trusted_proxies": "127.0.0.1"}],
    ids=lambda one: next(iter(one)),
)
def test_behind_a_proxy_the_token_is_asked_for_on_loopback_too(settings: dict[str, str], tmp_path: Path) -> None:
    app = behind_a_proxy(tmp_path, **settings)
    with TestClient(app, base_url="http://127.0.0.1:8484") as client:
        assert client.get("/api/runs").status_code == 403
        assert client.get("/", params={"token": app.state.tokens[Role.LECTURER]}).status_code == 200
        assert client.get("/api/runs").status_code == 200


def test_the_public_address_is_ours_whatever_the_proxy_calls_us_and_no_other_is(tmp_path: Path) -> None:
    app = behind_a_proxy(tmp_path, public_url="https://Room.example:443/")
    with TestClient(app, base_url="http://skipscope:8484") as client:
        cookie = client.get("/", params={"token": app.state.tokens[Role.LECTURER]}).headers["set-cookie"].split(";")[0]
        visitor = {"Host": "skipscope:8484", "Cookie": cookie}
        for origin, inside in [
            ("https://room.example", True), ("http://skipscope:8484", True), ("http://room.example", False),
            ("https://room.example:8443", False), ("https://evil.example", False), ("null", False), ("", False),
            ("https://room.example.evil.example", False),
        ]:  # fmt: skip
            assert opens(app, visitor | {"Origin": origin}) is inside, origin
            posted = client.post("/api/experiments/check", json={}, headers={"Origin": origin})
            assert posted.status_code == (200 if inside else 403), origin
        assert not opens(app, visitor)
