"""Server-sent events: idle connections that are woken when something changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import APIRouter, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from access import Permission, Principal
from admin_api.deps import CurrentPrincipal, current_principal, needs
from records import reaching, transcripts
from runtime import nudges
from runtime.database import open_session
from runtime.errors import AppError
from runtime.nudges import Nudge

router = APIRouter(prefix="/api/v1", tags=["live"])

RECHECK = 4.0
"""Seconds between looks whether the session still stands; a disabled user is out in five."""
BACKLOG = 200
"""Nudges that may wait for a slow reader; then it is told to load everything anew."""


class Bell:
    """Nudges of interest, waiting for one stream."""

    def __init__(self, wanted: Callable[[Nudge], bool]) -> None:
        self._wanted = wanted
        self._loop = asyncio.get_running_loop()
        self._rung: dict[Nudge, None] = {}
        self._event = asyncio.Event()

    def ring(self, item: Nudge) -> None:
        """Called from whichever thread committed."""
        if self._wanted(item):
            self._loop.call_soon_threadsafe(self._keep, item)

    def _keep(self, item: Nudge) -> None:
        if len(self._rung) < BACKLOG:
            self._rung[item] = None
        self._event.set()

    async def wait(self, seconds: float) -> list[Nudge]:
        """What rang within this time; empty when nothing did."""
        try:
            await asyncio.wait_for(self._event.wait(), seconds)
        except TimeoutError:
            return []
        self._event.clear()
        rung, self._rung = list(self._rung), {}
        return rung


@asynccontextmanager
async def listening(wanted: Callable[[Nudge], bool]) -> AsyncIterator[Bell]:
    """A bell that rings for matching nudges until the block ends."""
    bell = Bell(wanted)
    stop = nudges.listen(bell.ring)
    try:
        yield bell
    finally:
        stop()


class Seen:
    """Which conversations a stream may speak of, and has spoken of.

    One that has left the principal's reach is named once more, so that the page lets go of it.
    """

    def __init__(self) -> None:
        self._known: set[int] = set()

    def begin(self, principal: Principal) -> None:
        """Remember what the page will have loaded."""
        if not reaching.everywhere(principal, Permission.CONVERSATION_READ):
            with open_session(principal.scope, read_only=True) as session:
                self._known = transcripts.reached(session, principal)

    def among(self, principal: Principal, rung: list[Nudge]) -> list[Nudge]:
        """The nudges that this principal may hear."""
        if not rung or reaching.everywhere(principal, Permission.CONVERSATION_READ):
            return rung
        numbers = {item: _conversation(item) for item in rung}
        asked = {number for number in numbers.values() if number is not None}
        with open_session(principal.scope, read_only=True) as session:
            reached = transcripts.reached(session, principal, asked)
        heard = [item for item in rung if numbers[item] in reached | self._known]
        self._known = (self._known - asked) | reached
        return heard


def _conversation(item: Nudge) -> int | None:
    kind, _, number = item.topic.partition("/")
    return int(number) if kind == "conversation" and number.isdigit() else None


@router.get(
    "/live",
    response_class=EventSourceResponse,
    dependencies=[needs(Permission.CONVERSATION_READ)],
)
async def live(request: Request, principal: CurrentPrincipal) -> AsyncIterator[ServerSentEvent]:
    """Which conversations that the caller reaches changed; the page fetches them itself."""
    units = principal.units
    seen = Seen()
    async with listening(lambda item: item.unit_id in units) as bell:
        await run_in_threadpool(seen.begin, principal)
        yield ServerSentEvent(event="hello", data={"units": sorted(units)})
        quiet = 0.0
        while not await request.is_disconnected():
            rung = await bell.wait(RECHECK)
            try:
                current = await run_in_threadpool(current_principal, request)
            except AppError:
                return
            if not current.may(Permission.CONVERSATION_READ):
                return
            units = current.units
            for item in await run_in_threadpool(seen.among, current, rung):
                yield ServerSentEvent(
                    event="change", data={"topic": item.topic, "unit_id": item.unit_id}
                )
            quiet = 0.0 if rung else quiet + RECHECK
            if quiet >= 20:
                quiet = 0.0
                yield ServerSentEvent(comment="still here")
