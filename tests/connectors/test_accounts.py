"""Accounts are connected by who may, and their secrets are never shown."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from sqlalchemy import select

from access import Denied, Principal, people
from access.roles import ADMIN, SERVICE
from connectors import accounts
from connectors.channel import ChannelAccount
from connectors.models import AccountRow
from runtime import jobs
from runtime.database import open_session
from runtime.errors import AppError, BadInput, Conflict, NotFound
from runtime.scope import Scope
from tests.connectors.conftest import House, connect

TELEGRAM = {"token": "42:abc", "secret": "s3cret"}


def test_secrets_are_sealed_and_never_listed(house: House, telegram: ChannelAccount) -> None:
    with open_session(house.scope) as session:
        listed = accounts.list_accounts(session, people.system(house.unit_id))
        row = session.scalars(select(AccountRow)).one()
    assert row.secrets_sealed is not None
    assert b"TEST-bot" not in row.secrets_sealed
    assert "TEST-bot" not in str([dataclasses.asdict(item) for item in listed])
    assert listed[0].has_secrets
    assert telegram.secrets == {"token": "42:TEST-bot-token", "secret_token": "s3cret"}
    assert telegram.external_id == "42"


def test_an_account_is_found_by_name_and_by_address(telegram: ChannelAccount) -> None:
    assert accounts.account("telegram-eu").id == telegram.id
    assert accounts.by_endpoint(telegram.endpoint_key).id == telegram.id
    assert len(telegram.endpoint_key) == 32
    with pytest.raises(NotFound):
        accounts.account("telegram-us")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"channel": "fax", "name": "fax"}, "channel"),
        ({"channel": "telegram", "name": "Tele gram", "secrets": TELEGRAM}, "name"),
        ({"channel": "telegram", "name": "t", "secrets": {"token": "42:abc"}}, "secrets"),
        ({"channel": "telegram", "name": "t", "secrets": TELEGRAM | {"token": "abc"}}, "secrets"),
        ({"channel": "telegram", "name": "t", "secrets": TELEGRAM | {"secret": "a b"}}, "secrets"),
        ({"channel": "telegram", "name": "t", "secrets": TELEGRAM | {"pin": "1"}}, "secrets"),
        ({"channel": "whatsapp", "name": "w", "secrets": {"token": "x"}}, "secrets"),
    ],
)
def test_what_is_wrong_with_an_account_is_named(
    house: House, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInput, match=f"^{field}:") as caught:
        connect(house, **given)
    assert "abc" not in str(caught.value)


def test_a_whatsapp_account_needs_its_number(house: House) -> None:
    secrets = {"token": "x", "secret": "y", "verify_token": "z"}
    with pytest.raises(BadInput, match="external_id"):
        connect(house, "whatsapp", "w", secrets=secrets)


def test_names_are_unique_over_all_units(house: House, web: ChannelAccount) -> None:
    with pytest.raises(Conflict):
        connect(house, "web", web.name, unit_id=house.other_unit_id)


def test_only_who_may_changes_channels_and_only_in_own_units(
    house: House, telegram: ChannelAccount
) -> None:
    service = Principal("user/1", "user", SERVICE, frozenset({house.unit_id}))
    stranger = Principal("user/2", "user", ADMIN, frozenset({house.other_unit_id}))
    with open_session(house.scope) as session:
        for act in (
            lambda: accounts.list_accounts(session, service),
            lambda: accounts.replace_secrets(session, service, telegram.id, TELEGRAM),
            lambda: accounts.set_active(session, service, telegram.id, active=False),
            lambda: accounts.add_account(
                session, service, unit_id=house.unit_id, channel="web", name="w"
            ),
        ):
            with pytest.raises(Denied):
                act()
    with open_session(Scope.of(house.other_unit_id)) as session:
        assert accounts.list_accounts(session, stranger) == []
        foreign: list[Any] = [
            lambda: accounts.replace_secrets(session, stranger, telegram.id, TELEGRAM),
            lambda: accounts.set_active(session, stranger, telegram.id, active=False),
            lambda: accounts.add_account(
                session, stranger, unit_id=house.unit_id, channel="web", name="w"
            ),
        ]
        for act in foreign:
            with pytest.raises(AppError) as caught:
                act()
            assert isinstance(caught.value, NotFound)


def test_demo_accounts_can_be_removed_with_what_came_in_over_them(
    house: House, telegram: ChannelAccount
) -> None:
    connect(house, "web", "demo-web", demo=True)
    with open_session(house.scope) as session:
        assert accounts.remove_demo(session) == 1
    with pytest.raises(NotFound):
        accounts.account("demo-web")
    assert accounts.account(telegram.name)


def test_no_secret_is_in_a_job(house: House, telegram: ChannelAccount) -> None:
    with open_session(house.scope, read_only=True) as session:
        rows = session.scalars(select(jobs.JobRow)).all()
    assert [row.args for row in rows] == [{"account_id": telegram.id}]
