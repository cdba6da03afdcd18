"""Second factors, and a lock that a stranger cannot turn against the owner."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
import time_machine

from access import ReauthRequired, factors, own, sessions, sign_in
from access.sessions import Door, Strength
from access.sign_in import CodeDue, SecondFactorDue
from ledger import entries
from runtime import settings
from runtime.database import now, open_session
from runtime.errors import BadInput, Conflict, NotAllowed, NotFound, NotSignedIn, TooMany
from tests.access.house import BOTH, PASSWORD, acting, settle

ADDRESS = "ada@desk.example"
HOME = "198.51.100.7"


@pytest.fixture
def ada(migrated):
    return acting(
        settle({"ada": ("admin", (1,)), "sam": ("service", (1,)), "max": ("management", (1,))})[
            "ada"
        ]
    )


def enrol(who) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    """Set an app up in a session of its own, a while ago: codes of then are used."""
    with time_machine.travel(now() - timedelta(minutes=5), tick=False):
        token = sessions.open_for(who.number, Strength.PASSWORD, Door(HOME)).token
        fresh = sign_in.by_session(token)
        begun = factors.begin_totp(fresh, "phone")
        app = pyotp.TOTP(begun.secret)
        made = factors.confirm_totp(fresh, token, begun.id, app.at(now()))
    return app, made.codes


def hashes(unit: int = 1) -> int:
    """How many wrong passwords were looked at: each one is in the ledger."""
    with open_session(BOTH) as session:
        return len(entries.of_units(session, [unit], action="session:refuse", limit=2000))


def test_a_thousand_wrong_tries_from_fifty_places(ada):
    app, codes = enrol(ada)
    home = sign_in.sign_in(ADDRESS, PASSWORD, source=HOME, code=app.at(now()))
    refused = 0
    for turn in range(20):
        for place in range(50):
            with pytest.raises((TooMany, NotSignedIn)) as found:
                sign_in.sign_in(ADDRESS, f"guess {turn}", source=f"203.0.113.{place}")
            refused += found.type is TooMany
    assert hashes() <= 10
    assert refused == 1000 - hashes()
    # The owner: at a place of before, with a device of before elsewhere, or with a code anywhere.
    with pytest.raises(SecondFactorDue):
        sign_in.sign_in(ADDRESS, PASSWORD, source=HOME)
    with pytest.raises(SecondFactorDue):
        sign_in.sign_in(ADDRESS, PASSWORD, source="192.0.2.50", device=home.device)
    with pytest.raises(TooMany):
        sign_in.sign_in(ADDRESS, PASSWORD, source="192.0.2.51")
    opened = sign_in.sign_in(ADDRESS, PASSWORD, source="192.0.2.52", code=codes[0])
    assert opened.principal.id == ada.id


def test_one_stranger_alone_locks_nobody_out(ada):
    for _ in range(100):
        with pytest.raises((TooMany, NotSignedIn)):
            sign_in.sign_in(ADDRESS, "guess", source="203.0.113.9")
    assert sign_in.sign_in(ADDRESS, PASSWORD, source="192.0.2.53").principal.id == ada.id


def test_a_device_cookie_is_of_one_account_and_cannot_be_made_up(ada):
    device = sign_in.sign_in(ADDRESS, PASSWORD, source=HOME).device
    from access import devices

    assert devices.is_known(device, ada.number)
    assert not devices.is_known(device, ada.number + 1)
    assert not devices.is_known(device[:-1] + ("0" if device[-1] != "0" else "1"), ada.number)
    assert not devices.is_known("", ada.number)
    with time_machine.travel(now() + timedelta(days=91)):
        assert not devices.is_known(device, ada.number)


def test_a_password_is_not_enough_where_a_factor_is_set_up(ada):
    app, codes = enrol(ada)
    assert len(codes) == 10
    with pytest.raises(SecondFactorDue) as due:
        sign_in.sign_in(ADDRESS, PASSWORD, source=HOME)
    assert due.value.kinds == ("recovery", "totp")
    with pytest.raises(NotAllowed):
        sign_in.second(due.value.ticket, Door(HOME), code="000000")
    opened = sign_in.second(due.value.ticket, Door(HOME), code=app.at(now()))
    assert opened.principal.id == ada.id
    with pytest.raises((NotSignedIn, NotAllowed)):  # neither the ticket nor the code again
        sign_in.second(due.value.ticket, Door(HOME), code=codes[0])


@pytest.mark.parametrize(
    ("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_be_one_step_off(ada, steps, taken):
    app, _ = enrol(ada)
    with time_machine.travel(now(), tick=False):
        code = app.at(now(), counter_offset=steps)
        if taken:
            assert factors.take(ada.number, code, source=HOME) is Strength.TOTP
        else:
            with pytest.raises(NotAllowed):
                factors.take(ada.number, code, source=HOME)


def test_each_code_is_taken_once(ada):
    app, codes = enrol(ada)
    with time_machine.travel(now(), tick=False):
        code, before = app.at(now()), app.at(now(), counter_offset=-1)
        factors.take(ada.number, code, source=HOME)
        for used in (code, before):
            with pytest.raises(NotAllowed):
                factors.take(ada.number, used, source=HOME)
        assert factors.take(ada.number, codes[0].upper(), source=HOME) is Strength.RECOVERY
        with pytest.raises(NotAllowed):
            factors.take(ada.number, codes[0], source=HOME)


def test_guessing_codes_is_slowed_down(ada):
    enrol(ada)
    seen = []
    for place in range(10):
        for guess in range(10):
            with pytest.raises((NotAllowed, TooMany)) as found:
                factors.take(ada.number, f"{guess:06d}", source=f"203.0.113.{place}")
            seen.append(found.type is TooMany)
    assert seen.count(False) <= factors.TRIES_PER_USER


def test_a_role_with_weight_sees_nothing_before_a_factor_is_set_up(ada, configured):
    settings.use(configured.model_copy(update={"second_factor": "required"}))
    token = sign_in.sign_in(ADDRESS, PASSWORD, source=HOME).token
    bare = sign_in.by_session(token)
    assert (bare.role.grants, sessions.must_enrol(token)) == ((), True)
    begun = factors.begin_totp(bare, "phone")
    app = pyotp.TOTP(begun.secret)
    with pytest.raises(BadInput):
        factors.confirm_totp(bare, token, begun.id, "000000")
    made = factors.confirm_totp(bare, token, begun.id, app.at(now()))
    with pytest.raises(NotSignedIn):  # the session goes on under a new token
        sign_in.by_session(token)
    assert sign_in.by_session(made.token).role.grants != ()
    factor = own.account(bare).factors[0]
    with pytest.raises(Conflict, match="another one"):
        factors.remove(sign_in.by_session(made.token), made.token, factor.id)
    sam = sign_in.sign_in("sam@desk.example", PASSWORD, source=HOME)
    assert sam.principal.role.grants != ()


def test_proving_takes_the_factor_too(ada):
    app, _ = enrol(ada)
    token = sign_in.sign_in(ADDRESS, PASSWORD, source=HOME, code=app.at(now())).token
    with pytest.raises(CodeDue):
        sign_in.prove(token, PASSWORD, source=HOME)
    with pytest.raises(NotAllowed):
        sign_in.prove(token, PASSWORD, source=HOME, code="000000")
    with time_machine.travel(now() + timedelta(minutes=20)):
        code = app.at(now())
        assert sign_in.prove(token, PASSWORD, source=HOME, code=code).proved_at is not None


def test_other_sessions_end_when_password_or_factors_change(ada):
    one = sign_in.sign_in(ADDRESS, PASSWORD, source=HOME).token
    two = sign_in.sign_in(ADDRESS, PASSWORD, source=HOME).token
    own.change_password(sign_in.by_session(one), one, "a-very-long-summer-evening")
    with pytest.raises(NotSignedIn):
        sign_in.by_session(two)
    assert sign_in.by_session(one).id == ada.id
    enrol(ada)
    with pytest.raises(NotSignedIn):
        sign_in.by_session(one)
    with pytest.raises(ReauthRequired):
        factors.new_codes(replace(ada, proved_at=None))


def test_sessions_are_listed_and_ended(ada):
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    first = sign_in.sign_in(ADDRESS, PASSWORD, source=HOME, agent=agent).token
    second = sign_in.sign_in(ADDRESS, PASSWORD, source="2001:db8:1:2::").token
    found = sessions.of_user(ada, ada.number, token=second)
    shown = {(item.device, item.network, item.current) for item in found}
    assert shown == {
        ("Firefox on Linux", "198.51.x.x", False), ("Another program", "2001:db8::/32", True)
    }  # fmt: skip
    other = next(item.id for item in found if not item.current)
    with pytest.raises(NotFound):
        sessions.end_one(acting(3), 3, other)
    sessions.end_one(ada, ada.number, other)
    with pytest.raises(NotSignedIn):
        sign_in.by_session(first)
    third = sign_in.sign_in(ADDRESS, PASSWORD, source=HOME).token
    assert sessions.end_others(ada, ada.number, token=third) == 1
    assert sign_in.by_session(third).id == ada.id


def test_how_long_a_session_lives_is_a_setting(ada, configured):
    settings.use(configured.model_copy(update={"session_idle": 5, "session_life": 1}))
    token = sign_in.sign_in(ADDRESS, PASSWORD, source=HOME).token
    with time_machine.travel(now() + timedelta(minutes=6)), pytest.raises(NotSignedIn):
        sign_in.by_session(token)
