"""The socket on which the server listens."""

import errno
import socket

from app.settings import Settings

#: ports tried after the default one
MORE_PORTS = 20
#: bytes that the system holds for a viewer that does not read, and milliseconds it holds them when we have hung up.
#: Long, for the system counts from when the window was last as wide as a segment, even while bytes get through; as long
#: as a line is open, ``app.web.progress`` cuts it when it stands still
SEND_BUFFER, USER_TIMEOUT = 64 * 1024, 120_000


def listen(settings: Settings) -> socket.socket:
    """A listening socket: on the port that is set, or from the default one on the first that is free.

    Raises:
        OSError: with a sentence, and behind a semicolon what to do.
    """
    first = settings.port
    chosen = "port" in settings.model_fields_set
    ports = [first] if chosen else range(first, first + MORE_PORTS)
    for port in ports:
        try:
            return _bind(settings.host, port)
        except PermissionError:
            raise OSError(f"port {port} needs rights that you do not have; choose one with --port") from None
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                problem = f"cannot listen on {settings.host}: {error.strerror}"
                raise OSError(f"{problem}; choose an address with --host") from None
    raise OSError(f"port {first} is taken; choose another with --port, or --port 0 for any that is free")


def _bind(host: str, port: int) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # connections inherit both: what a viewer that never reads may hold, and for how long
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT)
        listener.bind(address)
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener
