"""The browser's side: static files and the pages that load them."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from access import people
from admin_api.deps import open_to
from runtime.database import open_session
from runtime.scope import NOBODY

WEB = Path(__file__).resolve().parent.parent / "web"

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
    "strict-transport-security": "max-age=31536000",
}

router = APIRouter(include_in_schema=False)


@router.get("/", dependencies=[open_to("visitors")])
def home() -> Response:
    """The demo shop while there is demo data, else the desk."""
    with open_session(NOBODY, read_only=True) as session:
        demo = people.has_demo(session)
    return FileResponse(WEB / "demo" / "index.html") if demo else RedirectResponse("/desk/")


@router.get("/desk/", dependencies=[open_to("everybody: the page holds no data")])
def desk() -> FileResponse:
    """The desk's page; what it shows it fetches as the person who is signed in."""
    return FileResponse(WEB / "desk" / "index.html")


@router.get("/desk", dependencies=[open_to("everybody")])
def desk_without_slash() -> RedirectResponse:
    return RedirectResponse("/desk/")


@router.get("/console/", dependencies=[open_to("everybody: the page holds no data")])
def console() -> FileResponse:
    """The console's page: for who looks after the house and not after conversations."""
    return FileResponse(WEB / "console" / "index.html")


@router.get("/console", dependencies=[open_to("everybody")])
def console_without_slash() -> RedirectResponse:
    return RedirectResponse("/console/")


@router.get("/docs", dependencies=[open_to("everybody: the API's description")])
def docs() -> FileResponse:
    """The API's reference."""
    return FileResponse(WEB / "docs" / "index.html")


class _Embeddable(StaticFiles):
    """The widget's script is loaded by other sites' pages."""

    def file_response(self, *args: object, **options: object) -> Response:
        response = super().file_response(*args, **options)  # type: ignore[arg-type] # passed on
        response.headers["access-control-allow-origin"] = "*"
        response.headers["cross-origin-resource-policy"] = "cross-origin"
        return response


def mount_files(app: FastAPI) -> None:
    """Serve the folders of `web/` that hold browser code, and nothing else of it."""
    app.mount("/web/widget", _Embeddable(directory=WEB / "widget"), name="widget-files")
    for folder in ("desk", "console", "demo", "docs", "help", "vendor"):
        app.mount(f"/web/{folder}", StaticFiles(directory=WEB / folder), name=f"{folder}-files")
