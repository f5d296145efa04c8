"""Static files: held in memory, gzipped once, under an address that contains a hash of all of them.

All files share one hash, so that the scripts' relative imports stay inside the hashed folder and a
browser may keep every file for ever.
"""

import gzip
import hashlib
import mimetypes
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from app.errors import SkipscopeError

FOR_EVER = "public, max-age=31536000, immutable"
#: media types that are not compressed already
_COMPRESSIBLE = ("text/", "application/javascript", "application/json", "image/svg+xml")
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".woff2": "font/woff2"}


class NoSuchPage(SkipscopeError):
    """There is nothing at this address."""

    code = "not_found"
    status = 404


class Assets:
    """The files of one folder. Looked up in a list of what is there, so no address can lead out of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamp: tuple[tuple[str, int, int], ...] = ()
        self._hash = ""
        self._bodies: dict[str, tuple[bytes, bytes | None]] = {}

    def url(self, path: str) -> str:
        """The address of a file, e.g. ``url("js/lab.js")``."""
        return f"/static/{self.hash()}/{path.lstrip('/')}"

    def hash(self) -> str:
        """Twelve digits that change with any file; files that were edited are read again."""
        files = sorted(path for path in self._folder.rglob("*") if path.is_file())
        stamp = tuple(
            (path.relative_to(self._folder).as_posix(), stat.st_mtime_ns, stat.st_size)
            for path in files
            for stat in (path.stat(),)
        )
        if stamp != self._stamp:
            digest = hashlib.sha256()
            for path in files:
                digest.update(path.relative_to(self._folder).as_posix().encode() + b"\0" + path.read_bytes())
            self._stamp, self._hash, self._bodies = stamp, digest.hexdigest()[:12], {}
        return self._hash

    async def respond(self, request: Request, version: str, path: str) -> Response:
        """The file, gzipped if the browser takes that. Raises ``NoSuchPage``."""
        if path not in self._bodies:
            if not self._stamp or version != self._hash:
                self.hash()
            if all(path != name for name, _, _ in self._stamp):
                raise NoSuchPage("there is no such file")
            self._bodies[path] = await run_in_threadpool(self._read, path)
        plain, packed = self._bodies[path]
        # an address with the hash of an older program gets today's file, but not for ever
        headers = {"Cache-Control": FOR_EVER if version == self._hash else "no-cache", "Vary": "Accept-Encoding"}
        body = plain
        if packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = packed
        return Response(body, media_type=media_type(path), headers=headers)

    def _read(self, path: str) -> tuple[bytes, bytes | None]:
        plain = (self._folder / path).read_bytes()
        compressible = media_type(path).startswith(_COMPRESSIBLE)
        return plain, gzip.compress(plain, 6) if compressible and len(plain) > 500 else None


def media_type(path: str) -> str:
    """The media type of a file by its name; not what the machine's own tables say for scripts and styles."""
    suffix = Path(path).suffix
    return _TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
