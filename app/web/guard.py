"""The guard in front of every route, http and websocket alike: host, origin, token, security headers.

Pure ASGI, because Starlette's ``BaseHTTPMiddleware`` does not see websockets.
"""

import hashlib
import secrets
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import Forbidden, SkipscopeError, TooManyGuesses
from app.settings import is_loopback
from app.web.guesses import Guesses

#: routes that answer without a token
OPEN_PATHS = frozenset({"/health"})
COOKIE = "skipscope"

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """Lets pass what may pass.

    Args:
        app: what is behind the guard.
        host: the address that the server listens on.
        token: asked for on every route that is not open; None lets everybody in (loopback only).
        public: the origin at which a proxy answers for this server: its pages are ours, though the proxy speaks plainly
            to us and may call us by another name.
    """

    def __init__(self, app: ASGIApp, host: str, token: str | None, public: str | None = None) -> None:
        self._app, self._host, self._token = app, host, token
        self._public = frozenset(filter(None, [public]))
        # the cookie holds a digest: any token makes a legal cookie, and a stolen cookie does not tell the token
        self._pass = hashlib.sha256(f"skipscope {token}".encode()).hexdigest()
        self._guesses = Guesses()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one connection, then hand it on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        send = _with_headers(send)
        try:
            self._check_host_and_origin(scope)
            entrance = self._check_token(scope)
        except SkipscopeError as error:
            await _refuse(scope, send, error)
            return
        if entrance is None:
            await self._app(scope, receive, send)
        else:
            await _let_in(send, *entrance, secure=scope["scheme"] == "https")

    def _check_host_and_origin(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._knows(host):
            raise Forbidden(f"this server is not called {host[:80]!r}; use the address that it printed")
        origin = headers.get("origin")
        scheme = {"ws": "http", "wss": "https"}.get(scope["scheme"], scope["scheme"])
        if origin is None and scope["type"] == "http":
            return  # browsers send none when they read; only they can be made to send what they do not mean
        reads = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        if origin not in {f"{scheme}://{host}", *self._public} and not reads:
            raise Forbidden("the request comes from another site")

    def _knows(self, host: str) -> bool:
        """Whether the Host header can mean us. Beyond loopback the token decides, so any plain name will do."""
        try:
            parts = urlsplit(f"//{host}")
            name, _ = parts.hostname or "", parts.port
        except ValueError:
            return False
        if not name or parts.netloc != host or "@" in host:
            return False
        return self._token is not None or name == self._host or is_loopback(name)

    def _check_token(self, scope: Scope) -> tuple[str, str] | None:
        """Raise unless the visitor may come in; (path, cookie) when it has just shown the token in the address."""
        if self._token is None or scope["path"] in OPEN_PATHS:
            return None
        host = scope["client"][0] if scope.get("client") else ""
        if not self._guesses.may_try(host):
            raise TooManyGuesses("many wrong tokens came from your address; try again in a few seconds")
        headers = Headers(scope=scope)
        cookie, bearer = _cookie(headers.get("cookie", "")), _bearer(headers.get("authorization", ""))
        if _same(cookie, self._pass) or _same(bearer, self._token):  # programs show the token itself, in no address
            return None
        shown = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if scope["type"] == "http" and _same(shown, self._token):
            return scope["path"], self._pass
        for wrong in filter(None, (cookie, bearer, shown)):
            self._guesses.was_wrong(host, wrong)
        raise Forbidden("this page asks for the token that the server printed when it started")


def _same(shown: str, token: str) -> bool:
    return secrets.compare_digest(shown.encode(), token.encode())


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _cookie(header: str) -> str:
    try:
        morsel = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers


async def _refuse(scope: Scope, send: Send, error: SkipscopeError) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": error.close})  # before accept: a plain 403
        return
    headers = [(b"content-type", b"application/json")]
    if error.retry_after is not None:
        headers.append((b"retry-after", str(error.retry_after).encode()))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": orjson.dumps(error.body())})


async def _let_in(send: Send, path: str, cookie: str, secure: bool) -> None:
    """Set the cookie and go to the same page without the token.

    Not a 303: browsers leave out a SameSite=Strict cookie on a redirect that began on another site (a link
    in a mail or a chat), and the visitor would be refused. A refresh begins here.
    """
    target = path if path.startswith("/") and not path.startswith("//") else "/"
    target = "".join(c for c in target if c.isalnum() or c in "/-_.") if target.isascii() else "/"
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"refresh", f"0; url={target}".encode()),
        (b"set-cookie", f"{COOKIE}={cookie}; HttpOnly; SameSite=Strict; Path=/{'; Secure' * secure}".encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    body = f'<!doctype html><title>Skipscope</title><p><a href="{target}">Skipscope</a></p>'.encode()
    await send({"type": "http.response.body", "body": body})
