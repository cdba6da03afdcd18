"""The side of the fake that tests hold: what users do, what goes wrong, what was seen."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import asdict
from typing import Any, Literal

import httpx2
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from tests.fakes.graph import Graph, Number, sign
from tests.fakes.telegram import Telegram
from tests.fakes.wire import post
from tests.fakes.world import Fault, World

Channel = Literal["telegram", "whatsapp"]


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewBot(_Given):
    token: str
    username: str = "fake_bot"


class NewNumber(_Given):
    id: str
    token: str
    app_secret: str
    verify_token: str = "verify"
    webhook: str = ""


class NumberChange(_Given):
    webhook: str | None = None
    statuses: list[str] | None = None
    window_error: Literal["answer", "status"] | None = None
    pair_seconds: float | None = None
    per_second: int | None = None
    bucket_status: Literal[403, 429] | None = None


class Words(_Given):
    channel: Channel
    account: str
    user: str
    text: str = ""
    name: str = "Robin Example"
    raw: dict[str, Any] | None = None
    hide_phone: bool = False


class NewFault(_Given):
    channel: Channel
    method: str
    action: Literal["answer", "throttle", "drop", "reset", "slow"]
    times: int = 1
    account: str | None = None
    user: str | None = None
    status: int = 500
    body: dict[str, Any] | None = None
    seconds: float = 0.0


class DeliveryChange(_Given):
    duplicate: int | None = None
    forge: bool | None = None
    hold: bool | None = None


class Release(_Given):
    account: str
    shuffle: bool = False
    batch: int = 1


class RawPost(_Given):
    channel: Channel
    account: str
    body_b64: str
    signature: Literal["good", "wrong", "none"] = "good"
    headers: dict[str, str] = {}


def router(world: World, bots: Telegram, numbers: Graph) -> APIRouter:
    """Everything under `/_ctl`."""
    routes = APIRouter()
    _accounts(routes, bots, numbers)
    _acts(routes, world, bots, numbers)
    _views(routes, world, bots)
    return routes


def _accounts(routes: APIRouter, bots: Telegram, numbers: Graph) -> None:
    @routes.post("/telegram/bots")
    async def add_bot(given: NewBot) -> dict[str, Any]:
        bot = bots.add_bot(given.token, given.username)
        return {"id": str(bot.id)}

    @routes.post("/telegram/bots/{account}/revoke")
    async def revoke(account: str) -> None:
        bots.bots.pop(bots.find(account).token)

    @routes.post("/telegram/bots/{account}/block/{user}")
    async def block(account: str, user: str) -> None:
        bots.find(account).blocked.add(user)

    @routes.post("/whatsapp/numbers")
    async def add_number(given: NewNumber) -> None:
        numbers.numbers[given.id] = Number(**given.model_dump())

    @routes.patch("/whatsapp/numbers/{account}")
    async def change_number(account: str, given: NumberChange) -> None:
        for name, value in given.model_dump(exclude_none=True).items():
            setattr(numbers.numbers[account], name, value)

    @routes.post("/whatsapp/numbers/{account}/handshake")
    async def handshake(account: str, token: str) -> bool:
        return await numbers.handshake(account, token)


def _acts(routes: APIRouter, world: World, bots: Telegram, numbers: Graph) -> None:
    @routes.post("/say")
    async def say(given: Words) -> dict[str, Any]:
        if given.channel == "telegram":
            return bots.say(given.account, given.user, given.text, given.name, given.raw)
        return numbers.say(
            given.account, given.user, given.text, given.name, given.raw, given.hide_phone
        )

    @routes.post("/fault")
    async def fault(given: NewFault) -> None:
        world.faults.append(Fault(**given.model_dump()))

    @routes.delete("/fault")
    async def heal() -> None:
        world.faults.clear()

    @routes.post("/reset")
    async def reset() -> None:
        world.reset()
        bots.bots.clear()
        numbers.numbers.clear()

    @routes.post("/deliver")
    async def deliver(given: DeliveryChange) -> None:
        for name, value in given.model_dump(exclude_none=True).items():
            setattr(world.delivery, name, value)

    @routes.post("/release")
    async def release(given: Release) -> None:
        numbers.release(given.account, shuffle=given.shuffle, batch=given.batch)

    @routes.post("/clock")
    async def advance(seconds: float) -> None:
        world.clock.advance(seconds)

    @routes.post("/post")
    async def post_raw(given: RawPost) -> dict[str, Any]:
        answer = await _post(world, bots, numbers, given)
        if answer is None:
            return {"status": 0, "body": ""}
        return {"status": answer.status_code, "body": answer.text}


async def _post(
    world: World, bots: Telegram, numbers: Graph, given: RawPost
) -> httpx2.Response | None:
    body = base64.b64decode(given.body_b64)
    headers = {"content-type": "application/json", **given.headers}
    if given.channel == "telegram":
        bot = bots.find(given.account)
        url, client = bot.webhook, bots.client
        if given.signature != "none":
            secret = str(bot.secret) if given.signature == "good" else "wrong"
            headers["X-Telegram-Bot-Api-Secret-Token"] = secret
    else:
        number = numbers.numbers[given.account]
        url, client = number.webhook, numbers.client
        if given.signature != "none":
            secret = number.app_secret if given.signature == "good" else "wrong"
            headers["X-Hub-Signature-256"] = sign(secret, body)
    return await post(
        world, client, url, body, headers,
        channel=given.channel, account=given.account, event="raw",
    )  # fmt: skip


def _views(routes: APIRouter, world: World, bots: Telegram) -> None:
    @routes.get("/calls")
    async def calls(channel: str | None = None, method: str | None = None) -> list[dict[str, Any]]:
        return [
            asdict(call)
            for call in world.calls
            if channel in (None, call.channel) and method in (None, call.method)
        ]

    @routes.get("/attempts")
    async def attempts() -> list[dict[str, Any]]:
        return [asdict(attempt) for attempt in world.attempts]

    @routes.get("/screen")
    async def screen(channel: str, account: str, user: str) -> list[dict[str, Any]]:
        return world.screen(channel, account, user)

    @routes.get("/violations")
    async def violations() -> list[str]:
        return world.violations

    @routes.get("/pending")
    async def pending() -> int:
        """Webhooks and updates that nobody has taken yet."""
        await asyncio.sleep(0)
        return sum(len(bot.pending) for bot in bots.bots.values()) + len(world.tasks)
