"""The HTML pages: a row in ``PAGES``, a template and a module each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import APIRouter, Request
from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from app import __version__
from app.paths import static_dir, templates_dir
from app.runs.service import RunService
from app.web.assets import Assets
from app.web.page_data import atlas_data, first_view, lab_data, trace_data
from app.web.roles import role_of


def script_json(data: object) -> Markup:
    """Data for a ``<script type="application/json">`` block; nothing in it can end the block."""
    text = orjson.dumps(data).decode()
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704


@dataclass(frozen=True, slots=True)
class Page:
    """A page: where it is, what the navigation calls it, its template, the module that runs it, its own styles.

    ``data`` is what its module is given, from the service and the addresses of static files.
    """

    path: str
    title: str
    template: str
    module: str
    styles: tuple[str, ...] = ()
    data: Callable[[RunService, Callable[[str], str]], dict[str, Any]] = lab_data

    @property
    def sheet(self) -> str:
        """The one file in which the page gets all its styles."""
        return f"css/{self.title.lower()}.sheet.css"


#: styles of every page
BASE = tuple(f"css/base/{part}.css" for part in ("tokens", "frame", "controls", "dialogs", "charts"))
PLOTLY = "vendor/plotly-4.1.1.css"
LAB = tuple(f"css/{part}.css" for part in ("lab", "presenter", "phone", "settings", "diagrams"))
TRACE = ("css/trace.css", "css/trace_input.css")

#: all pages, in the order of the navigation
PAGES = (
    Page("/", "Lab", "lab.html", "js/view/pages/lab.js", (*LAB, PLOTLY)),
    Page("/atlas", "Atlas", "atlas.html", "js/view/pages/atlas.js", ("css/atlas.css", PLOTLY), atlas_data),
    Page("/trace", "Trace", "trace.html", "js/view/pages/trace.js", TRACE, trace_data),
)


def router(service: RunService, boot: str) -> APIRouter:
    """The routes of the pages and of the files that they load."""
    routes = APIRouter(include_in_schema=False)
    assets = Assets(static_dir(), {page.sheet: (*BASE, *page.styles) for page in PAGES})
    templates = Environment(loader=FileSystemLoader(templates_dir()), autoescape=select_autoescape())
    templates.filters["script_json"] = script_json
    first = first_view()

    def show(page: Page) -> Callable[[Request], HTMLResponse]:
        def answer(request: Request) -> HTMLResponse:
            static = assets.urls()
            data = {"version": __version__, "boot": boot, "role": role_of(request)} | page.data(service, static)
            text = templates.get_template(page.template).render(
                page=page, pages=PAGES, data=data, first=first, static=static, modules=assets.modules(page.module)
            )
            return HTMLResponse(text, headers={"Cache-Control": "no-cache"})

        return answer

    for page in PAGES:
        routes.add_api_route(page.path, show(page), name=page.title)

    @routes.api_route("/static/{version}/{path:path}", methods=["GET", "HEAD"])
    async def static(request: Request, version: str, path: str) -> Response:
        """A static file."""
        return await assets.respond(request, version, path)

    return routes
