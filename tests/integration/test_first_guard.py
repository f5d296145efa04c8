"""What anybody can send before any token: endless heads, huge bodies, connections on which nothing comes."""

import contextlib
import socket

import httpx
import psutil
import pytest

from app.catalog.weights import largest_file
from tests.hostile import UNFINISHED, few_descriptors, pour, raw_line, read_to_end, upgrade
from tests.patience import PATIENCE, wait_until
from tests.support import Server, connect, running_server

#: a peer that has said nothing is given a fifth of a second
IMPATIENT = """
import sys
from app.main import serve
from app.settings import Settings
from app.web import line_guard
line_guard.IDLE = 0.2
sys.exit(serve(Settings()))
"""


@pytest.mark.parametrize("start", [b"GET / HTTP/1.1\r\nX: ", b"GET /", b"GET / HTTP/1.1\r\n"])
def test_a_head_that_never_ends_is_refused_and_not_kept(server: Server, start: bytes) -> None:
    process = psutil.Process(server.process.pid)
    memory = process.memory_info().rss
    more = b"A: b\r\n" * 10_000 if start.endswith(b"\n") else b"x" * 65536
    with raw_line(server) as line:
        line.sendall(start)
        assert pour(line, more, 40_000_000) < 20_000_000
    assert process.memory_info().rss - memory < 5e6
    assert server.get("/health").status_code == 200


def test_a_long_head_is_taken_up_to_its_bound(server: Server) -> None:
    url = server.url + "/health"
    assert httpx.get(url, headers={"x": "y" * 30_000}, timeout=PATIENCE).status_code == 200
    with raw_line(server) as line:
        line.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nX: ".ljust(32 * 1024, b"y"))
        answer = read_to_end(line)
    assert answer.startswith(b"HTTP/1.1 431 ") and b'"code":"too_large"' in answer


def test_a_body_that_is_announced_too_long_is_refused_before_it_comes(server: Server) -> None:
    with raw_line(server) as line:
        line.sendall(b"POST /api/experiments/check HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n")
        answer = read_to_end(line)
    assert answer.startswith(b"HTTP/1.1 413 ") and b"longer than 1024 KiB" in answer
    assert (
        httpx.post(server.url + "/api/experiments/check", content=b" " * 1048576, timeout=PATIENCE).status_code == 422
    )


def test_a_route_that_takes_files_has_a_bound_of_its_own(server: Server) -> None:
    for length, code in ((largest_file(), b"HTTP/1.1 4"), (largest_file() + 1, b"HTTP/1.1 413 ")):
        with raw_line(server) as line:
            head = f"PUT /api/trace/weights/x.safetensors HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
            line.sendall(head.encode() + b"x" * 100)
            answer = line.recv(100)
        assert answer.startswith(code) and (b"413" in answer) == (length > largest_file())


def test_a_body_without_an_end_is_cut_off_and_not_kept(server: Server) -> None:
    process = psutil.Process(server.process.pid)
    memory = process.memory_info().rss
    head = b"POST /api/experiments/check HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    for address in (head, head.replace(b"api/experiments/check", b"nowhere")):
        with raw_line(server) as line:
            line.sendall(address)
            assert pour(line, b"10000\r\n" + b" " * 65536 + b"\r\n", 300_000_000) < 20_000_000
    assert process.memory_info().rss - memory < 20e6
    assert not any("Traceback" in line for line in server.lines)


def test_requests_that_do_not_wait_for_their_answers_are_cut_off(server: Server) -> None:
    process = psutil.Process(server.process.pid)
    memory = process.memory_info().rss
    request = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with raw_line(server) as line:
        line.sendall(5 * request)
        answers = b""
        while answers.count(b"200 OK") < 5:
            answers += line.recv(65536)
        assert pour(line, request * 1000, 40_000_000) < 20_000_000
    assert process.memory_info().rss - memory < 10e6
    assert server.get("/health").status_code == 200


@pytest.mark.parametrize("start", UNFINISHED)
def test_a_request_that_is_never_finished_is_given_up(start: str) -> None:
    with running_server(program=IMPATIENT) as server, raw_line(server) as line:
        line.sendall(UNFINISHED[start])
        read_to_end(line)


def test_a_body_that_comes_slowly_is_waited_for() -> None:
    with running_server(program=IMPATIENT) as server, raw_line(server) as line:
        line.sendall(
            b"POST /api/experiments/check HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Connection: close\r\nContent-Length: 20\r\n\r\n"
        )
        for _ in range(20):  # together longer than one may be silent
            wait_a_little(line)
            line.sendall(b" ")
        assert read_to_end(line).startswith(b"HTTP/1.1 4")


def wait_a_little(line: socket.socket) -> None:
    """A twentieth of a second in which nothing may come."""
    line.settimeout(0.05)
    with pytest.raises(TimeoutError):
        line.recv(1)
    line.settimeout(PATIENCE)


def test_a_thousand_silent_connections_keep_nobody_out() -> None:
    with few_descriptors(1024) as server, connect(server) as viewer, contextlib.ExitStack() as silent:
        for number in range(1000):
            line = silent.enter_context(raw_line(server))
            if number % 2:
                line.sendall(b"GET / HTTP/1.1\r\n")
        assert server.get("/health").status_code == 200
        with connect(server) as other:
            other.start({"depths": [4], "width": 4, "steps": 5})
            assert other.until_state("finished", "failed")[-1]["state"] == "finished"
        viewer.send("ping")
        viewer.receive("pong")
        assert server.get("/").status_code == 200


def test_a_viewers_line_is_never_cut_for_somebody_else() -> None:
    with few_descriptors(160) as server, contextlib.ExitStack() as lines:
        first = lines.enter_context(connect(server))
        for _ in range(160):
            line = lines.enter_context(raw_line(server))
            with contextlib.suppress(OSError, AssertionError):  # the last ones find no room
                upgrade(line, server)
        first.send("ping")
        first.receive("pong")
        lines.close()
        wait_until(lambda: server.get("/health").status_code == 200)
