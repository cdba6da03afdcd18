"""The release gate: a proposal is tried on cases and on recent questions before anyone is served.

What is looked for, and what of it stops a release, is `blocking`; a second person can override it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from time import monotonic
from typing import Any

from sqlalchemy.orm import Session

from bot import confirming, generative, trials
from bot.facts import Reader
from bot.trials import Said
from knowledge import cases, findings, proposals
from knowledge.cases import Alteration, CaseView
from knowledge.facts import Fact
from knowledge.findings import Findings
from knowledge.trials import Trial, names, prepare, still_waits
from runtime import settings
from runtime.database import now, open_session
from runtime.errors import Conflict
from runtime.jobs import Job, fenced_session, handles, renew
from runtime.scope import Scope

Report = dict[str, Any]

ATTEMPTS = 3
ALLOWED_LOST = 0
"""Answers of the last days that may be lost: a deleted policy that one customer asked about."""
LONGEST = 200
"""Characters of a sentence in a report."""
_RENEW = 20.0
"""Seconds of work after which the job's lease is renewed; the shortest lease is two minutes."""


def give_up(job: Job) -> None:
    """It could not be rehearsed: a proposal that nobody has tried does not pass."""
    with fenced_session(job) as session:
        trial = prepare(session, job.args["release"])
        if trial is not None:
            report = _header(trial) | {"at": now().isoformat(), "blocking": ["not_rehearsed"]}
            proposals.conclude(session, trial.release_id, report, passed=False)


@handles("bot.rehearse", attempts=ATTEMPTS, otherwise=give_up)
def rehearse(job: Job) -> None:
    """Rehearse a proposal and write down what came of it."""
    (unit_id,) = job.scope.units
    trial = _begin(unit_id, job.args["release"])
    if trial is None:
        return
    renewed = monotonic()

    def between() -> None:
        nonlocal renewed
        if monotonic() - renewed > _RENEW:
            renew(job)
            renewed = monotonic()

    report = rehearsed(trial, between)
    with fenced_session(job, last=True) as session:
        if still_waits(session, trial):
            proposals.conclude(session, trial.release_id, report, passed=not report["blocking"])


def rehearse_inline(unit_id: int, release_id: int) -> Report:
    """Rehearse a proposal here and now, for the command line; return the report.

    The job that waits for it finds nothing left to do. Raises `Conflict` if it does not wait for
    a rehearsal, `NotFound`, `Unavailable`, `ModelFailed`, `MaskingFailed`.
    """
    trial = _begin(unit_id, release_id)
    if trial is None:
        raise Conflict("this release does not wait for a rehearsal: rehearse it again first")
    report = rehearsed(trial, lambda: None)
    with open_session(Scope.of(unit_id)) as session:
        if not still_waits(session, trial):
            raise Conflict("somebody else decided on this release meanwhile")
        proposals.conclude(session, release_id, report, passed=not report["blocking"])
    return report


def _begin(unit_id: int, release_id: int) -> Trial | None:
    with open_session(Scope.of(unit_id), read_only=True) as session:
        return prepare(session, release_id)


def rehearsed(trial: Trial, between: Callable[[], None]) -> Report:
    """What the proposal changes, and what of it is `blocking`; no session is open meanwhile.

    The report holds ids, names of documents, codes and figures of the company's own texts, never
    what a customer wrote. `between` is called now and then.
    """
    at = now()
    employee = trials.employee_of(trial.unit_id)
    with open_session(Scope.of(trial.unit_id), read_only=True) as session:
        there = cases.of_unit(session, trial.unit_id)
        altered = _altered(session, trial)
        titles = names(session, trial.before, trial.after)
    outcomes = trials.of_cases(trial, employee, there, between)
    found = _found(findings.examine(trial, Reader(), between), there, outcomes)
    replayed = trials.of_messages(trial, employee, between)
    report = _header(trial) | {
        "at": at.isoformat(),
        "cases": _cases(trial, there, outcomes, altered),
        "findings": found,
        "replay": _replay(replayed, titles, _stated(there, outcomes)),
    }
    return report | {"blocking": blocking(report)}


def blocking(report: Mapping[str, Any]) -> list[str]:
    """The codes of what stops a release, from a report; empty if it may be let out.

    "case_failed": a case that passed before does not now (before the first release: that fails).
    "case_altered": whoever proposed or wrote this made a case ask for less, or deleted it.
    "answer_lost": a question that was answered lately would not be any more. "answer_changed": one
    would be answered with other figures, which no case states. "figures_changed": a document says
    other figures, or denies what it said, and no case states it. "knowledge_gone": what was told
    is not told any more, and no case says that people answer instead. "contradiction": a new
    sentence says otherwise than another one. "suspicious": a text seems to give orders to the
    assistant.
    """
    found = {
        "case_failed": any(row["blocks"] for row in report["cases"]["failed"]),
        "case_altered": any(row["blocks"] for row in report["cases"]["altered"]),
        "answer_lost": len(report["replay"]["lost"]) > report["replay"]["allowed_lost"],
        "answer_changed": any(row["blocks"] for row in report["replay"]["changed"]),
        "figures_changed": any(row["blocks"] for row in report["findings"]["figures"]),
        "knowledge_gone": any(row["blocks"] for row in report["findings"]["gone"]),
        "contradiction": bool(report["findings"]["contradictions"]),
        "suspicious": bool(report["findings"]["suspicious"]),
    }
    return [code for code, blocks in found.items() if blocks]


def _header(trial: Trial) -> Report:
    return {
        "release": trial.release_id,
        "base": trial.base,
        "answering": {
            "way": "quoting",
            "model_configured": generative.available(),
            "embedding": settings.current().embedding,
        },
    }


def _altered(session: Session, trial: Trial) -> list[Alteration]:
    """Nothing is served before the first release: what was tried out meanwhile harms nobody."""
    if not trial.base:
        return []
    return cases.altered(session, trial.unit_id, since=trial.since, kept=trial.kept)


def _cases(
    trial: Trial,
    there: Sequence[CaseView],
    outcomes: Sequence[Mapping[str, Any]],
    altered: Sequence[Alteration],
) -> Report:
    """A case that failed before, too, is shown and blocks nothing, unless whoever proposed this
    has changed it since it passed a gate."""
    theirs = {each.case_id for each in altered if _by_them(trial, each)}
    failed = [
        {
            "id": row["id"],
            "problem": row["after"],
            "before": row["before"],
            "cited": row["documents"],
            "blocks": not row["before"] or row["id"] in theirs,
        }
        for row in outcomes
        if row["after"]
    ]
    return {
        "total": len(there),
        "passed": len(there) - len(failed),
        "failed": failed,
        "repaired": [row["id"] for row in outcomes if row["before"] and not row["after"]],
        "altered": [
            {
                "id": each.case_id,
                "act": each.act,
                "actor": each.actor,
                "weaker": each.weaker,
                "blocks": each.weaker and _by_them(trial, each),
            }
            for each in altered
        ],
        "kept": {str(case.id): case.wanted.digest() for case in there},
    }


def _by_them(trial: Trial, each: Alteration) -> bool:
    return not each.actor or each.actor in trial.people


def _replay(
    messages: Iterable[tuple[int, Said, Said]],
    titles: Mapping[int, str],
    stated: frozenset[tuple[str, str]],
) -> Report:
    """A changed answer with figures that no passing case states blocks."""
    counted: Counter[str] = Counter()
    shown: dict[str, list[dict[str, Any]]] = {"changed": [], "lost": [], "gained": []}
    for message_id, before, after in messages:
        kind = _compared(before, after)
        counted[kind] += 1
        if kind not in shown:
            continue
        figures = kind == "changed" and before.figures != after.figures
        fresh = {(what, value) for what, value, _ in after.figures - before.figures}
        row = {
            "message": message_id,
            "before": sorted(titles[each] for each in before.documents),
            "after": sorted(titles[each] for each in after.documents),
            "figures": figures,
            "blocks": kind == "lost" or (figures and not (fresh and fresh <= stated)),
        }
        shown[kind].append(row)
    return {
        "messages": counted.total(),
        "same": counted["same"],
        "unanswered": counted["unanswered"],
        **shown,
        "allowed_lost": ALLOWED_LOST,
        "days": trials.RECENT.days,
        "most": trials.MOST,
    }


def _stated(
    there: Sequence[CaseView], outcomes: Sequence[Mapping[str, Any]]
) -> frozenset[tuple[str, str]]:
    """The figures that passing cases hold, as (kind, value)."""
    passed = {row["id"] for row in outcomes if not row["after"]}
    return frozenset(
        (fact.kind, fact.value)
        for case in there
        if case.id in passed
        for word in case.wanted.holds
        for fact in Reader().facts(word)
    )


def _compared(before: Said, after: Said) -> str:
    if not before.answered:
        return "gained" if after.answered else "unanswered"
    if not after.answered:
        return "lost"
    return "same" if before.text == after.text else "changed"


def _found(
    found: Findings, there: Sequence[CaseView], outcomes: Sequence[Mapping[str, Any]]
) -> Report:
    """The findings as data, each change of fact with the cases that state it on purpose."""
    by_case = {row["id"]: row for row in outcomes}
    data: Report = {name: [_cut(row) for row in rows] for name, rows in asdict(found).items()}
    for row, change in zip(data["figures"], found.figures, strict=True):
        row["before"], row["after"] = map(_texts, (change.before, change.after))
        row["confirmed_by"] = confirming.of_figures(change, there, by_case)
        row["blocks"] = not row["confirmed_by"]
    for row, gone in zip(data["gone"], found.gone, strict=True):
        row["confirmed_by"] = confirming.of_gone(gone, there, by_case)
        row["blocks"] = not row["confirmed_by"]
    return data


def _texts(facts: Sequence[Fact]) -> list[str]:
    return list(dict.fromkeys(map(str, facts)))


def _cut(row: Mapping[str, Any]) -> Report:
    """A finding as JSON has it; sentences are the company's own, and need not be there whole."""
    return {
        name: value[:LONGEST] if isinstance(value, str) else value for name, value in row.items()
    }
