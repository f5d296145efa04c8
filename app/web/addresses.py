"""Where others reach this server: printed at the start, and shown on the projector with a QR code."""

import io
import logging
import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

import psutil
import segno
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from app import machine
from app.contract.roles import Role
from app.errors import Forbidden, Refused
from app.rooms.room import Room
from app.settings import Settings, is_loopback
from app.web.roles import role_of
from app.web.tokens import Tokens

log = logging.getLogger(__name__)

#: what a server listens on that anybody may reach
ANYWHERE = ("0.0.0.0", "::")  # noqa: S104
#: networks that a machine has with itself: of containers, of virtual machines
INNER = ("br-", "docker", "podman", "veth", "virbr", "vmnet", "vboxnet", "cni", "lxc")
#: an address that is nobody's: asking which interface leads there sends nothing
NOBODY = ("203.0.113.1", 9)

#: answers that hold a link
PRIVATE = {"Cache-Control": "no-store"}

ONLY_HERE = "Only this machine can open this page. For a room, start Skipscope with --host 0.0.0.0."
NO_NETWORK = "This machine is in no network, so nobody else can open this page."
IN_CONTAINER = (
    "In a container Skipscope cannot know this machine's address. For others put that address, or the machine's name, "
    "in the place of localhost; or set SKIPSCOPE_PUBLIC_URL=http://ADDRESS:PORT and start it again."
)


#: how viewers are closed whose link was renewed: with what they have they do not come back
RENEWED = Forbidden.close


def router(settings: Settings, tokens: Tokens | None, room: Room) -> APIRouter:
    """The routes of the addresses."""
    routes = APIRouter(prefix="/api/address")

    def answer(request: Request) -> dict[str, str | None]:
        port = (request.scope.get("server") or ("", settings.port))[1]
        asked_at = f"{request.url.scheme}://{request.headers.get('host', '')}"
        first = next(iter(room_origins(settings, port, asked_at)), None)
        link = link_for(Role.STUDENT, first, tokens) if first else None
        body = {"link": link, "qr": svg(link) if link else None, "words": None if link else why_none(settings)}
        if role_of(request) is Role.STUDENT:
            return body
        return body | {"lecturer": link_for(Role.LECTURER, first, tokens) if first and tokens else None}

    @routes.get("")
    def address(request: Request) -> JSONResponse:
        """The students' link and its QR code as SVG; or, both null, why there is none. The lecturer gets both links."""
        return JSONResponse(answer(request), headers=PRIVATE)

    @routes.post("/{role}")
    def renew(request: Request, role: Role) -> JSONResponse:
        """Make a new link for a role, and tell it. The link before opens nothing any more, and whoever came by it is
        out; who renews the own link gets the cookie of the new one.
        """
        if tokens is None:
            raise Refused("role: on this machine alone nobody needs a link", "role")
        try:
            tokens.renew(role)
        except OSError as error:
            raise Refused(f"role: the new link cannot be kept in the data folder: {error.strerror}", "role") from None
        room.close_role(role, RENEWED)
        log.info("the link of the %s was made anew", role, extra={"facts": {"role": role}})
        response = JSONResponse(answer(request), headers=PRIVATE)
        if role is Role.LECTURER:
            response.headers["set-cookie"] = tokens.cookie(role, secure=request.url.scheme == "https")
        return response

    return routes


def room_origins(settings: Settings, port: int, asked_at: str | None = None) -> list[str]:
    """Where other machines reach this server, the best guess first; empty where nobody can, or it cannot be known.

    Args:
        settings: ``public_url`` goes before every guess.
        port: that the server listens on.
        asked_at: where somebody has just reached it; of use to others unless that is this machine's own name.
    """
    if settings.public_url:
        return [settings.public_url]
    if is_loopback(settings.host):
        return []
    if asked_at and not is_loopback(name := urlsplit(asked_at).hostname or "localhost") and name not in ANYWHERE:
        return [asked_at]
    if settings.host not in ANYWHERE:
        return [origin(settings.host, port)]
    return [] if machine.in_container() else [origin(host, port) for host in interfaces()]


def why_none(settings: Settings) -> str:
    """Why there is no address for others."""
    if is_loopback(settings.host):
        return ONLY_HERE
    return IN_CONTAINER if machine.in_container() else NO_NETWORK


def interfaces() -> list[str]:
    """The addresses of this machine in its networks, that of the way to the Internet first."""
    states = psutil.net_if_stats()
    found = [
        entry.address
        for name, entries in psutil.net_if_addrs().items()
        if not name.startswith(INNER) and (name not in states or states[name].isup)
        for entry in entries
        if entry.family == socket.AF_INET and _is_of_use(entry.address)
    ]
    first = _way_out()
    return sorted(dict.fromkeys(found), key=lambda host: host != first)


def _is_of_use(host: str) -> bool:
    address = ip_address(host)
    return not (address.is_loopback or address.is_link_local or address.is_unspecified)


def _way_out() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(NOBODY)
        except OSError:  # a hotspot without the Internet
            return None
        host: str = probe.getsockname()[0]
        return host


def origin(host: str, port: int) -> str:
    """An address without path and token."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def link_for(role: Role, origin: str, tokens: Tokens | None) -> str:
    """The link that lets somebody in, in a role."""
    return f"{origin}/?token={tokens[role]}" if tokens else origin


def all_origins(settings: Settings, port: int) -> list[str]:
    """Where the server is reached: by other machines, or by this one alone."""
    own = origin("localhost" if settings.host in ANYWHERE else settings.host, port)
    return room_origins(settings, port) or [own]


def own_link(settings: Settings, port: int, tokens: Tokens | None) -> str:
    """The link for whoever started the server."""
    return link_for(Role.LECTURER, all_origins(settings, port)[0], tokens)


def announcement(settings: Settings, port: int, tokens: Tokens | None, encoding: str = "utf-8") -> list[str]:
    """The lines printed at the start: both links, every address, and the QR code of the students' link."""
    lines = [f"Skipscope is at {own_link(settings, port, tokens)}"]
    if tokens is None:
        return lines
    origins = room_origins(settings, port)
    lines.append("This link controls it. Students come in by theirs, see everything and change nothing:")
    lines += [f"    {link_for(Role.STUDENT, one, tokens)}" for one in all_origins(settings, port)]
    if settings.public_url:
        lines.append(f"Behind it {origin(settings.host, port)} answers.")
    if origins:
        return [*lines, *blocks(link_for(Role.STUDENT, origins[0], tokens), encoding)]
    return lines if is_loopback(settings.host) else [*lines, why_none(settings)]


def svg(link: str) -> str:
    """A QR code as SVG: dark on light with its margin, so that it is read on a dark page, too."""
    out = io.BytesIO()
    segno.make(link, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, omitsize=True, light="#fff", dark="#000", nl=False
    )
    return out.getvalue().decode()


def blocks(link: str, encoding: str) -> list[str]:
    """A QR code as lines of text, for a terminal with light letters on dark; none where it cannot print them."""
    out = io.StringIO()
    segno.make(link, error="l", micro=False).terminal(out, border=2, compact=True)
    try:
        out.getvalue().encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return []
    return out.getvalue().splitlines()
