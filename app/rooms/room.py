"""The room: all viewers of this server, and what everybody must know."""

import asyncio
from typing import NamedTuple

from app.contract.events import Notice, encode_event
from app.contract.roles import Role
from app.ids import ViewerId
from app.rooms.outbox import Outbox


class _Viewer(NamedTuple):
    outbox: Outbox
    role: Role


class Room:
    """Everybody who is connected."""

    def __init__(self) -> None:
        self._viewers: dict[ViewerId, _Viewer] = {}
        self._notices: dict[str, str] = {}
        self._empty = asyncio.Event()

    def __len__(self) -> int:
        return len(self._viewers)

    def enter(self, viewer: ViewerId, outbox: Outbox, role: Role) -> None:
        """A viewer has come: tell it what holds at present."""
        self._viewers[viewer] = _Viewer(outbox, role)
        self._empty.clear()
        for text in self._notices.values():
            outbox.answer(text)

    def leave(self, viewer: ViewerId) -> None:
        """A viewer has gone."""
        self._viewers.pop(viewer).outbox.leave()
        if not self._viewers:
            self._empty.set()

    def announce(self, notice: Notice) -> None:
        """Tell everybody, and those who come later as long as the notice is active."""
        text = encode_event(notice)
        self._notices.pop(notice.kind, None)
        if notice.active:
            self._notices[notice.kind] = text
        self.tell(text)

    def tell(self, text: str) -> None:
        """Send everybody a message."""
        for viewer in self._viewers.values():
            viewer.outbox.answer(text)

    def close_role(self, role: Role, code: int) -> None:
        """Close all viewers of a role."""
        for viewer in self._viewers.values():
            if viewer.role is role:
                viewer.outbox.close(code)

    async def close(self, code: int, patience: float) -> None:
        """Close every viewer; returns when all have gone, or after ``patience`` seconds."""
        if not self._viewers:
            return
        for viewer in self._viewers.values():
            viewer.outbox.close(code)
        try:
            await asyncio.wait_for(self._empty.wait(), patience)
        except TimeoutError:
            return
