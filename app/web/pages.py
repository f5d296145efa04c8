"""The HTML pages."""

import orjson
from fastapi import APIRouter, Request
from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from app import __version__
from app.paths import static_dir, templates_dir
from app.web.api import limits, presets
from app.web.assets import Assets


def script_json(data: object) -> Markup:
    """Data for a ``<script type="application/json">`` block; nothing in it can end the block."""
    text = orjson.dumps(data).decode()
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704


def router(boot: str) -> APIRouter:
    """The routes of the pages and of the files that they load."""
    pages = APIRouter(include_in_schema=False)
    assets = Assets(static_dir())
    templates = Environment(loader=FileSystemLoader(templates_dir()), autoescape=select_autoescape())
    templates.filters["script_json"] = script_json

    @pages.get("/")
    def lab() -> HTMLResponse:
        """The Lab."""
        page = templates.get_template("lab.html").render(
            version=__version__, presets=presets(), limits=limits(), boot=boot, static=assets.url
        )
        return HTMLResponse(page, headers={"Cache-Control": "no-cache"})

    @pages.api_route("/static/{version}/{path:path}", methods=["GET", "HEAD"])
    async def static(request: Request, version: str, path: str) -> Response:
        """A static file."""
        return await assets.respond(request, version, path)

    return pages
