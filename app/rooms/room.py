"""The room: all viewers of this server, and what everybody must know."""

import asyncio

from app.contract.events import Notice, encode_event
from app.ids import ViewerId
from app.rooms.outbox import Outbox


class Room:
    """Everybody who is connected."""

    def __init__(self) -> None:
        self._viewers: dict[ViewerId, Outbox] = {}
        self._notices: dict[str, str] = {}
        self._empty = asyncio.Event()

    def __len__(self) -> int:
        return len(self._viewers)

    def enter(self, viewer: ViewerId, outbox: Outbox) -> None:
        """A viewer has come: tell it what holds at present."""
        self._viewers[viewer] = outbox
        self._empty.clear()
        for text in self._notices.values():
            outbox.answer(text)

    def leave(self, viewer: ViewerId) -> None:
        """A viewer has gone."""
        self._viewers.pop(viewer).leave()
        if not self._viewers:
            self._empty.set()

    def announce(self, notice: Notice) -> None:
        """Tell everybody, and those who come later as long as the notice is active."""
        text = encode_event(notice)
        self._notices.pop(notice.kind, None)
        if notice.active:
            self._notices[notice.kind] = text
        for outbox in self._viewers.values():
            outbox.answer(text)

    async def close(self, code: int, patience: float) -> None:
        """Close every viewer; returns when all have gone, or after ``patience`` seconds."""
        if not self._viewers:
            return
        for outbox in self._viewers.values():
            outbox.close(code)
        try:
            await asyncio.wait_for(self._empty.wait(), patience)
        except TimeoutError:
            return
