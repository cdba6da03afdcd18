"""The web chat's own protocol: events to the visitor, posts from the visitor."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from access import limits, people
from admin_api import help_centre
from admin_api.deps import open_to, source_of
from admin_api.live import listening
from admin_api.schemas import Body
from connectors import web
from connectors.accounts import account
from connectors.channel import ChannelAccount
from records import transcripts
from runtime.database import open_session
from runtime.errors import AppError, NotAllowed, NotFound, NotSignedIn
from runtime.nudges import Nudge
from runtime.scope import NOBODY, Scope

router = APIRouter(prefix="/widget", tags=["widget"])

VISITORS = open_to("visitors: their token opens their own conversation only")
COMMENT_EVERY = 20.0
RECHECK = 4.0
"""Seconds between looks whether the account is still on: its streams end within five."""
STREAMS_PER_VISITOR = 3
LAST = 2**31 - 1
"""The highest place of a message in a conversation."""
MINUTE = timedelta(minutes=1)

_streams: dict[tuple[int, str], int] = {}


class StartIn(Body):
    visitor_token: str | None = Field(None, max_length=400)
    identity_token: str | None = Field(None, max_length=4000)
    """A token with which the site that shows the chat says who its visitor is."""


class SayIn(Body):
    client_id: str = Field(pattern=r"^[A-Za-z0-9-]{8,64}$")
    text: str = Field(min_length=1, max_length=5000)


class ReadIn(Body):
    seq: int = Field(ge=0, le=LAST)


def _allowed(name: str, request: Request) -> ChannelAccount:
    """The web account, if the page that asks may use it. Raises `NotFound`, `NotAllowed`.

    From here on that page may read the answer, also a refusal.
    """
    found = account(name)
    if found.channel != "web":
        raise NotFound("no such chat")
    origin = request.headers.get("origin")
    own = f"{request.url.scheme}://{request.headers.get('host')}"
    if origin is None or origin == own:
        return found
    if origin not in found.settings.get("allowed_origins", ()):
        raise NotAllowed("this page may not use this chat: add its origin to the account")
    request.state.cors = _cors(origin)
    return found


def _cors(origin: str) -> dict[str, str]:
    return {
        "access-control-allow-origin": origin,
        "access-control-allow-headers": "authorization, content-type, last-event-id",
        "access-control-allow-methods": "GET, POST",
        "access-control-max-age": "600",
        "vary": "Origin",
    }


def _visitor(found: ChannelAccount, request: Request) -> str:
    """The visitor behind the bearer token. Raises `NotSignedIn`."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise NotSignedIn("start a chat first")
    return web.visitor_of(found, token.strip())


def _chatting(name: str, request: Request) -> tuple[ChannelAccount, str]:
    """The account and the visitor: known before an answer begins. Raises as the above do."""
    found = _allowed(name, request)
    return found, _visitor(found, request)


def _one_stream_more(
    chat: Annotated[tuple[ChannelAccount, str], Depends(_chatting)],
) -> tuple[ChannelAccount, str]:
    if _streams.get((chat[0].id, chat[1]), 0) >= STREAMS_PER_VISITOR:
        raise NotAllowed("this chat is open in too many places")
    return chat


Chat = Annotated[tuple[ChannelAccount, str], Depends(_chatting)]
Stream = Annotated[tuple[ChannelAccount, str], Depends(_one_stream_more)]
Place = Annotated[int, Query(ge=0, le=LAST)]


@router.options("/{name}/{rest:path}", dependencies=[VISITORS], include_in_schema=False)
def preflight(name: str, rest: str, request: Request) -> None:  # noqa: ARG001
    """Whether another site's page may use this chat."""
    _allowed(name, request)


@router.post("/{name}/session", dependencies=[VISITORS])
def start(name: str, body: StartIn, request: Request) -> dict[str, Any]:
    """Open a chat, or go on with the one the token is for."""
    found = _allowed(name, request)
    if body.identity_token:
        token = web.start_signed(found, body.identity_token, source=source_of(request))
    else:
        token = web.start(found, body.visitor_token, source=source_of(request))
    with open_session(NOBODY, read_only=True) as session:
        assistant_id = people.assistant_of_unit(session, found.unit_id)
        assistant = people.assistant(session, assistant_id) if assistant_id else None
        unit = people.units(session, [found.unit_id])[0]
    return {
        "visitor_token": token,
        "title": unit.title,
        "assistant_name": assistant.name if assistant else "",
        "languages": list(assistant.languages if assistant else unit.languages),
    }


def _state(found: ChannelAccount, visitor: str) -> dict[str, Any]:
    conversation_id = web.conversation_of(found, visitor)
    empty = {"assignee": "none", "assignee_name": "", "closed": False, "typing": False}
    if conversation_id is None:
        return {**empty, "conversation_id": None}
    with open_session(Scope.of(found.unit_id), read_only=True) as session:
        view = transcripts.contacts_state(session, conversation_id)
    return {
        "conversation_id": conversation_id,
        "assignee": view.assignee,
        "assignee_name": view.assignee_name,
        "closed": view.closed,
        "typing": view.waiting and view.assignee == "assistant",
    }


def _messages(
    found: ChannelAccount, conversation_id: int, after: int, request: Request
) -> list[dict[str, Any]]:
    with open_session(Scope.of(found.unit_id), read_only=True) as session:
        rows = transcripts.contacts_view(session, conversation_id, after=after)
    return [
        {
            "id": row.id,
            "seq": row.seq,
            "author": row.author,
            "author_name": row.author_name,
            "text": row.text,
            "sources": help_centre.cited(found.unit_id, row.sources, request),
            "status": row.status,
            "client_id": row.client_id,
            "at": row.at.isoformat(),
        }
        for row in rows
    ]


@router.get("/{name}/messages", dependencies=[VISITORS])
async def poll(
    chat: Chat,
    request: Request,
    after: Place = 0,
    wait: Annotated[float, Query(ge=0, le=25)] = 0,
) -> dict[str, Any]:
    """Messages after this place; waits for one if asked to (the fallback for streams)."""
    found, visitor = chat
    async with listening(lambda item: item.unit_id == found.unit_id) as bell:
        ends = asyncio.get_running_loop().time() + wait
        while True:
            state = await run_in_threadpool(_state, found, visitor)
            conversation_id = state["conversation_id"]
            rows = (
                await run_in_threadpool(_messages, found, conversation_id, after, request)
                if conversation_id
                else []
            )
            left = ends - asyncio.get_running_loop().time()
            if rows or left <= 0:
                last = rows[-1]["seq"] if rows else after
                return {"messages": rows, "last": last, **state}
            await bell.wait(left)


@router.get("/{name}/events", response_class=EventSourceResponse, dependencies=[VISITORS])
async def events(
    request: Request, chat: Stream, after: Place = 0
) -> AsyncIterator[ServerSentEvent]:
    """The visitor's conversation as it happens, resumed after `Last-Event-ID` or `after`."""
    found, visitor = chat
    resumed = request.headers.get("last-event-id", "")[:10]
    last = min(LAST, max(after, int(resumed) if resumed.isdecimal() else 0))
    key = (found.id, visitor)
    _streams[key] = _streams.get(key, 0) + 1
    try:
        async for event in _follow(found, visitor, request, last):
            yield event
    finally:
        _streams[key] -= 1
        if not _streams[key]:
            del _streams[key]


async def _follow(
    found: ChannelAccount, visitor: str, request: Request, last: int
) -> AsyncIterator[ServerSentEvent]:
    known: dict[str, Any] | None = None
    topics: set[str] = set()

    def mine(item: Nudge) -> bool:
        # Until the first message there is no conversation to wait for by name.
        return item.unit_id == found.unit_id and (not topics or item.topic in topics)

    quiet = 0.0
    changed = True
    async with listening(mine) as bell:
        while not await request.is_disconnected():
            if changed:
                state = await run_in_threadpool(_state, found, visitor)
                conversation_id = state["conversation_id"]
                if conversation_id:
                    # A closed conversation may be followed by a new one.
                    topics = set() if state["closed"] else {f"conversation/{conversation_id}"}
                    rows = await run_in_threadpool(_messages, found, conversation_id, last, request)
                    for row in rows:
                        last = row["seq"]
                        yield ServerSentEvent(event="message", id=str(last), data=row)
                if state != known:
                    known = state
                    yield ServerSentEvent(event="state", data=state)
            changed = bool(await bell.wait(RECHECK))
            if not await run_in_threadpool(_still_on, found):
                return
            quiet = 0.0 if changed else quiet + RECHECK
            if quiet >= COMMENT_EVERY:
                # A look without a nudge, too: one from another process may be lost.
                quiet, changed = 0.0, True
                yield ServerSentEvent(comment="still here")


def _still_on(found: ChannelAccount) -> bool:
    try:
        return account(found.name).id == found.id
    except AppError:
        return False


@router.post("/{name}/messages", status_code=202, dependencies=[VISITORS])
def say(name: str, body: SayIn, request: Request) -> dict[str, str]:
    """A message of the visitor. The same `client_id` again is acknowledged and changes nothing."""
    found = _allowed(name, request)
    visitor = _visitor(found, request)
    web.say(found, visitor, body.client_id, body.text, source=source_of(request))
    return {"client_id": body.client_id}


@router.post("/{name}/typing", status_code=204, dependencies=[VISITORS])
def typing(name: str, request: Request) -> None:
    """The visitor is writing: an answer in preparation may wait a little."""
    found = _allowed(name, request)
    limits.count("typing", _visitor(found, request), most=60, within=MINUTE)


@router.post("/{name}/read", status_code=204, dependencies=[VISITORS])
def read(name: str, body: ReadIn, request: Request) -> None:
    """The visitor has seen everything up to this place."""
    found = _allowed(name, request)
    web.mark_read(found, _visitor(found, request), body.seq)
