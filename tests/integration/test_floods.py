"""One websocket that sends far more than a person can: it is closed and no longer read, the others notice nothing."""

import time

import psutil
import pytest

from app.logs import EVERY
from tests.hostile import BINARY, FLOODS, PING, TEXT, frame, pour, raw_line, raw_viewer, read_to_end
from tests.patience import wait_until
from tests.support import SMALL, Client, Server, connect, running_server

#: what a line may hold in the buffers of the system, in both directions, is less than a third of it
FLOOD = 64_000_000
#: 4429, as it stands in a close frame
CODE = (4429).to_bytes(2, "big")


@pytest.mark.parametrize("kind", FLOODS)
def test_a_flood_of_any_frames_ends_its_line_and_takes_neither_memory_nor_time(
    server: Server, viewer: Client, kind: str
) -> None:
    process = psutil.Process(server.process.pid)
    memory = process.memory_info().rss
    with raw_viewer(server) as line:
        assert pour(line, FLOODS[kind], FLOOD) < FLOOD / 2
    assert process.memory_info().rss - memory < 20e6
    viewer.send("ping", request="still there")
    assert viewer.receive("pong")["request"] == "still there"


@pytest.mark.parametrize("kind", FLOODS)
def test_whoever_floods_and_then_listens_is_told_why(server: Server, kind: str) -> None:
    with raw_viewer(server) as line:
        line.sendall(FLOODS[kind][:8000])
        assert CODE in read_to_end(line)


def test_a_line_that_does_not_answer_the_close_is_cut(server: Server) -> None:
    process = psutil.Process(server.process.pid)
    with connect(server), raw_viewer(server) as line:
        before = process.num_fds()
        line.sendall(frame(PING) * 200)
        read_to_end(line)
        wait_until(lambda: process.num_fds() < before)


def test_those_who_talk_as_people_do_are_never_cut(server: Server, viewer: Client) -> None:
    for number in range(38):
        viewer.send("ping", request=str(number))
        assert viewer.receive("pong")["request"] == str(number)


#: what a client may do wrong on a websocket
FAULTS = {
    "an oversize message": bytes([0x81, 0xFF]) + (1 << 40).to_bytes(8, "big") + bytes(4),
    "text that is not UTF-8": frame(TEXT, b"\xff\xff"),
    "a frame that was not masked": bytes([0x81, 0x00]),
    "a binary message": frame(BINARY, b"x"),
    "no command": frame(TEXT, b"[" * 120),
}


def test_two_hundred_hostile_sockets_make_few_lines_and_no_traceback() -> None:
    with running_server(frame_rate=20) as server, connect(server) as viewer:
        run = viewer.start(SMALL | {"steps": 200_000, "evaluate_every": 10_000})
        subscribe = frame(TEXT, b'{"type":"subscribe","run":"%s"}' % run.encode())
        began = time.monotonic()
        for number in range(200):
            with raw_viewer(server) as line:
                line.sendall(subscribe + list(FAULTS.values())[number % len(FAULTS)])
                line.recv(1000)
            with raw_line(server) as line:
                line.sendall(b"NOT HTTP\r\n\r\n")
                read_to_end(line)
        viewer.send("ping")
        viewer.receive("pong")
        most = 1 + (time.monotonic() - began) / EVERY
        lines = [line for line in server.lines if "Skipscope is at" not in line]
        assert len(lines) <= 6 * most and sum(map(len, lines)) < 200 * len(lines)
        assert not any("Traceback" in line for line in lines)
