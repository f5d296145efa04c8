"""Runs as files: a few downloads at a time, and what one holds is given back as soon as its reader is gone."""

from collections.abc import Callable, Generator, Iterator

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.errors import Busy
from app.runs.store import Store
from app.runs.stored_run import StoredRun

#: downloads at a time; each reads the store for as long as it takes
MOST = 8

Lines = Callable[[Store, StoredRun], Generator[str]]


class Downloads:
    """The downloads of a server."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._under_way = 0

    async def answer(self, run: str, ending: str, media_type: str, lines: Lines) -> StreamingResponse:
        """A run as a file.

        Raises:
            Busy: too many are under way.
            UnknownRun: there is none with that id.
        """
        if self._under_way >= MOST:
            raise Busy(f"{MOST} downloads are under way; try again in a few seconds")
        self._under_way += 1
        try:
            await run_in_threadpool(self._store.flush)
            stored = await run_in_threadpool(self._store.run, run)
        except BaseException:
            self._end()
            raise
        headers = {"Content-Disposition": f'attachment; filename="skipscope-{stored.id}.{ending}"'}
        return Download(lines(self._store, stored), self._end, media_type, headers)

    def _end(self) -> None:
        self._under_way -= 1


class Download(StreamingResponse):
    """The lines of one run. ``on_end`` is called once, however it ends."""

    def __init__(
        self, rows: Generator[str], on_end: Callable[[], None], media_type: str, headers: dict[str, str]
    ) -> None:
        super().__init__(_chunks(rows), media_type=media_type, headers=headers)
        self._rows, self._on_end = rows, on_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the lines for as long as somebody reads them."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._on_end()
            await run_in_threadpool(self._rows.close)  # and with it the store's file


def _chunks(lines: Iterator[str], size: int = 64 * 1024) -> Iterator[str]:
    """Lines in pieces of about ``size`` characters: a piece is a hop between threads."""
    piece: list[str] = []
    length = 0
    for line in lines:
        piece.append(line)
        length += len(line)
        if length >= size:
            yield "".join(piece)
            piece, length = [], 0
    yield "".join(piece)
