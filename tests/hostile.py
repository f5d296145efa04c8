"""Peers that do not keep to the rules, on raw sockets of loopback: what they send, and when they are cut off."""

import contextlib
import socket
import time
from collections.abc import Iterator
from typing import Protocol

from tests.patience import PATIENCE
from tests.support import PROGRAM, Server, running_server

#: opcodes of websocket frames
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA


def frame(opcode: int, payload: bytes = b"", *, last: bool = True) -> bytes:
    """A websocket frame of a client, masked with zeros; the payload is at most 125 bytes."""
    assert len(payload) < 126
    return bytes([(0x80 if last else 0) | opcode, 0x80 | len(payload), 0, 0, 0, 0]) + payload


#: what a flood is made of, sent again and again
FLOODS = {
    "pings": frame(PING) * 2000,
    "pings that say something": frame(PING, b"x" * 125) * 200,
    "pongs": frame(PONG) * 2000,
    "empty fragments": frame(TEXT, last=False) + frame(CONTINUATION, last=False) * 2000,
    "messages": frame(TEXT, b'{"type":"ping"}') * 500,
    "empty messages": frame(TEXT) * 2000,
}
#: ways to begin a request and never end it
UNFINISHED = {
    "nothing": b"",
    "half a line": b"GET / HT",
    "half a head": b"GET / HTTP/1.1\r\nHost: x\r\n",
    "empty lines": b"\r\n\r\n",
    "half a body": b"POST /api/experiments/check HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
    "after an answer": b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n\r\n",
    "half a body after its answer": b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
}


class Listening(Protocol):
    """A server, as far as a peer knows it."""

    @property
    def port(self) -> int:
        """The port of loopback that it listens on."""
        ...


@contextlib.contextmanager
def raw_line(server: Listening) -> Iterator[socket.socket]:
    """A plain connection to the server."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as line:
        yield line


def upgrade_request(port: int) -> bytes:
    """What a page sends to make its connection a websocket."""
    host = f"127.0.0.1:{port}"
    return (
        f"GET /live HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )


def upgrade(line: socket.socket, server: Listening) -> None:
    """Make a plain connection a websocket, as the page would."""
    line.sendall(upgrade_request(server.port))
    assert line.recv(12) == b"HTTP/1.1 101"


@contextlib.contextmanager
def raw_viewer(server: Listening) -> Iterator[socket.socket]:
    """A websocket on which anything can be sent."""
    with raw_line(server) as line:
        upgrade(line, server)
        yield line


def pour(line: socket.socket, data: bytes, most: int) -> int:
    """Send the same again and again, up to ``most`` bytes; returns how many went before the other side cut the line."""
    sent = 0
    with contextlib.suppress(ConnectionError):
        while sent < most:
            sent += line.send(data)
    return sent


def read_to_end(line: socket.socket) -> bytes:
    """All that still comes until the other side has closed or cut the line."""
    read = b""
    with contextlib.suppress(ConnectionError):
        while piece := line.recv(65536):
            read += piece
    return read


def read_slowly(line: socket.socket, size: int, a_second: int) -> float:
    """Read so many bytes as a slow line brings them; returns how many seconds that took."""
    began, read = time.monotonic(), 0
    while read < size:
        time.sleep(0.1)
        piece = len(line.recv(a_second // 10))
        assert piece, f"cut after {read} bytes"
        read += piece
    return time.monotonic() - began


@contextlib.contextmanager
def few_descriptors(count: int) -> Iterator[Server]:
    """A server that may have so many open files, sockets and pipes."""
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({count}, {count})); "
    with running_server(program=limit + PROGRAM) as server:
        yield server
