"""Signing in elsewhere: only the right token opens a session; each wrong one is refused."""

from __future__ import annotations

import base64
import json
import time

import pytest
from joserfc.jwk import OctKey
from pydantic import SecretStr

from access import oidc, sign_in
from access.models import ExternalIdentity
from access.oidc import NotLinked
from access.oidc_tokens import WrongToken
from access.sessions import Door
from access.sign_in import SecondFactorDue
from runtime import settings
from runtime.database import open_session
from runtime.errors import NotSignedIn
from runtime.scope import NOBODY
from tests.access.house import acting, settle
from tests.access.test_signing_in import enrol
from tests.fakes import oidc as fake

HOME = Door("198.51.100.7")


@pytest.fixture
def provider(migrated, configured):
    with fake.running() as found:
        settings.use(
            configured.model_copy(
                update={
                    "oidc_issuer": found.issuer, "oidc_client_id": found.client_id,
                    "oidc_client_secret": SecretStr(found.client_secret),
                    "public_url": "https://desk.example",
                }
            )
        )  # fmt: skip
        oidc.forget()
        yield found
        oidc.forget()


@pytest.fixture
def ada(provider):
    who = acting(settle({"ada": ("admin", (1,))})["ada"])
    with open_session(NOBODY) as session:
        session.add(
            ExternalIdentity(user_id=who.number, issuer=provider.issuer, subject="subject-7")
        )
    return who


def come(provider, **changed: str):
    begun = oidc.begin()
    back = provider.authorize(begun.address) | changed
    return oidc.finish(begun.cookie, back["state"], back["code"], HOME)


def test_a_linked_person_comes_in(provider, ada):
    assert come(provider).principal.id == ada.id


def test_a_stranger_of_the_provider_does_not_also_not_with_a_known_address(provider, ada):
    provider.subject = "subject-8"
    provider.claims = {"email": "ada@desk.example", "email_verified": True}
    with pytest.raises(NotLinked):
        come(provider)


def _set(**claims):
    def mangle(_provider, _header, found):
        for name, value in claims.items():
            found.pop(name) if value is None else found.update({name: value})

    return mangle


def _none(_provider, _header, claims) -> str:
    parts = ({"alg": "none"}, claims)
    return ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
    ) + "."  # fmt: skip


def _changed_afterwards(provider, header, claims) -> str:
    head, body, signature = provider.sign(header, claims).split(".")
    raw = json.loads(base64.urlsafe_b64decode(body + "=="))
    forged = base64.urlsafe_b64encode(json.dumps({**raw, "sub": "subject-9"}).encode())
    return f"{head}.{forged.decode().rstrip('=')}.{signature}"


NOW = int(time.time())


def _our_secret(provider, _header, claims) -> str:
    key = OctKey.import_key("x" * 32)
    return provider.sign({"alg": "HS256", "kid": "one"}, claims, key)


def _no_token(_provider, _header, _claims) -> str:
    return "x.y"


WRONG = {
    "alg none": (_none, "alg"),
    "signed with our secret": (_our_secret, "alg"),
    "signed with another key": (lambda p, h, c: p.sign(h, c, p.other), "signature"),
    "a key nobody knows": (lambda p, h, c: p.sign({**h, "kid": "two"}, c, p.other), "signature"),
    "changed after signing": (_changed_afterwards, "signature"),
    "another issuer": (_set(iss="https://other.example"), "iss"),
    "another audience": (_set(aud="other-app"), "aud"),
    "no audience": (_set(aud=None), "aud"),
    "several audiences and no azp": (_set(aud=["frontdesk", "other-app"]), "azp"),
    "authorized for another app": (_set(azp="other-app"), "azp"),
    "expired": (_set(exp=NOW - 3600), "exp"),
    "without an end": (_set(exp=None), "exp"),
    "not valid yet": (_set(nbf=NOW + 7200), "nbf"),
    "issued in the future": (_set(iat=NOW + 7200), "iat"),
    "issued long ago": (_set(iat=NOW - 7200), "iat"),
    "another nonce": (_set(nonce="x"), "nonce"),
    "no nonce": (_set(nonce=None), "nonce"),
    "no subject": (_set(sub=None), "sub"),
    "signed in too long ago": (_set(auth_time=NOW - 90000), "auth_time"),
    "no auth_time": (_set(auth_time=None), "auth_time"),
    "another access token": (_set(at_hash="AAAAAAAAAAAAAAAAAAAAAA"), "at_hash"),
    "a logout token": (lambda p, h, c: p.sign({**h, "typ": "logout+jwt"}, c), "typ"),
    "no token at all": (_no_token, "malformed"),
}


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize("how", WRONG)
def test_a_wrong_token_opens_nothing(provider, ada, how):
    provider.mangle, why = WRONG[how]
    with pytest.raises(WrongToken) as refused:
        come(provider)
    assert refused.value.why == why


def test_another_browsers_state_a_used_one_and_a_wrong_code_open_nothing(provider, ada):
    mine, theirs = oidc.begin(), oidc.begin()
    back = provider.authorize(theirs.address)
    with pytest.raises(WrongToken):
        oidc.finish(mine.cookie, back["state"], back["code"], HOME)
    with pytest.raises(WrongToken):
        oidc.finish("", back["state"], back["code"], HOME)
    oidc.finish(theirs.cookie, back["state"], back["code"], HOME)
    with pytest.raises(WrongToken):
        oidc.finish(theirs.cookie, back["state"], back["code"], HOME)
    with pytest.raises(WrongToken):
        come(provider, code="made-up")


def test_the_class_of_authentication_that_is_asked_for_has_to_be_there(provider, ada):
    settings.use(settings.current().model_copy(update={"oidc_acr": "phr"}))
    with pytest.raises(WrongToken) as refused:
        come(provider)
    assert refused.value.why == "acr"
    provider.claims = {"acr": "phr"}
    assert come(provider).principal.id == ada.id


def test_our_own_second_factor_is_asked_for_where_the_provider_saw_none(provider, ada):
    _app, codes = enrol(ada)
    with pytest.raises(SecondFactorDue) as due:
        come(provider)
    assert sign_in.second(due.value.ticket, HOME, code=codes[0]).principal.id == ada.id
    provider.claims = {"amr": ["pwd", "otp"]}
    assert come(provider).principal.id == ada.id


def test_the_provider_ends_sessions_once_per_token(provider, ada):
    opened, at_home = come(provider), sign_in.sign_in("ada@desk.example", "wears-a-blue-hat",
                                                     source="192.0.2.1")  # fmt: skip
    for wrong in (
        {"aud": "other"}, {"iss": "https://other.example"}, {"events": {}}, {"nonce": "x"},
        {"jti": None}, {"sid": None, "sub": None}, {"iat": NOW - 9000},
    ):  # fmt: skip
        with pytest.raises(WrongToken):
            oidc.back_channel(provider.logout_token(**wrong))
    assert sign_in.by_session(opened.token).id == ada.id
    token = provider.logout_token()
    assert oidc.back_channel(token) == 1
    with pytest.raises(NotSignedIn):
        sign_in.by_session(opened.token)
    assert sign_in.by_session(at_home.token).id == ada.id  # not of the provider's making
    with pytest.raises(WrongToken):
        oidc.back_channel(token)
