"""The live websocket: commands in, events out. Decodes, hands over, and never drops a socket over bad input."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from app import __version__
from app.analyses.registry import parse_question
from app.contract.commands import (
    Analyse,
    CancelAnalysis,
    Command,
    Ping,
    RunCommand,
    Start,
    Subscribe,
    Unsubscribe,
    decode_command,
)
from app.contract.events import PROTOCOL, Error, Pong, Position, Started, Welcome, encode_event
from app.contract.roles import Role
from app.errors import Busy, MalformedMessage, SkipscopeError
from app.ids import ViewerId, new_viewer_id
from app.rooms.outbox import Closed, Outbox
from app.rooms.room import Room
from app.rooms.tally import Tally
from app.runs.analysis_service import AnalysisService
from app.runs.service import RunService
from app.web.errors import Unexpected
from app.web.live_line import CLOSE_PATIENCE, CUT, SEND
from app.web.permissions import check_command
from app.web.roles import role_of

log = logging.getLogger(__name__)


class Live:
    """The endpoint of ``/live``.

    Args:
        service, analyses, room: what commands go to, and who is there.
        boot: name of this life of the server.
        tally: counts what is sent.
        most_students: past so many viewers no student comes in, and is asked to come again.
    """

    def __init__(
        self, service: RunService, analyses: AnalysisService, room: Room, boot: str, tally: Tally, most_students: int
    ) -> None:
        self._service, self._analyses, self._room, self._boot = service, analyses, room, boot
        self._tally, self._most_students = tally, most_students

    async def __call__(self, socket: WebSocket) -> None:
        """Serve one viewer until it leaves, or must go."""
        viewer, role, outbox = new_viewer_id(), role_of(socket), Outbox(self._tally)
        if role is Role.STUDENT and len(self._room) >= self._most_students:
            await socket.close(Busy.close)
            return
        await socket.accept()
        outbox.answer(encode_event(Welcome(PROTOCOL, __version__, viewer, self._boot, self._service.active)))
        self._room.enter(viewer, outbox, role)
        code: int | None = None
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(outbox.pump(_sender(socket)), name=f"pump-{viewer}")
                tasks.create_task(self._listen(socket, viewer, role, outbox), name=f"listen-{viewer}")
        except* Closed as closed:
            code = next(error.code for error in closed.exceptions if isinstance(error, Closed))
        except* WebSocketDisconnect:
            pass  # it left
        finally:
            if code is not None:
                await _close(socket, code)
            self._room.leave(viewer)

    async def _listen(self, socket: WebSocket, viewer: ViewerId, role: Role, outbox: Outbox) -> None:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message.get("code", 1000))
            text = message.get("text")
            try:
                if text is None:
                    raise MalformedMessage("the message is binary; commands are JSON text")
                command = decode_command(text)
                check_command(role, command)
                await self._obey(command, viewer, outbox)
            except SkipscopeError as error:
                if isinstance(error, MalformedMessage):
                    log.warning("viewer %s: %s", viewer, error)
                outbox.answer(encode_event(Error(error.code, str(error), error.field, request_of(text))))
            except Exception:
                log.exception("viewer %s: a command broke", viewer)
                broken = Unexpected("something broke in the server; its log says what")
                outbox.answer(encode_event(Error(broken.code, str(broken), None, request_of(text))))

    async def _obey(self, command: Command, viewer: ViewerId, outbox: Outbox) -> None:
        """Carry out one command; raises ``SkipscopeError`` when it is refused."""
        match command:
            case Start(experiment=experiment, paused=paused, request=request):
                outbox.check_room()
                run = self._service.start(experiment, paused)
                outbox.answer(encode_event(Started(request), run.id))
                outbox.follow(run)
            case Subscribe(run=run_id, epoch=epoch, seq=seq):
                position = None if epoch is None or seq is None else Position(epoch, seq)
                outbox.follow(await self._service.find(run_id), position)
            case Unsubscribe(run=run_id):
                outbox.unfollow(run_id)
            case Ping(request=request):
                outbox.answer(encode_event(Pong(request)))
            case Analyse(run=run_id, question=data, step=step):
                question = parse_question(data, "question")
                self._analyses.ask(await self._service.find(run_id), question, step)
            case CancelAnalysis(run=run_id, analysis=analysis):
                self._analyses.cancel(run_id, analysis)
            case RunCommand():
                self._service.control(command, viewer)


def request_of(text: str | None) -> str | None:
    """The ``request`` of a message that was refused, if it has a usable one."""
    try:
        data: Any = orjson.loads(text or "")
    except orjson.JSONDecodeError:
        return None
    request = data.get("request") if isinstance(data, dict) else None
    return request if isinstance(request, str) and len(request) <= 80 else None


async def _close(socket: WebSocket, code: int) -> None:
    """Close with a code of ours; cut the connection when that does not come through."""
    with contextlib.suppress(RuntimeError, TimeoutError, WebSocketDisconnect):
        async with asyncio.timeout(CLOSE_PATIENCE):
            await socket.close(code)
            # read on, or the other side's answer would wait behind what it has sent before
            while (await socket.receive())["type"] != "websocket.disconnect":
                pass
            return
    if cut := socket.scope.get("extensions", {}).get(CUT):
        cut()


def _sender(socket: WebSocket) -> Callable[[tuple[str, ...]], Awaitable[None]]:
    """What sends messages: in one piece where the line can do that."""

    async def send(texts: tuple[str, ...]) -> None:
        for text in texts:
            await socket.send_text(text)

    sender: Callable[[tuple[str, ...]], Awaitable[None]] = socket.scope.get("extensions", {}).get(SEND, send)
    return sender
