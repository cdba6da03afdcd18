"""Take out of a text whatever could lead a customer, or a browser, somewhere else."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from guardrails.text import word_set

_IMAGE = re.compile(r"!\[[^\]]{0,300}\]\s*(?:\([^)]*\)?|\[[^\]]*\])")
_LINK = re.compile(r"\[([^\]\[]*)\]\(\s*<?([^)\s>]*)>?[^)]*\)?")
_REFERENCE = re.compile(r"^[ \t]*\[[^\]]+\]:[ \t]*\S+.*$", re.MULTILINE)
_REFERRED = re.compile(r"\[([^\]\[]+)\]\[[^\]\[]*\]")
_AUTO = re.compile(r"<\s*((?:https?|ftp|mailto|javascript|data|tel)[:][^>]*)>?", re.IGNORECASE)
_BLOCK = re.compile(
    r"<\s*(script|style|iframe|object|svg|template|noscript)\b.*?(?:<\s*/\s*\1\s*>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"<\s*/?\s*[A-Za-z!?][^<>]*(?:>|\Z|(?=<\s*/?\s*[A-Za-z!?]))")
_SCHEME = re.compile(
    r"\b(?:javascript|vbscript)\s*:\s*\S+|\b(?:data|file|blob|intent|ftp|ws|wss|sms|smsto|callto|"
    r"mailto|skype|facetime|bitcoin|magnet|whatsapp|tg|viber|sips?|xmpp|itms|market|geo):\S+",
    re.IGNORECASE,
)
"""What a browser or a phone would open. After a space it is only a word with a colon."""
_SLASHED = re.compile(r"(?<!\S)\S*(?:/\s?/|\\\\|:\s?/\S)\S*")
_DOMAIN = re.compile(
    # Not within a name or a mail address: those are held against the sources before.
    r"(?<![^\W_])(?<![^\W_]\.)(?<![\w.+%'-]@)"
    r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?(?:\.|(?<=[A-Za-z0-9])。(?=[A-Za-z])))+"
    r"(?:xn--[a-z0-9-]+|[^\W\d_]{2,24})(?::\d+)?(?:/[^\s)\]>]*)?(?![^\W_]|[\w.+-]{0,64}@)",
    re.IGNORECASE,
)
_TORN = re.compile(r"(?<![\w/.])www\.(?![^\W_])", re.IGNORECASE)
"""The beginning of an address whose rest was cut off."""
_ADDRESS = re.compile(
    r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?(?:/\S*)?(?!\w|\.\d)|\[[0-9a-f:]{4,}\]"
)
_HOST = re.compile(r"^(?:https://)?([^/\s:?#@\\]+)(?:[/?#:]|$)", re.IGNORECASE)
_FILE_ENDINGS = word_set("md txt pdf docx doc csv html htm json xml jpg jpeg png gif xlsx etc")
_ENDINGS = word_set(
    "com net org info biz xyz top online site shop store io gg zip mov app dev link page live club "
    "pro cc tv ly eu uk fr nl pl ru ua cn jp kr br ch"
)
"""Endings that make an address of anything, also with a capital ("Evil.Com")."""
_ONWARD = re.compile(r"//|@|%2f%2f|%5c%5c", re.IGNORECASE)
_TRAIL = ".,;:!?)]}>'\"»”’*_`~"


def cleaned(text: str, allowed: Collection[str]) -> tuple[str, list[str]]:
    """The text without images, HTML and foreign links, and what kinds of things were removed."""
    removed: list[str] = []
    hosts = {host.lower() for host in allowed}

    def drop(kind: str) -> Callable[[re.Match[str]], str]:
        def act(_found: re.Match[str]) -> str:
            removed.append(kind)
            return ""

        return act

    def link(found: re.Match[str]) -> str:
        if _allowed(found[2], hosts):
            return f"{found[1]} ({found[2]})" if found[1] and found[1] != found[2] else found[2]
        removed.append("link")
        return found[1]

    def automatic(found: re.Match[str]) -> str:
        if _allowed(found[1].strip(), hosts):
            return found[1].strip()
        removed.append("link")
        return ""

    def bare(found: re.Match[str]) -> str:
        core = found[0].rstrip(_TRAIL)
        lead = core[: len(core) - len(core.lstrip("([{<'\"«“‘*_`~"))]
        if _allowed(core[len(lead) :], hosts):
            return found[0]
        removed.append("link")
        return found[0][len(core) :]

    def domain(found: re.Match[str]) -> str:
        core = found[0].rstrip(_TRAIL)
        if _allowed(core, hosts) or not _is_domain(core):
            return found[0]
        removed.append("link")
        return found[0][len(core) :]

    previous = None
    while previous != text:  # what is taken out may join what is left into something new
        previous = text
        for pattern, kind in ((_COMMENT, "html"), (_BLOCK, "html"), (_IMAGE, "image")):
            text = pattern.sub(drop(kind), text)
        text = _LINK.sub(link, text)
        text = _REFERENCE.sub(drop("link"), text)
        text = _REFERRED.sub(r"\1", text)
        text = _AUTO.sub(automatic, text)
        text = _TAG.sub(drop("html"), text)
        text = _SCHEME.sub(drop("link"), text)
        text = _SLASHED.sub(bare, text)
        text = _ADDRESS.sub(drop("link"), text)
        text = _DOMAIN.sub(domain, text)
        text = _TORN.sub(drop("link"), text)
    if removed:
        text = re.sub(r"[ \t]{2,}", " ", text)
        text = re.sub(r"\(\s*\)|\[\s*\]", "", text)
        text = re.sub(r" +([.,;!?])", r"\1", text).strip()
    return text, removed


def _allowed(url: str, hosts: set[str]) -> bool:
    """Whether a link goes, by https or bare, to exactly one of our hosts."""
    host = _HOST.match(url)
    if host is None or "\\" in url:
        return False
    # A link to ours that names another place may be forwarded there.
    return host[1].lower().rstrip(".") in hosts and not _ONWARD.search(url, host.end(1))


def _is_domain(core: str) -> bool:
    """Whether dotted words are an address rather than a missing space or a file name."""
    name = re.split(r"[:/]", core)[0].replace("。", ".")
    ending = name.rsplit(".", 1)[-1]
    if "/" in core or ":" in core or name.lower().startswith("www."):
        return True
    if ending.lower() in _ENDINGS:
        return True
    if not ending.isascii() and re.fullmatch(r"[\d.]+", name[: -len(ending)]):
        return False  # "1.退货": an item of a list
    if ending.lower() in _FILE_ENDINGS or re.fullmatch(r"(?:[A-Za-z]\.)+[A-Za-z]{1,2}", name):
        return False
    # "end.Next": a capital after the dot is a sentence that begins, as in many chats.
    return not (ending[0].isupper() and ending[1:].islower() and not name.isupper())
