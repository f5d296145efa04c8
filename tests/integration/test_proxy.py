"""Behind a reverse proxy that ends TLS: pages, the live line and tokens work, and nobody but the proxy is believed."""

import contextlib
import re
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect as websocket_connect
from websockets.typing import Origin

from tests.patience import PATIENCE
from tests.support import Client, Server, running_server

TOKEN = "0123456789abcdef012345"
STUDENTS = "abcdef0123456789abcdef"
ROOM = "https://room.example"


@contextlib.contextmanager
def proxy(server: Server, host: str, added: str) -> Iterator[int]:
    """A reverse proxy in front of the server; gives its port.

    What Caddy and nginx do: it sets headers in the head of each request and hands on all that follows, both ways.

    Args:
        server: what is behind it.
        host: the Host header that the server gets: the browser's, or the proxy's own name for the server.
        added: more headers, ``{visitor}`` stands for the address that the visitor says he has.
    """
    port = int(server.read_line("Behind it").split(":")[-1].split()[0]) if ROOM in server.url else server.port
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threads: list[threading.Thread] = []

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    visitor, _ = listener.accept()
                    threads.append(threading.Thread(target=pass_on, args=(visitor,), daemon=True))
                    threads[-1].start()

        def pass_on(visitor: socket.socket) -> None:
            with visitor, socket.create_connection(("127.0.0.1", port)) as behind:
                head = b""
                while b"\r\n\r\n" not in head and (more := visitor.recv(65536)):
                    head += more
                text, _, rest = head.decode("latin-1").partition("\r\n\r\n")
                address = re.search(r"(?im)^x-test-visitor: (\S+)", text)
                text = re.sub(r"(?im)^host: .*$", f"Host: {host}", text.replace("\r\n", "\n"))
                lines = [*text.split("\n"), *added.format(visitor=address[1] if address else "10.0.0.1").split("\n")]
                if "upgrade: websocket" not in text.lower():
                    lines.append("Connection: close")
                behind.sendall(
                    "\r\n".join(filter(None, lines)).encode("latin-1") + b"\r\n\r\n" + rest.encode("latin-1")
                )
                there = threading.Thread(target=pump, args=(visitor, behind), daemon=True)
                there.start()
                pump(behind, visitor)
                there.join(PATIENCE)

        accepting = threading.Thread(target=serve, daemon=True)
        accepting.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join(PATIENCE)


def pump(source: socket.socket, target: socket.socket) -> None:
    """Hand on what comes until it ends."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def get(port: int, path: str, **headers: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{port}{path}", headers=headers, timeout=PATIENCE)


def at_once(guess: Callable[[int], int]) -> list[int]:
    """The answers to a hundred guesses, many at a time: one a second would be let pass on a slow machine."""
    with ThreadPoolExecutor(32) as pool:
        return list(pool.map(guess, range(100)))


def welcome(port: int, cookie: str, origin: str) -> None:
    """Open the live line and be welcomed."""
    with websocket_connect(
        f"ws://127.0.0.1:{port}/live", origin=Origin(origin), additional_headers={"Cookie": cookie}, max_size=None,
        open_timeout=PATIENCE,
    ) as line:  # fmt: skip
        assert Client(line).welcome["type"] == "welcome"


@pytest.mark.parametrize(
    ("settings", "host", "added", "secure"),
    [
        ({"public_url": ROOM}, "room.example", "", False),
        ({"public_url": ROOM}, "skipscope:8484", "", False),
        ({"trusted_proxies": "127.0.0.1"}, "room.example", "X-Forwarded-Proto: https", True),
        ({"public_url": ROOM, "trusted_proxies": "127.0.0.0/8"}, "room.example",
         "X-Forwarded-Proto: https\nX-Forwarded-For: {visitor}", True),
    ],
    ids=["the address is set", "and Host is another", "the proxy is trusted", "both"],
)  # fmt: skip
def test_pages_and_the_live_line_work_behind_a_proxy_that_ends_tls(
    settings: dict[str, str], host: str, added: str, secure: bool, tmp_path: Path
) -> None:
    with (
        running_server(tmp_path, token=TOKEN, student_token=STUDENTS, host="127.0.0.1", **settings) as server,
        proxy(server, host, added) as port,
    ):
        assert get(port, "/").status_code == 403
        came = get(port, f"/?token={TOKEN}")
        assert came.status_code == 200 and ("; Secure" in came.headers["set-cookie"]) is secure
        cookie = came.headers["set-cookie"].split(";")[0]
        assert "<title>" in get(port, "/", Cookie=cookie).text
        welcome(port, cookie, ROOM)
        for origin in ("https://evil.example", "http://room.example.evil.example"):
            with pytest.raises(InvalidStatus):
                welcome(port, cookie, origin)
        link = get(port, "/api/address", Cookie=cookie).json()["link"]
        assert link == (f"{ROOM}/?token={STUDENTS}" if "public_url" in settings else None)


def test_whoever_guesses_tokens_slows_nobody_else_behind_the_same_proxy(tmp_path: Path) -> None:
    added = "X-Forwarded-Proto: https\nX-Forwarded-For: {visitor}"
    with (
        running_server(tmp_path, token=TOKEN, public_url=ROOM, trusted_proxies="127.0.0.1") as server,
        proxy(server, "room.example", added) as port,
    ):
        guesser = {"X-Test-Visitor": "10.0.0.9"}
        codes = at_once(lambda number: get(port, f"/?token=guess-{number}", **guesser).status_code)
        assert 429 in codes
        assert get(port, f"/?token={TOKEN}", **{"X-Test-Visitor": "10.0.0.8"}).status_code == 200


def test_without_a_trusted_proxy_nobody_is_believed_to_be_somebody_else(tmp_path: Path) -> None:
    with running_server(tmp_path, token=TOKEN, host="0.0.0.0") as server:
        port = server.port
        cookie = get(port, f"/?token={TOKEN}").headers["set-cookie"].split(";")[0]
        forged = {"Cookie": cookie, "X-Forwarded-Proto": "https", "Origin": f"https://127.0.0.1:{port}"}
        address = f"http://127.0.0.1:{port}/api/experiments/check"
        assert httpx.post(address, json={}, headers=forged, timeout=PATIENCE).status_code == 403
        codes = at_once(
            lambda number: get(port, f"/?token=guess-{number}", **{"X-Forwarded-For": f"10.0.0.{number}"}).status_code
        )
        assert 429 in codes
