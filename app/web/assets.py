"""Static files: held in memory, compressed once, under an address that contains a hash of all of them.

All files share one hash, so that the scripts' relative imports stay inside the hashed folder and a
browser may keep every file for ever.
"""

import gzip
import hashlib
import mimetypes
import posixpath
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from app.errors import SkipscopeError

FOR_EVER = "public, max-age=31536000, immutable"
#: media types that are not compressed already
_COMPRESSIBLE = ("text/", "application/javascript", "application/json", "image/svg+xml")
#: the address in ``import … from "…"``, ``export … from "…"`` and ``import "…"``, which all begin a statement
_IMPORT = re.compile(r"""(?:^|;)[ \t]*(?:import|export)\b(?:[^"';]*?\bfrom\b)?\s*["'](\.[^"']*)["']""", re.MULTILINE)
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".woff2": "font/woff2"}


class NoSuchPage(SkipscopeError):
    """There is nothing at this address."""

    code = "not_found"
    status = 404


class Assets:
    """The files of one folder. Looked up in a list of what is there, so no address can lead out of it.

    Args:
        folder: where they lie.
        sheets: style sheets that are several files, in their order: one request for what the first paint waits for.
    """

    def __init__(self, folder: Path, sheets: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self._folder = folder
        self._sheets = sheets or {}
        self._stamp: tuple[tuple[str, int, int], ...] = ()
        self._hash = ""
        self._bodies: dict[str, dict[str, bytes]] = {}
        self._modules: dict[tuple[str, ...], tuple[str, ...]] = {}

    def url(self, path: str) -> str:
        """The address of a file, e.g. ``url("js/lab.js")``."""
        return self.urls()(path)

    def urls(self) -> Callable[[str], str]:
        """What gives the addresses of many files; whether files were edited is looked up once."""
        return f"/static/{self.hash()}/{{}}".format

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
            self._stamp, self._hash, self._bodies, self._modules = stamp, digest.hexdigest()[:12], {}, {}
        return self._hash

    def modules(self, *entries: str) -> tuple[str, ...]:
        """These modules and all that they import, directly or not, nearest first.

        Only ``import`` and ``export … from`` with relative addresses are followed; a module that the page loads by
        ``import(…)`` is an entry, too. A file that is not there is left for the browser to complain of.
        """
        self.hash()
        if entries not in self._modules:
            there = [name for name, _, _ in self._stamp]
            found = list(entries)
            for module in found:  # it grows meanwhile
                for address in _IMPORT.findall((self._folder / module).read_text(encoding="utf-8")):
                    imported = posixpath.normpath(posixpath.join(posixpath.dirname(module), address))
                    if imported in there and imported not in found:
                        found.append(imported)
            self._modules[entries] = tuple(found)
        return self._modules[entries]

    async def respond(self, request: Request, version: str, path: str) -> Response:
        """The file, compressed as the browser takes it. Raises ``NoSuchPage``."""
        if path not in self._bodies:
            if not self._stamp or version != self._hash:
                self.hash()
            if path not in self._sheets and all(path != name for name, _, _ in self._stamp):
                raise NoSuchPage("there is no such file")
            self._bodies[path] = await run_in_threadpool(self._read, path)
        bodies = self._bodies[path]
        # an address with the hash of an older program gets today's file, but not for ever
        headers = {"Cache-Control": FOR_EVER if version == self._hash else "no-cache", "Vary": "Accept-Encoding"}
        accepted = {part.split(";")[0].strip() for part in request.headers.get("accept-encoding", "").split(",")}
        encoding = next((name for name in ("br", "gzip") if name in accepted and name in bodies), "")
        if encoding:
            headers["Content-Encoding"] = encoding
        return Response(bodies[encoding], media_type=media_type(path), headers=headers)

    def _read(self, path: str) -> dict[str, bytes]:
        """The file by content encoding: as it is, gzipped, and as the brotli file that lies beside it, if one does."""
        file = self._folder / path
        parts = [self._folder / part for part in self._sheets.get(path, (path,))]
        bodies = {"": b"\n".join(part.read_bytes() for part in parts)}
        if media_type(path).startswith(_COMPRESSIBLE) and len(bodies[""]) > 500:
            bodies["gzip"] = gzip.compress(bodies[""], 6)
        brotli = file.with_name(f"{file.name}.br")
        if brotli.is_file():
            bodies["br"] = brotli.read_bytes()
        return bodies


def media_type(path: str) -> str:
    """The media type of a file by its name; not what the machine's own tables say for scripts and styles."""
    suffix = Path(path).suffix
    return _TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
