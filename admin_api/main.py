"""The web application."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError, StatementError
from starlette.concurrency import run_in_threadpool

import ledger
from access import Denied
from admin_api import (
    approvals,
    audit,
    channels,
    contacts,
    conversations,
    deps,
    guardrails,
    guardrails_playground,
    guardrails_receipts,
    health,
    help_centre,
    identities,
    knowledge,
    knowledge_ask,
    knowledge_cases,
    knowledge_documents,
    knowledge_gaps,
    knowledge_releases,
    live,
    pages,
    people,
    session,
    webhooks,
    widget,
)
from admin_api.bodies import BoundedBodies
from admin_api.wiring import connect_parts, disconnect_parts, warm_up
from runtime import jobs, nudges
from runtime.database import open_session
from runtime.errors import AppError, TooMany, Unavailable
from runtime.workers import Workers

log = structlog.get_logger(__name__)

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN_TO_OTHER_ORIGINS = ("/webhooks/", "/widget/")
"""No cookies are read there: platforms sign, visitors carry a token."""


def create_app(embedded_workers: int = 0) -> FastAPI:
    """Build the application; `embedded_workers` run jobs in this process."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(connect_parts)
        await run_in_threadpool(jobs.schedule_periodic)
        if embedded_workers:
            warm_up()
        others = nudges.CrossProcess()
        others.start()
        workers = Workers(embedded_workers)
        workers.start()
        yield
        await run_in_threadpool(workers.stop)
        others.stop()
        await run_in_threadpool(disconnect_parts)

    app = FastAPI(
        title="Frontdesk",
        version="0.1.0",
        summary="An AI employee for customer conversations that you can audit",
        lifespan=lifespan,
        # FastAPI's own telemetry would record exception messages, and they may quote people.
        telemetry={"logs": False, "operation_spans": False},
        # Its own pages load scripts from elsewhere; ours is `pages.docs`.
        docs_url=None,
        redoc_url=None,
    )
    for module in (
        session,
        conversations,
        contacts,
        identities,
        people,
        approvals,
        knowledge,
        knowledge_ask,
        knowledge_cases,
        knowledge_documents,
        knowledge_gaps,
        knowledge_releases,
        guardrails,
        guardrails_playground,
        guardrails_receipts,
        channels,
        audit,
        live,
        health,
        webhooks,
        widget,
        help_centre,
        pages,
    ):
        deps.describe(module.router)
        app.include_router(module.router)
    pages.mount_files(app)
    app.add_middleware(BoundedBodies)
    app.middleware("http")(_guard)
    app.add_exception_handler(AppError, _on_app_error)
    app.add_exception_handler(SQLAlchemyError, _on_database_error)
    app.add_exception_handler(RequestValidationError, _on_bad_request)
    app.add_exception_handler(Exception, _on_bug)
    return app


async def _guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Refuse writes from other sites, and say to browsers what a page may do."""
    if request.method not in SAFE and not request.url.path.startswith(OPEN_TO_OTHER_ORIGINS):
        refusal = _cross_site(request)
        if refusal is not None:
            return refusal
    state = request.state  # one state with the route, which may say who else can read the answer
    response = await call_next(request)
    response.headers.update(getattr(state, "cors", {}))
    return _with_headers(request, response)


def _with_headers(request: Request, response: Response) -> Response:
    for name, value in pages.HEADERS.items():
        response.headers.setdefault(name, value)
    if request.url.path.startswith(("/api/", "/widget/")):
        response.headers.setdefault("cache-control", "no-store")
    return response


def _cross_site(request: Request) -> JSONResponse | None:
    if request.headers.get("authorization", "").startswith("Bearer "):
        return None  # a token is not sent by a browser on its own
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site == "same-origin" or (
        origin is not None and urlsplit(origin).netloc == request.headers.get("host")
    ):
        return None
    return _answer("NotAllowed", "this request did not come from our own pages", 403)


def _answer(error: str, detail: str, status: int) -> JSONResponse:
    return JSONResponse({"error": error, "detail": detail}, status_code=status)


async def _on_app_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, AppError):
        return await _on_bug(request, error)
    if isinstance(error, Denied):
        await run_in_threadpool(_record_refusal, request, error)
    response = _answer(type(error).__name__, error.message, error.status)
    if isinstance(error, TooMany):
        response.headers["retry-after"] = str(error.retry_after)
    if isinstance(error, Unavailable):
        response.headers["retry-after"] = "5"
    return response


def _record_refusal(request: Request, error: Denied) -> None:
    """A refusal is an act too; it is written in a transaction of its own."""
    route = request.scope.get("route")
    template = getattr(route, "path", "unknown")
    principal = error.principal
    with open_session(principal.scope) as opened:
        for unit in principal.units:
            ledger.record(
                opened,
                principal.id,
                "refused",
                f"{request.method} {template}"[:80],
                unit_id=unit,
                permission=str(error.permission),
            )


async def _on_database_error(_request: Request, error: Exception) -> JSONResponse:
    """What was given, what somebody else did first, or the database itself is at fault."""
    if isinstance(error, IntegrityError):
        return _answer("Conflict", "this is there already, or what it belongs to is gone", 409)
    given = isinstance(error, StatementError) and not isinstance(error, DBAPIError)
    if given or isinstance(error, DataError):
        return _answer("BadInput", "a value is out of range, or a text cannot be stored", 422)
    log.error("database.failed", exc_info=error)
    return _answer("Unavailable", "the database cannot be used right now", 503)


async def _on_bad_request(request: Request, error: Exception) -> Response:
    """Name the field and the fault, never the value."""
    if not isinstance(error, RequestValidationError):
        return await _on_bug(request, error)
    faults = "; ".join(
        # The names of unknown fields are the caller's: not all that long.
        f"{'.'.join(str(part)[:60] for part in fault['loc'][1:6]) or 'body'}: {fault['msg']}"
        for fault in error.errors()[:8]
    )
    return _answer("BadInput", faults, 422)


async def _on_bug(request: Request, error: Exception) -> Response:
    number = secrets.token_hex(4)
    log.error("request.failed", request=number, exc_info=error)
    # This answer is made outside of the guard, which adds the headers to all others.
    answer = _answer("Error", f"something went wrong here (number {number})", 500)
    return _with_headers(request, answer)
