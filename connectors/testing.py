# ruff: noqa: S101 - these are tests, shipped for plugins
"""The promises every channel adapter keeps; authors of plugins subclass `ChannelContract`.

```python
class TestMine(ChannelContract):
    channel = Mine()
    account = ChannelAccount(1, "mine-eu", "mine", 1, secrets={"secret": "s3cret"})
    signature = {"x-mine-signature": "…"}
    body = b'{"id": 5, "from": 49170, "text": "Hallo"}'
    expected = [InboundEvent("mine", Kind.MESSAGE, "5", …)]
    addresses = {"mine": "49170"}
    longest = 4096
```
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import pytest

from connectors.channel import Channel, ChannelAccount, InboundEvent, Outbound, from_json, to_json
from connectors.splitting import units

_TEXT = "Thank you for waiting. Your parcel is on its way 🙂.\n\n"
_GARBAGE = (
    b"",
    b"null",
    b"[]",
    b"7",
    b'"x"',
    b"{",
    b"{}",
    b"\xff\xfe",
    b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    b'{"n":' + b"9" * 5_000 + b"}",
    b'{"n": NaN, "m": 1e400}',
    b'{"text": "\\ud83d \\u0000"}',
)


class ChannelContract:
    """Subclass it as `Test…` and set the attributes; nothing here touches a network or database."""

    channel: ClassVar[Channel]
    account: ClassVar[ChannelAccount]
    signature: ClassVar[Mapping[str, str]]
    """The headers that go with `body`."""
    body: ClassVar[bytes]
    expected: ClassVar[Sequence[InboundEvent]]
    addresses: ClassVar[Mapping[str, str]]
    """Addresses that `channel` would send to."""
    longest: ClassVar[int]
    """UTF-16 units that the platform takes in one message."""

    def test_a_good_signature_is_accepted_whatever_the_case_of_its_name(self) -> None:
        assert self.channel.verify(self.account, self.signature, self.body)
        upper = {name.upper(): value for name, value in self.signature.items()}
        assert self.channel.verify(self.account, upper, self.body)

    @pytest.mark.parametrize("value", [None, "", "x", "sha256=", "é" * 9, "0" * 64])
    def test_any_other_signature_is_refused(self, value: str | None) -> None:
        forged = {} if value is None else dict.fromkeys(self.signature, value)
        assert not self.channel.verify(self.account, forged, self.body)

    def test_an_account_without_secrets_accepts_nothing(self) -> None:
        bare = ChannelAccount(1, "bare", self.channel.name, 1)
        assert not self.channel.verify(bare, self.signature, self.body)
        assert not self.channel.verify(bare, dict.fromkeys(self.signature, ""), self.body)

    def test_a_delivery_gives_the_expected_events(self) -> None:
        found = self.channel.parse(self.account, self.signature, self.body)
        assert found == list(self.expected)

    def test_events_survive_being_stored(self) -> None:
        for event in self.channel.parse(self.account, self.signature, self.body):
            assert from_json(to_json(event)) == event

    @pytest.mark.parametrize("body", _GARBAGE, ids=range(len(_GARBAGE)))
    def test_nothing_makes_the_parser_raise(self, body: bytes) -> None:
        for event in self.channel.parse(self.account, {}, body):
            to_json(event).encode()

    def test_a_long_text_is_split_into_parts_that_fit_and_lose_no_word(self) -> None:
        text = _TEXT * 300
        parts = self.channel.split(text)
        assert all(0 < units(part) <= self.longest for part in parts)
        assert " ".join(parts).split() == text.split()

    def test_sending_says_under_which_id_the_platform_has_it(self) -> None:
        message = Outbound(self.addresses, "Hello", "0" * 32)
        assert self.channel.send(self.account, message).platform_id
