"""How often a message waits for the disk: every writing commit is one wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, event

from connectors import inbox
from connectors.channel import ChannelAccount
from runtime import jobs
from tests.connectors.conftest import House, answer, encode, run_all, said
from tests.connectors.samples import SECRET, update
from tests.fakes.client import Fakes


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The writing commits of the block."""
    found: list[str] = []

    def commit(connection: Connection) -> None:
        if not connection.get_execution_options().get("read_only"):
            found.append("commit")

    event.listen(engine, "commit", commit)
    yield found
    event.remove(engine, "commit", commit)


def test_a_message_costs_few_commits_on_its_way_in_and_out(
    db: Engine, house: House, asked: ChannelAccount, fakes: Fakes
) -> None:
    jobs.drain(0)
    with counted(db) as stored:
        inbox.accept(asked.endpoint_key, SECRET, encode(update(2, "Again")))
    with counted(db) as received:
        run_all()
    assert said(house) == ["Hello", "Again"]
    assert len(stored) == 1
    assert len(received) == 4  # two jobs: each is claimed, and ends with what it writes
    answer(house, "One")
    with counted(db) as sent:
        run_all()
    assert fakes.replies("telegram", "42", "5") == ["One"]
    assert len(sent) == 3  # claimed, the intent, the outcome
