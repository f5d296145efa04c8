"""A lecture hall: a server that asks for tokens though it is reached on loopback, and who comes in by which link."""

import contextlib
from collections.abc import Iterator
from typing import Any

from app.contract.roles import Role
from tests.support import PROGRAM, Server, running_server

TOKENS = {Role.LECTURER: "0123456789abcdef012345", Role.STUDENT: "abcdef0123456789abcdef"}
#: where a proxy would answer for it
PUBLIC = "http://hall.example"


@contextlib.contextmanager
def running_hall(program: str = PROGRAM, **settings: Any) -> Iterator[Server]:
    """The server; its ``url`` is that of loopback, without a token."""
    tokens = {"token": TOKENS[Role.LECTURER], "student_token": TOKENS[Role.STUDENT]}
    with running_server(program=program, public_url=PUBLIC, **tokens | settings) as server:
        server.url = f"http://127.0.0.1:{server.read_line('Behind it').split(':')[-1].split()[0]}"
        yield server


def enter(server: Server, role: Role) -> dict[str, str]:
    """The cookie that the link of a role gives, as a header."""
    answer = server.get(f"/?token={TOKENS[role]}")
    return {"Cookie": answer.headers["set-cookie"].split(";")[0]}
