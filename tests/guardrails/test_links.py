"""Whatever is written around a foreign host, the host does not survive."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.outbound import screen_outbound, visible

OURS = "help.nordlicht.example"
HOSTS = st.sampled_from(
    [
        "evil.example", "evil.com", "EVIL.Com", "sub.deep.evil-host.io", "xn--vil-8cd.example",
        "еvil.example", "evil.exаmple", "ｅｖｉｌ.example", "evil.zip", "ev1l.top", "192.0.2.77",
        "[2001:db8::77]", f"{OURS}.evil.example", f"evil.example.{OURS}x.com", "evil.рф",
    ]
)  # fmt: skip
SCHEMES = st.sampled_from(
    [
        "https://", "http://", "HTTPS://", "//", "https:\\\\", "https:/", "ftp://", "wss://",
        "https:\u200b//", "hxxps://", "h\u00adttps://", f"https://{OURS}@", f"https://{OURS}/?u=//",
        "https:// ", "https:/\u2060/", "/ /", "https：//", "https:／／", "ｈttps://",
    ]
)  # fmt: skip
PATHS = st.sampled_from(["", "/", "/a?b=c#d", "/p.png", ":8443/x", "/%2f%2f", "?q=" + "x" * 30])
WRAPS = st.sampled_from(
    [
        "{}", "({})", "<{}>", "[here]({})", "[here](<{}>)", "![x]({})", "[a][1]\n\n[1]: {}",
        "<a href='{}'>x</a>", '<img src="{}">', "<img src={} ", "<iframe src={}></iframe>",
        "<svg onload=fetch('{}')>", "**{}**", "`{}`", "_{}_", "« {} »", "{}.", "see:{}", "x{}",
        "<scr<script>ipt src={}>", "<!-- {} -->", "[{}]({})", "![a][b]\n[b]: {}", "{},", "\"{}\"",
        "<style>@import url({})</style>", "<{} >", "&lt;a href={}&gt;",
    ]
)  # fmt: skip


def cleaned(text: str) -> str:
    return screen_outbound(text, (), allowed_hosts=[OURS], verbatim=True).text


def leads(text: str) -> set[str]:
    """The hosts that a browser or a messenger would make of a text."""
    plain = unicodedata.normalize("NFKC", text).lower()
    plain = "".join(c for c in plain if unicodedata.category(c) != "Cf")
    found = set(re.findall(r"[/\\]\s*[/\\]\s*(?:[^\s/\\@]*@)?([^\s/\\?#:)>\"'\]]+)", plain))
    found |= set(re.findall(r"\b(?:\d{1,3}\.){3}\d{1,3}\b", plain))
    found |= set(re.findall(r"[\w.-]*ev[i1]l[\w-]*\.\w+|[\w.-]*vil-8cd\.\w+", plain))
    return {host.strip(".,;") for host in found} - {OURS, ""}


@settings(max_examples=400)
@given(HOSTS, SCHEMES, PATHS, WRAPS, st.sampled_from(["", "Returns are free. ", "a\n", "1. "]))
def test_an_unlisted_host_never_survives(
    host: str, scheme: str, path: str, wrap: str, before: str
) -> None:
    text = before + wrap.replace("{}", f"{scheme}{host}{path}") + " and more"
    said = cleaned(text)
    assert leads(said) == set(), (text, said)
    assert "<" not in said or not re.search(r"<\s*/?\w", said)
    assert "](" not in said


@settings(max_examples=200)
@given(HOSTS, WRAPS)
def test_nor_does_a_bare_one(host: str, wrap: str) -> None:
    assert leads(cleaned("See " + wrap.replace("{}", host) + " now")) == set()


@given(st.text(max_size=60), HOSTS, st.text(max_size=60))
def test_nothing_around_it_makes_two_slashes_pass(before: str, host: str, after: str) -> None:
    said = cleaned(f"{before} https://{host}/x {after}")
    assert all(host == OURS for host in re.findall(r"//([^\s/?#]*)", said))


@pytest.mark.parametrize("path", ["", "/", "/returns", "/returns?a=1#b", "/a-b_c/d.html"])
@pytest.mark.parametrize("wrap", ["{}", "({})", "See {}.", "**{}**", "{}, please", "<{}>"])
def test_a_listed_one_does(path: str, wrap: str) -> None:
    link = f"https://{OURS}{path}"
    assert link in cleaned(f"Here: {wrap.replace('{}', link)} and more")


@pytest.mark.parametrize(
    "trap",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc",
        "intent:x", "mailto:a@b.example", "tel:0123", "sms:0123", "blob:x", "tg:resolve",
    ],
)  # fmt: skip
def test_no_scheme_but_https_is_left_in_a_link(trap: str) -> None:
    for text in (f"[x]({trap})", f"<{trap}>", f"<a href='{trap}'>x</a>"):
        assert trap.split(":")[0].lower() not in cleaned(text).lower()


@given(st.text(max_size=200))
def test_cleaning_is_done_once(text: str) -> None:
    once = cleaned(text)
    assert cleaned(once) == once


@given(st.text(max_size=200))
def test_what_is_visible_has_no_control_or_format_character(text: str) -> None:
    shown = visible(text)
    assert visible(shown) == shown
    odd = {c for c in shown if unicodedata.category(c) in ("Cc", "Co", "Cn", "Cs")} - {"\n", "\t"}
    assert odd == set()
    invisible = {c for c in shown if unicodedata.category(c) == "Cf"}
    assert invisible <= {"\u200c", "\u200d"}


@given(st.text(alphabet="aе\u200b\u2060\ufeff\u00ad\u202e\u2066 b1.", max_size=40))
def test_zero_width_and_direction_marks_are_gone(text: str) -> None:
    assert not set(visible(text)) & set("\u200b\u2060\ufeff\u00ad\u202e\u2066")


def test_an_address_that_was_torn_off_goes_too() -> None:
    assert cleaned("Install the app at www.") == "Install the app at"
    assert cleaned(f"See https://{OURS}/www. for it") == f"See https://{OURS}/www. for it"
