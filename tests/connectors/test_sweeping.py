"""What has served its purpose goes; what nobody could read stays."""

from __future__ import annotations

from datetime import datetime, timedelta

import time_machine
from sqlalchemy import select

from connectors import inbox
from connectors.channel import ChannelAccount
from connectors.models import EventRow, InboxRow
from runtime import jobs
from runtime.database import now, open_session
from tests.connectors.conftest import House, report, run_all, said
from tests.connectors.samples import SECRET, change, encode, message, update


def sweep_at(moment: datetime) -> None:
    with time_machine.travel(moment.timestamp()):
        jobs.schedule_periodic()
        run_all()


def test_an_edit_whose_message_never_came_is_let_go_after_a_day(
    house: House, whatsapp: ChannelAccount
) -> None:
    edit = {
        "original_message_id": "wamid.never",
        "message": {"type": "text", "text": {"body": "Better"}},
    }
    report(whatsapp, change(message("e", type="edit", edit=edit)))
    sweep_at(now() + timedelta(hours=23))
    with open_session(house.scope, read_only=True) as session:
        assert session.scalars(select(EventRow.state)).all() == ["waiting"]
    sweep_at(now() + timedelta(hours=25))
    with open_session(house.scope, read_only=True) as session:
        (row,) = session.scalars(select(EventRow)).all()
    assert (row.state, row.reason, row.payload_sealed) == ("done", "no_target", None)


def test_a_month_old_deliveries_go_and_messages_stay(
    house: House, telegram: ChannelAccount
) -> None:
    inbox.accept(telegram.endpoint_key, SECRET, encode(update(1)))
    inbox.accept(telegram.endpoint_key, SECRET, b"{")
    run_all()
    sweep_at(now() + timedelta(days=31))
    with open_session(house.scope, read_only=True) as session:
        assert session.scalars(select(EventRow.id)).all() == []
        assert session.scalars(select(InboxRow.state)).all() == ["unparsable"]
    assert said(house) == ["Hello"]
