"""Frames of the websocket that are made once for all viewers; the line itself is tested with a real server."""

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from app.web.live_line import frames_of


def read(data: bytes) -> list[str]:
    """The messages that a client finds in what has come."""
    client = ClientProtocol(parse_uri("ws://127.0.0.1/"), state=State.OPEN, max_size=None)
    client.receive_data(data)
    events = client.events_received()
    assert all(isinstance(event, Frame) and event.opcode is Opcode.TEXT and event.fin for event in events)
    return [bytes(event.data).decode() for event in events if isinstance(event, Frame)]


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65535, 65536])
def test_messages_of_any_length_are_frames_of_their_own(length: int) -> None:
    texts = ("x" * length, "é", '{"type":"pong"}')
    assert read(frames_of(texts)) == list(texts)


def test_equal_messages_are_put_into_frames_once() -> None:
    texts = ('{"seq":1}', '{"seq":2}')
    assert frames_of(texts) is frames_of((texts[0], texts[1]))
