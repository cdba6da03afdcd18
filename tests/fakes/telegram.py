"""Telegram's Bot API, as much of it as a customer conversation needs."""

from __future__ import annotations

import asyncio
import random
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx2
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fakes.telegram_rules import SENDS, Refusal, check_parameters, check_text
from tests.fakes.wire import cut, post, read_parameters
from tests.fakes.world import Call, Fault, World

CHANNEL = "telegram"
DAY = 86400.0
PORTS = (443, 80, 88, 8443)
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


@dataclass(slots=True)
class Update:
    """One event for a bot. Updates of one chat and kind form a queue of their own."""

    body: dict[str, Any]
    chat: str
    kind: str
    born: float

    @property
    def id(self) -> int:
        return int(self.body["update_id"])


@dataclass(slots=True)
class Bot:
    id: int
    token: str
    username: str
    next_update: int = 1000
    next_message: int = 1
    chats: set[str] = field(default_factory=set)
    blocked: set[str] = field(default_factory=set)
    pending: list[Update] = field(default_factory=list)
    webhook: str = ""
    secret: str | None = None
    allowed: list[str] = field(default_factory=list)
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(40))
    connections: int = 40
    busy: set[tuple[str, str]] = field(default_factory=set)
    poll: asyncio.Event | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)
    throttled_until: float = 0.0
    last_error: dict[str, Any] = field(default_factory=dict)


class Telegram:
    """All bots of this world."""

    def __init__(self, world: World, client: httpx2.AsyncClient) -> None:
        self.world = world
        self.client = client
        self.bots: dict[str, Bot] = {}

    def add_bot(self, token: str, username: str) -> Bot:
        bot = Bot(int(token.partition(":")[0]), token, username)
        self.bots[token] = bot
        return bot

    def find(self, account: str) -> Bot:
        """By id, user name or token."""
        for bot in self.bots.values():
            if account in (str(bot.id), bot.username, bot.token):
                return bot
        raise KeyError(account)

    # -- what users do ---------------------------------------------------------------------

    def say(
        self, account: str, user: str, text: str, name: str, raw: dict[str, Any] | None
    ) -> dict[str, Any]:
        """A user writes (or does what `raw`, a recorded update, says). Returns the update."""
        bot = self.find(account)
        bot.next_update += 1
        bot.next_message += 1
        person = {"id": int(user), "is_bot": False, "first_name": name, "language_code": "en"}
        at = self.world.clock.now()
        message = {
            "message_id": bot.next_message,
            "from": person,
            "chat": {"id": int(user), "first_name": name, "type": "private"},
            "date": int(at),
            "text": text,
        }
        body = {**(raw or {"message": message}), "update_id": bot.next_update}
        kind = next((key for key in body if key != "update_id"), "")
        inner = body.get(kind) if isinstance(body.get(kind), dict) else {}
        chat = str(((inner or {}).get("chat") or {}).get("id", user))
        bot.chats.add(chat)
        bot.blocked.discard(chat)
        if raw is None:
            self.world.show(CHANNEL, str(bot.id), chat, "user", text=text, id=str(bot.next_message))
        if bot.allowed and kind not in bot.allowed:
            return body
        bot.pending.append(Update(body, chat, kind, at))
        self._wake(bot)
        return body

    def _wake(self, bot: Bot) -> None:
        bot.news.set()
        bot.news = asyncio.Event()
        if not bot.webhook:
            return
        for update in bot.pending:
            queue = (update.chat, update.kind)
            if queue not in bot.busy:
                bot.busy.add(queue)
                self.world.spawn(self._serve_queue(bot, queue))

    async def _serve_queue(self, bot: Bot, queue: tuple[str, str]) -> None:
        """Strictly one after the other: the next update only after a 2xx for this one."""
        url, failures = bot.webhook, 0
        try:
            while bot.webhook and bot.webhook == url:
                first = next((u for u in bot.pending if (u.chat, u.kind) == queue), None)
                if first is None:
                    return
                if self.world.clock.now() - first.born > DAY:
                    bot.pending.remove(first)
                    continue
                async with bot.slots:
                    wait = await self._deliver(bot, first)
                if wait is None:
                    failures = 0
                    continue
                failures += 1
                # at once, then 2, 4, 8 ... up to one or two minutes
                pause = wait or (0 if failures == 1 else min(2 ** (failures - 1), 90))
                await self.world.clock.sleep(pause if pause < 60 else random.uniform(60, 120))
        finally:
            bot.busy.discard(queue)

    async def _deliver(self, bot: Bot, update: Update) -> float | None:
        """None when it was taken; else how long the product asked us to wait (0: not said)."""
        for _ in range(max(1, self.world.delivery.duplicate)):
            answer = await self.send_webhook(bot, update.body, update.kind)
            if answer is None or not answer.is_success:
                status = answer.status_code if answer is not None else 0
                bot.last_error = {
                    "last_error_date": int(self.world.clock.now()),
                    "last_error_message": f"Wrong response from the webhook: {status}",
                }
                asked = answer.headers.get("retry-after", "0") if answer is not None else "0"
                return min(float(asked), 3600.0) if asked.isdecimal() else 0.0
        if update in bot.pending:
            bot.pending.remove(update)
        return None

    async def send_webhook(
        self, bot: Bot, body: dict[str, Any] | bytes, kind: str
    ) -> httpx2.Response | None:
        headers = {"content-type": "application/json"}
        secret = bot.secret
        if self.world.delivery.forge:
            secret = "forged"
        if secret is not None:
            headers["X-Telegram-Bot-Api-Secret-Token"] = secret
        content = body if isinstance(body, bytes) else JSONResponse(body).body
        return await post(
            self.world,
            self.client,
            bot.webhook,
            bytes(content),
            headers,
            channel=CHANNEL,
            account=str(bot.id),
            event=kind,
        )

    # -- what bots do ----------------------------------------------------------------------

    async def call(self, request: Request, token: str, method: str) -> Response:
        bot = self.bots.get(token)
        if bot is None:
            return refuse(Refusal(401, "Unauthorized"))
        try:
            given = await read_parameters(request)
        except ValueError:
            return refuse(Refusal(400, "Bad Request: can't parse the request body"))
        user = str(given["chat_id"]) if "chat_id" in given else None
        call = self.world.received(CHANNEL, str(bot.id), method, given)
        fault = self.world.fault_for(call, user)
        try:
            self._before(bot, call, fault)
            if fault and fault.action == "drop":
                call.verdict = "dropped"
                request.scope["was_cut"] = True
                return cut(request)
            result = await self._perform(bot, call, method, given)
        except Refusal as refusal:
            call.verdict = f"refused {refusal.code}"
            return refuse(refusal)
        call.verdict = "accepted"
        if fault and fault.action == "reset":
            request.scope["was_cut"] = True
            return cut(request)
        if fault and fault.action == "slow":
            await asyncio.sleep(fault.seconds)
        return JSONResponse({"ok": True, "result": result})

    def _before(self, bot: Bot, call: Call, fault: Fault | None) -> None:
        at = self.world.clock.now()
        if fault and fault.action == "throttle":
            bot.throttled_until = at + fault.seconds
        if call.method.lower() in SENDS and at < bot.throttled_until:
            seconds = max(1, round(bot.throttled_until - at))
            raise Refusal(
                429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds}
            )
        if fault and fault.action == "answer":
            given = fault.body or {}
            raise Refusal(
                fault.status, given.get("description", "Internal Server Error"),
                given.get("parameters"),
            )  # fmt: skip

    async def _perform(self, bot: Bot, call: Call, method: str, given: dict[str, Any]) -> Any:
        name, unknown = check_parameters(method, given)
        self.world.violations += [f"telegram {name}: no parameter {key}" for key in unknown]
        match name:
            case "getMe":
                return {
                    "id": bot.id, "is_bot": True, "first_name": bot.username,
                    "username": bot.username, "can_join_groups": True,
                    "can_read_all_group_messages": False, "supports_inline_queries": False,
                }  # fmt: skip
            case "setWebhook":
                return self._set_webhook(bot, given)
            case "deleteWebhook":
                bot.webhook, bot.secret = "", None
                if given.get("drop_pending_updates"):
                    bot.pending.clear()
                return True
            case "getWebhookInfo":
                return {
                    "url": bot.webhook, "has_custom_certificate": False,
                    "pending_update_count": len(bot.pending),
                    "max_connections": bot.connections, "allowed_updates": bot.allowed,
                    **bot.last_error,
                }  # fmt: skip
            case "getUpdates":
                return await self._get_updates(bot, given)
            case "sendChatAction":
                self._chat(bot, given)
                return True
            case _:
                return self._send(bot, given)

    def _set_webhook(self, bot: Bot, given: dict[str, Any]) -> bool:
        url = str(given["url"])
        parts = urlsplit(url)
        local = parts.hostname in ("127.0.0.1", "localhost")
        if url and not local:
            if parts.scheme != "https":
                raise Refusal(400, "Bad Request: bad webhook: HTTPS URL must be provided")
            if (parts.port or 443) not in PORTS:
                raise Refusal(
                    400, "Bad Request: bad webhook: Webhook can be set up only on ports "
                    "80, 88, 443 or 8443",
                )  # fmt: skip
        secret = given.get("secret_token")
        if secret is not None and not _SECRET.fullmatch(str(secret)):
            raise Refusal(400, "Bad Request: secret token contains unallowed characters")
        if given.get("drop_pending_updates"):
            bot.pending.clear()
        bot.webhook, bot.secret = url, secret
        bot.allowed = list(given.get("allowed_updates") or [])
        bot.connections = int(given.get("max_connections") or 40)
        bot.slots = asyncio.Semaphore(bot.connections)
        bot.last_error = {}
        if bot.poll:
            bot.poll.set()
        self._wake(bot)
        return True

    async def _get_updates(self, bot: Bot, given: dict[str, Any]) -> list[dict[str, Any]]:
        if bot.webhook:
            raise Refusal(
                409, "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )  # fmt: skip
        if bot.poll:
            bot.poll.set()  # the older request ends with 409
        stop = bot.poll = asyncio.Event()
        if "allowed_updates" in given:
            bot.allowed = list(given["allowed_updates"] or [])
        offset, limit = int(given.get("offset") or 0), int(given.get("limit") or 100)
        if offset < 0:
            bot.pending = bot.pending[offset:]
        else:
            bot.pending = [update for update in bot.pending if update.id >= offset]
        until = asyncio.get_running_loop().time() + min(float(given.get("timeout") or 0), 50)
        try:
            while not bot.pending:
                left = until - asyncio.get_running_loop().time()
                if left <= 0:
                    break
                await _first_of(stop, bot.news, left)
                if stop.is_set():
                    break
            if stop.is_set():
                raise Refusal(
                    409, "Conflict: terminated by other getUpdates request; make sure that "
                    "only one bot instance is running",
                )  # fmt: skip
        finally:
            if bot.poll is stop:
                bot.poll = None
        return [update.body for update in bot.pending[: max(1, min(limit, 100))]]

    def _chat(self, bot: Bot, given: dict[str, Any]) -> str:
        chat = str(given["chat_id"])
        if chat not in bot.chats:
            raise Refusal(400, "Bad Request: chat not found")
        if chat in bot.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        return chat

    def _send(self, bot: Bot, given: dict[str, Any]) -> dict[str, Any]:
        chat = self._chat(bot, given)
        text = check_text(given)
        bot.next_message += 1
        shown = str(bot.next_message)
        self.world.show(CHANNEL, str(bot.id), chat, "business", text=text, id=shown)
        return {
            "message_id": bot.next_message,
            "from": {"id": bot.id, "is_bot": True, "first_name": bot.username},
            "chat": {"id": int(chat), "type": "private"},
            "date": int(self.world.clock.now()),
            "text": text,
        }


async def _first_of(one: asyncio.Event, other: asyncio.Event, seconds: float) -> None:
    waits = [asyncio.ensure_future(one.wait()), asyncio.ensure_future(other.wait())]
    await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


def refuse(refusal: Refusal) -> JSONResponse:
    body = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    if refusal.parameters:
        body["parameters"] = refusal.parameters
    return JSONResponse(body, status_code=refusal.code)


def router(telegram: Telegram) -> APIRouter:
    """`/bot{token}/{method}`, GET and POST."""
    routes = APIRouter()

    @routes.api_route("/bot{token}/{method}", methods=["GET", "POST"])
    async def call(request: Request, token: str, method: str) -> Response:
        return await telegram.call(request, token, method)

    return routes
