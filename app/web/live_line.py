"""The line of one viewer, beneath the application: counts what comes in, and cuts what does not go out.

Frames of every kind are counted, for a ping or an empty fragment costs the server as much as a command. Whoever sends
too many is told so and no longer read. What goes out to many is put into frames once.
"""

import time
from functools import lru_cache
from typing import Any, cast

from starlette.websockets import WebSocketDisconnect
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame, Opcode

from app.web.bucket import TokenBucket
from app.web.lines import Lines
from app.web.progress import Progress

FRAMES_A_SECOND = 20.0
FRAMES_AT_ONCE = 40.0
TOO_MANY_MESSAGES = 4429
#: seconds that the other side has to answer a close, and to notice that it is no longer read
CLOSE_PATIENCE = 1.0
#: bytes that are taken apart between two looks at the count; the smallest frame has six
PIECE = 1024
#: what the application finds in the scope's extensions: how to send messages in one piece, and how to cut the line
SEND, CUT = "skipscope.send", "skipscope.cut"


@lru_cache(maxsize=4)  # the newest events of two runs, and what few viewers get in between
def frames_of(texts: tuple[str, ...]) -> bytes:
    """Messages as frames of the websocket, the same for every viewer: what a server sends is not masked."""
    return b"".join(Frame(Opcode.TEXT, text.encode()).serialize(mask=False) for text in texts)


class LiveLine(WebSocketsSansIOProtocol):
    """Uvicorn's websocket protocol with bounds on what comes in.

    It lets the application cut the line, and send several messages in one piece (``CUT`` and ``SEND``).

    Args:
        lines: all connections of the server.
        settings: what uvicorn hands to a protocol.
    """

    def __init__(self, lines: Lines, **settings: Any) -> None:
        super().__init__(**settings)
        self.close_timeout = CLOSE_PATIENCE
        self._lines, self._progress = lines, Progress()
        self._frames = TokenBucket(FRAMES_A_SECOND, FRAMES_AT_ONCE, time.monotonic)
        self._unsent = 0

    async def run_asgi(self) -> None:
        """Run the application on this connection."""
        self.scope["extensions"] |= {CUT: self.transport.abort, SEND: self.send_texts}  # type: ignore[dict-item]
        await super().run_asgi()
        if self.close_timer is not None:  # a side that neither answers nor reads would keep what is unsent
            self.close_timer.cancel()
            self._cut_soon()

    async def send_texts(self, texts: tuple[str, ...]) -> None:
        """Send messages when there is room for them.

        Raises:
            WebSocketDisconnect: the line has ended, or is being closed.
        """
        await self.writable.wait()
        if self.disconnected or self.close_sent or self.transport.is_closing():
            raise WebSocketDisconnect(1006)
        self.transport.write(frames_of(texts))

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        self._lines.leave(self.transport)
        self._progress.stop()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """More waits than the other side takes at once."""
        super().pause_writing()
        self._progress.watch(self.transport)

    def resume_writing(self) -> None:
        """It has taken nearly all."""
        super().resume_writing()
        self._progress.stop()

    def data_received(self, data: bytes) -> None:
        """Take in what has come, as far as it may."""
        for start in range(0, len(data), PIECE):
            if self.disconnected:
                return
            super().data_received(data[start : start + PIECE])

    def handle_events(self) -> None:
        """Count the frames, then handle them."""
        frames = sum(isinstance(event, Frame) for event in self.conn.events)
        if all(self._frames.take() for _ in range(frames)):
            super().handle_events()
        else:
            self._stop_reading()

    def send_receive_event_to_app(self) -> None:
        """A message is whole; text that is none closes the line, as the standard wants it."""
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.conn.fail(CloseCode.INVALID_DATA, "the text is not UTF-8")
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        """What came is no websocket frame, or too large: uvicorn closes, and the application may send no more."""
        super().handle_parser_exception()
        self.disconnected = True

    def send_keepalive_ping(self) -> None:
        """Ask whether somebody is there."""
        super().send_keepalive_ping()
        self._unsent = self.transport.get_write_buffer_size()

    def keepalive_timeout(self) -> None:
        """No answer to a ping in time: cut, unless what was sent before it is still on its way and comes through."""
        unsent = self.transport.get_write_buffer_size()
        if 0 < unsent < self._unsent:
            self._unsent = unsent
            self.pong_timer = self.loop.call_later(cast(float, self.ping_timeout), self.keepalive_timeout)
            return
        super().keepalive_timeout()
        self.disconnected = True

    def _stop_reading(self) -> None:
        """Say why, tell the application that the viewer has left, and cut the line whether or not that is answered."""
        self.transport.pause_reading()
        self.read_paused = False  # so that nobody resumes it
        self.stop_keepalive()
        if not self.close_sent:
            self.conn.send_close(TOO_MANY_MESSAGES, "too many messages")
            self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = self.disconnected = True
        self.frames = []
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": TOO_MANY_MESSAGES})
        if self.close_timer is not None:
            self.close_timer.cancel()
        self._cut_soon()

    def _cut_soon(self) -> None:
        self.close_timer = self.loop.call_later(CLOSE_PATIENCE, self.transport.abort)
