"""The port, the address for others, and proxies."""

import http.client
import json
from typing import Any

import psutil

from app.doctor.finding import Found, ok, problem, warning
from app.settings import Settings, is_loopback
from app.web.addresses import ANYWHERE, room_origins, why_none
from app.web.listening import listen

#: seconds that a server on the wanted port has to say what it is
ANSWER_SECONDS = 3


def port(settings: Settings) -> Found:
    """Whether the server may listen where it is told to, and else who does."""
    wanted = settings.port
    try:
        with listen(settings) as listener:
            free = listener.getsockname()[1]
    except OSError as error:
        words, _, advice = str(error).partition("; ")
        if " is taken" not in words:
            return problem("port", words, advice)
        running = skipscope_at(settings.host, wanted)
        words += f" by {holder(wanted, running)}"
        if running is not None:
            return warning("port", words, "use the one that runs, or choose another port with --port")
        return problem("port", words, advice)
    if wanted not in (0, free):
        who = holder(wanted, skipscope_at(settings.host, wanted))
        return warning("port", f"port {wanted} is taken by {who}; {free} is free", "the server will take that one")
    return ok("port", f"{settings.host} port {free} is free")


def holder(number: int, running: dict[str, Any] | None) -> str:
    """Who listens on a port, as far as the system tells.

    Args:
        number: of the port.
        running: what a Skipscope there says of its health, None if it is something else.
    """
    program = f"Skipscope {running['version']}" if running else "a program"
    try:
        owners = {
            line.pid
            for line in psutil.net_connections("tcp")
            if line.status == psutil.CONN_LISTEN and line.laddr.port == number and line.pid
        }
        process = psutil.Process(min(owners))
        return f"{program if running else process.name()} (process {process.pid})"
    except (psutil.Error, OSError, ValueError):
        return f"{program} whose process you may not see"


def skipscope_at(host: str, number: int) -> dict[str, Any] | None:
    """What a Skipscope at an address says of its health; None where there is none."""
    line = http.client.HTTPConnection("localhost" if host in ANYWHERE else host, number, timeout=ANSWER_SECONDS)
    try:
        line.request("GET", "/health")
        said = json.loads(line.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        line.close()
    return said if isinstance(said, dict) and {"boot", "version", "workers"} <= said.keys() else None


def address(settings: Settings) -> Found:
    """What would be printed for others."""
    origins = room_origins(settings, settings.port)
    if origins:
        return ok("address", f"others open {', '.join(origins)}")
    why = why_none(settings)
    if is_loopback(settings.host):
        return ok("address", why)
    words, _, advice = why.partition(". ")
    return warning("address", f"{words}.", advice or "join a network, or switch the hotspot on")


def proxies(settings: Settings) -> Found:
    """Whether what is set for a proxy in front belongs together."""
    public, trusted = settings.public_url, settings.trusted_proxies
    if trusted and not public:
        return warning(
            "proxies",
            f"{trusted} may say which address a visitor has, but a page behind it may give no commands",
            "set SKIPSCOPE_PUBLIC_URL to the address at which the proxy answers",
        )
    if public and public.startswith("https:") and not trusted:
        return warning(
            "proxies",
            "to the server all visitors of the proxy have one address: whoever guesses tokens slows the others down",
            "set SKIPSCOPE_TRUSTED_PROXIES to the proxy's address",
        )
    return ok("proxies", f"{trusted} in front, at {public}" if trusted else "none is named")
