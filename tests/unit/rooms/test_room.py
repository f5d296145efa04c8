"""The room: what everybody must know, and how it closes."""

import asyncio

import orjson
import pytest

from app.contract.events import Notice
from app.contract.roles import Role
from app.ids import ViewerId
from app.rooms.outbox import Closed, Outbox
from app.rooms.room import Room
from tests.patience import run


def test_a_notice_reaches_those_who_are_there_and_those_who_come_while_it_holds() -> None:
    async def test() -> None:
        heard: dict[str, list[bool]] = {"early": [], "late": [], "last": []}
        room = Room()
        pumps = []

        def enter(name: str) -> None:
            async def send(texts: tuple[str, ...]) -> None:
                heard[name].extend(orjson.loads(text)["active"] for text in texts)

            outbox = Outbox()
            room.enter(ViewerId(name), outbox, Role.STUDENT)
            pumps.append(asyncio.create_task(outbox.pump(send)))

        enter("early")
        room.announce(Notice("storage", "full", True))
        enter("late")
        room.announce(Notice("storage", "goes on", False))
        enter("last")
        for _ in range(10):
            await asyncio.sleep(0)
        assert heard == {"early": [True, False], "late": [True, False], "last": []}
        for pump in pumps:
            pump.cancel()

    asyncio.run(test())


def test_closing_asks_everybody_to_go_and_does_not_wait_for_ever() -> None:
    async def test() -> None:
        room = Room()
        outbox = Outbox()
        room.enter(ViewerId("v1"), outbox, Role.LECTURER)
        await room.close(4000, patience=0.05)

        async def send(texts: tuple[str, ...]) -> None:
            raise AssertionError("nothing is sent any more")

        with pytest.raises(Closed) as closed:
            await outbox.pump(send)
        assert closed.value.code == 4000
        room.leave(ViewerId("v1"))
        assert len(room) == 0
        await room.close(4000, patience=0.05)

    run(test)


def test_those_of_one_role_are_closed_and_the_others_stay() -> None:
    async def test() -> None:
        room = Room()
        ends: dict[str, Outbox] = {}
        for name, role in (("v1", Role.LECTURER), ("v2", Role.STUDENT), ("v3", Role.STUDENT)):
            room.enter(ViewerId(name), ends.setdefault(name, Outbox()), role)
        room.close_role(Role.STUDENT, 4503)
        room.announce(Notice("storage", "full", True))

        async def send(texts: tuple[str, ...]) -> None:
            raise asyncio.CancelledError

        for name, end in (("v1", asyncio.CancelledError), ("v2", Closed), ("v3", Closed)):
            with pytest.raises(end):
                await ends[name].pump(send)

    run(test)
