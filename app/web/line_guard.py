"""The first guard of a connection, before any route and any token: how long a request may be, and how long it may take.

Uvicorn bounds none of this: its parser keeps a head that never ends, and a connection without a request stays for ever.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.catalog.weights import largest_file
from app.errors import Busy, SkipscopeError, TooLarge
from app.web.lines import Lines
from app.web.progress import Progress

#: bytes of a request's first line and headers together
MOST_HEAD = 32 * 1024
#: bytes of a request's body, but for the routes below
MOST_BODY = 1024 * 1024
#: beginnings of paths of routes that take larger bodies, and what tells how large these may be
LARGER_BODIES: dict[str, Callable[[], int]] = {"/api/trace/weights/": largest_file}
#: requests that may wait on one connection for the answer to the one before; browsers send none
MOST_PIPELINED = 8
#: seconds that a head may take, and seconds that a body may go without a byte
IDLE = 15.0


class LineGuard(HttpToolsProtocol):
    """Uvicorn's HTTP protocol with bounds.

    Args:
        lines: all connections of the server.
        settings: what uvicorn hands to a protocol.
    """

    def __init__(self, lines: Lines, **settings: Any) -> None:
        super().__init__(**settings)
        self._lines, self._progress = lines, Progress()
        self._timer: asyncio.TimerHandle | None = None
        self._in_head, self._head, self._body, self._most_body = True, 0, 0, MOST_BODY

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody has connected."""
        super().connection_made(transport)
        host = self.client[0] if self.client else ""
        if not self._lines.enter(transport, host):
            self._refuse(503, Busy("too many connections; try again in a few seconds"))
            return
        self._be_patient()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        self._stop_timer()
        self._progress.stop()
        self._lines.leave(self.transport)
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
        """Take in what has come, a head only as far as it may be long."""
        while data and not self.transport.is_closing() and self.transport.get_protocol() is self:
            if not self._in_head:
                super().data_received(data)
                return
            if self._timer is None:
                self._be_patient()
            piece, data = data[: MOST_HEAD - self._head], data[MOST_HEAD - self._head :]
            self._head += len(piece)
            super().data_received(piece)
            if self._in_head and self._head >= MOST_HEAD:
                self._refuse(431, TooLarge(f"the request's headers are longer than {MOST_HEAD // 1024} KiB"))

    def on_headers_complete(self) -> None:
        """The head is there; a body that is announced too long is not waited for."""
        self._in_head, self._body = False, 0
        if len(self.pipeline) >= MOST_PIPELINED:
            self.transport.abort()
        if self.transport.is_closing():
            return
        path = self.url.partition(b"?")[0].decode("latin-1")
        larger = (most() for start, most in LARGER_BODIES.items() if path.startswith(start))
        self._most_body = next(larger, MOST_BODY)
        announced = next((int(value) for name, value in self.headers if name == b"content-length"), 0)
        if not self._is_too_large(announced):
            self._be_patient()
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._body += len(body)
        if self.transport.is_closing() or self._is_too_large(self._body):
            return
        self._be_patient()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is there as a whole, and is answered unless it has been already."""
        self._in_head, self._head = True, 0
        if self.transport.is_closing():
            return
        upgrade = self.parser.should_upgrade() and self._should_upgrade()
        if upgrade or not self.cycle.response_complete:
            self._stop_timer()
            self._lines.work(self.transport)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The answer has gone out."""
        if not self.pipeline:
            self._lines.wait(self.transport)
        super().on_response_complete()

    def _is_too_large(self, size: int) -> bool:
        if size <= self._most_body:
            return False
        if self.cycle is not None:  # it has begun to read, and shall not wait for the rest
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self._refuse(413, TooLarge(f"the request's body is longer than {self._most_body // 1024} KiB"))
        return True

    def _refuse(self, status: int, error: SkipscopeError) -> None:
        """Answer without asking the application, and hang up."""
        body = orjson.dumps(error.body())
        fields = {"content-type": "application/json", "content-length": len(body), "connection": "close"}
        if error.retry_after is not None:
            fields["retry-after"] = error.retry_after
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self.transport.write(STATUS_LINE[status] + head.encode() + b"\r\n" + body)
        self.transport.close()

    def _be_patient(self) -> None:
        """Wait as long as may be from now on."""
        self._stop_timer()
        self._timer = self.loop.call_later(IDLE, self._nothing_came)

    def _nothing_came(self) -> None:
        if self.flow.read_paused:  # it is the application that takes its time
            self._be_patient()
        else:
            self.transport.abort()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
