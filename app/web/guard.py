"""The guard in front of every route, http and websocket alike: host, origin, token, role, security headers.

Pure ASGI, because Starlette's ``BaseHTTPMiddleware`` does not see websockets.
"""

from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.contract.roles import Role
from app.errors import Forbidden, SkipscopeError, TooManyGuesses
from app.settings import is_loopback
from app.web.guesses import Guesses
from app.web.permissions import check_route
from app.web.tokens import COOKIE, Tokens

#: routes that answer without a token
OPEN_PATHS = frozenset({"/health"})

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
        tokens: one is asked for on every route that is not open; None makes everybody the lecturer (loopback only).
        public: the origin at which a proxy answers for this server: its pages are ours, though the proxy speaks plainly
            to us and may call us by another name.
    """

    def __init__(self, app: ASGIApp, host: str, tokens: Tokens | None, public: str | None = None) -> None:
        self._app, self._host, self._tokens = app, host, tokens
        self._public = frozenset(filter(None, [public]))
        self._guesses = Guesses()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one connection, then hand it on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        send = _with_headers(send)
        try:
            self._check_host_and_origin(scope)
            role, cookie = self._check_token(scope)
            if scope["path"] not in OPEN_PATHS:
                check_route(role, scope)
        except SkipscopeError as error:
            await _refuse(scope, send, error)
            return
        scope["skipscope.role"] = role
        if cookie is None:
            await self._app(scope, receive, send)
        else:
            await _let_in(send, scope["path"], cookie)

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
        return self._tokens is not None or name == self._host or is_loopback(name)

    def _check_token(self, scope: Scope) -> tuple[Role, str | None]:
        """Whose token the visitor shows, and its cookie when it has just shown it in the address; raise if nobody's."""
        if self._tokens is None:
            return Role.LECTURER, None
        if scope["path"] in OPEN_PATHS:
            return Role.STUDENT, None
        host = scope["client"][0] if scope.get("client") else ""
        if not self._guesses.may_try(host):
            raise TooManyGuesses("many wrong tokens came from your address; try again in a few seconds")
        headers = Headers(scope=scope)
        cookie, bearer = _cookie(headers.get("cookie", "")), _bearer(headers.get("authorization", ""))
        shown = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        # programs show the token itself, in no address
        known = self._tokens.role_by_pass(cookie) or self._tokens.role_by_token(bearer)
        entering = self._tokens.role_by_token(shown) if scope["type"] == "http" else None
        if entering is not None:
            # a lecturer who tries the students' link stays the lecturer
            role = Role.LECTURER if Role.LECTURER in (known, entering) else entering
            return role, self._tokens.cookie(role, secure=scope["scheme"] == "https")
        if known is not None:
            return known, None
        for wrong in filter(None, (cookie, bearer, shown)):
            self._guesses.was_wrong(host, wrong)
        raise Forbidden("this page asks for the token that the server printed when it started")


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


async def _let_in(send: Send, path: str, cookie: str) -> None:
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
        (b"set-cookie", cookie.encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    body = f'<!doctype html><title>Skipscope</title><p><a href="{target}">Skipscope</a></p>'.encode()
    await send({"type": "http.response.body", "body": body})
