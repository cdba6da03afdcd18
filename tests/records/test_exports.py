"""A transcript leaves by two people, once, within a day; and anybody can check it."""

from __future__ import annotations

import base64
import copy
import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select, update

from access import Denied, ReauthRequired, approvals, people
from access.models import RoleRow
from admin_api.exports import take as take_route
from admin_api.schemas import ThreadOut
from ledger import documents, entries, frontdesk_verify
from records import changes, conversations, exports, messages, transcripts
from records.conversations import Reason
from records.messages import Incoming
from records.models import Contact, Message, TranscriptExport
from runtime import jobs
from runtime.database import now, open_session
from runtime.errors import Conflict, NotFound
from runtime.secrets import keys

MARK = '<script>alert("x")</script> & "quoted"'


@pytest.fixture
def talk(house):
    """Everything that a thread can hold: a burst, an answer, a hand-over, a note, an edit."""
    conversation = house.open()
    account = house.place.account_id
    with open_session(house.scope) as session:
        messages.append_inbound(session, conversation, Incoming("1", "where is my order"))
        last = messages.append_inbound(session, conversation, Incoming("2", f"{MARK} 你好"))
        messages.reply(
            session, house.assistant, conversation, "Within 30 days.", answers=last,
            sources=[{"chunk_id": 4, "title": MARK, "version": 2}],
            verdict={"kind": "answer", "score": 0.75},
        )  # fmt: skip
    with open_session(house.scope) as session:
        messages.append_inbound(session, conversation, Incoming("3", "a person please"))
        messages.append_inbound(session, conversation, Incoming("4", "and this I take back"))
        conversations.hand_over(
            session, house.assistant, conversation, Reason.WANTS_PERSON, notice="One moment."
        )
        conversations.take_over(session, house.ana, conversation)
        messages.note(session, house.ana, conversation, "a note for colleagues")
        messages.reply(session, house.ana, conversation, "Here I am.")
        changes.edit(session, account, "3", "a person, please!")
        changes.delete(session, account, "4")
        conversations.person_spoke_elsewhere(
            session, conversation, "from the app", external_id="9", at=now()
        )
        conversations.close(session, house.ana, conversation)
    return conversation


@pytest.fixture
def two(house):
    """The one who asks may read conversations, too, so that both can be compared."""
    with open_session(house.scope) as session:
        row = session.scalars(select(RoleRow).where(RoleRow.name == "management")).one()
        new = [{"permission": name, "fields": ["*"]} for name in ("conversation:read",)]
        session.execute(
            update(RoleRow).where(RoleRow.id == row.id).values(grants=[*row.grants, *new])
        )
        second = people.add_user(
            session, "system/0", email="eve@desk.example", name="eve", role="admin",
            password="eve-wears-a-blue-hat", units=[house.unit], teams=[],
        )  # fmt: skip
    with open_session(house.scope) as session:
        asks = people.principal_of(session, house.boss.number)
        decides = people.principal_of(session, second)
    return replace(asks, proved_at=now()), replace(decides, proved_at=now())


def agreed(house, talk, two) -> int:
    asks, decides = two
    with open_session(house.scope) as session:
        number = exports.ask(session, asks, talk, reason="the customer disputes it")
        plan = approvals.find(session, decides, number)
    with open_session(house.scope) as session:
        approvals.decide(session, decides, number, approve=True, seen=plan.plan_hash)
    return number


@pytest.fixture
def made(house, talk, two):
    """The export that was agreed to, and made by its job."""
    agreed(house, talk, two)
    jobs.drain()
    with open_session(house.scope) as session:
        return exports.waiting(session, two[0])[0].id


def take(house, two, number):
    with open_session(house.scope) as session:
        return exports.take(session, two[0], number)


def checked(signed) -> list[str]:
    return frontdesk_verify.check(json.dumps(signed), documents.public_key())


def test_the_file_rebuilds_the_thread_as_the_desk_shows_it(house, talk, two, made):
    signed = take(house, two, made)
    with open_session(house.scope) as session:
        shown = ThreadOut.model_validate(transcripts.thread(session, two[0], talk))
    rebuilt = ThreadOut.model_validate(signed["body"]["thread"])
    assert rebuilt.model_dump_json() == shown.model_dump_json()
    assert {line["author_type"] for line in signed["body"]["lines"]} == {
        "contact", "assistant", "user", "system",
    }  # fmt: skip


def test_every_line_is_tied_to_its_entry(house, talk, two, made):
    signed = take(house, two, made)
    lines = signed["body"]["lines"]
    assert all("proof" in line for line in lines)
    told = checked(signed)
    assert f"{len(lines) - 1} of {len(lines)} lines" in told[1]  # but the one taken back
    assert "and this I take back" not in json.dumps(signed)
    reasons = [line["proof"]["entry"]["detail"].get("reason") for line in lines]
    assert "wants_person" in reasons
    small = [len(json.dumps(line["proof"]["proof"])) for line in lines]
    assert max(small) <= 1024


def test_nothing_of_it_can_be_changed(house, talk, two, made):
    """Signed again by somebody with the key, a changed line still differs from the ledger."""
    signed = take(house, two, made)

    def faked(change) -> str:
        body = copy.deepcopy(signed["body"])
        change(body)
        again = documents.sign_document("transcript", body)
        with pytest.raises(frontdesk_verify.Bad) as found:
            checked(again)
        return str(found.value)

    def text(body):
        body["thread"]["messages"][2]["text"] = "Within 90 days."
        body["lines"][2]["content"]["text"] = "Within 90 days."

    def only_shown(body):
        body["thread"]["messages"][2]["text"] = "Within 90 days."

    def author(body):
        body["thread"]["messages"][2]["author"] = "user"
        body["lines"][2]["content"]["author"] = "user"

    def dropped(body):
        body["lines"].pop(1)

    def actor(body):
        body["lines"][2]["proof"]["entry"]["actor"] = "user/77"

    def reason(body):
        event = next(one for one in body["thread"]["messages"] if one["event"])
        event["event"]["reason"] = "abuse"

    assert "does not say what was said" in faked(text)
    assert "text is not what was committed to" in faked(only_shown)
    assert "does not say what was said" in faked(author)
    assert "not those of the conversation" in faked(dropped)
    assert "does not lead to the signed root" in faked(actor)
    assert "not what its entry says" in faked(reason)
    other = {**signed, "body": {**signed["body"], "made_for": "user/77"}}
    with pytest.raises(frontdesk_verify.Bad, match="was changed"):
        checked(other)
    stranger = base64.b64decode("O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik=")
    with pytest.raises(frontdesk_verify.Bad, match="another key"):
        frontdesk_verify.check(json.dumps(signed), stranger)


def test_the_key_of_one_line_tells_nothing_of_another(house, talk, two, made):
    found = [line["key"] for line in take(house, two, made)["body"]["lines"] if "key" in line]
    assert len(set(found)) == len(found) > 5


def test_it_is_taken_once_and_only_by_who_asked(house, talk, two, made):
    asks, decides = two
    other = replace(asks, id="user/99")
    with pytest.raises(NotFound), open_session(house.scope) as session:
        exports.take(session, other, made)
    with pytest.raises(Denied), open_session(house.scope) as session:
        exports.take(session, decides, made)
    with pytest.raises(ReauthRequired), open_session(house.scope) as session:
        exports.take(session, replace(asks, proved_at=now() - timedelta(hours=1)), made)
    assert take(house, two, made)
    with pytest.raises(Conflict, match="taken already"):
        take(house, two, made)
    with open_session(house.scope) as session:
        row = session.scalars(select(TranscriptExport)).one()
        acts = [entry.action for entry in entries.of_units(session, [house.unit], limit=3)]
    assert row.body_sealed is None
    assert acts[0] == "conversation:export"


def test_its_day_ends(house, talk, two, made):
    with time_machine.travel(now() + timedelta(hours=25), tick=True):
        fresh_again = (replace(two[0], proved_at=now()), two[1])
        with pytest.raises(Conflict, match="its day is over"):
            take(house, fresh_again, made)
        jobs.schedule_periodic()
        jobs.drain()
    with open_session(house.scope) as session:
        assert session.scalars(select(TranscriptExport)).one().body_sealed is None


def test_what_changed_after_the_decision_is_not_taken_out(house, talk, two):
    agreed(house, talk, two)
    with open_session(house.scope) as session:
        changes.edit(session, house.place.account_id, "3", "something else")
    jobs.drain()
    with open_session(house.scope) as session:
        assert exports.waiting(session, two[0]) == []


def test_it_is_sealed_and_goes_with_the_contact(house, talk, two, made):
    with open_session(house.scope) as session:
        row = session.scalars(select(TranscriptExport)).one()
        assert b"30 days" not in row.body_sealed
        session.delete(session.scalars(select(Contact)).one())
    with open_session(house.scope) as session:
        assert session.scalars(select(TranscriptExport)).all() == []


def test_after_the_key_is_gone_a_commitment_fits_nothing(house, talk):
    """With the same text and another data key the number is another one."""
    with open_session(house.scope) as session:
        entry = next(
            entry for entry in entries.of_units(session, [house.unit], action="message:receive")
        )
        message = session.scalars(
            select(Message).where(Message.id == entry.detail["message"])
        ).one()
        from records import commitments

        said = commitments.content(message, "and this I take back")
        right = commitments.key_of(_data_key(session), message)
        assert commitments.commit(right, said) == entry.detail["commit"]
        assert commitments.commit(bytes(32), said) != entry.detail["commit"]
    assert "commit" in entry.detail


def _data_key(session) -> bytes:
    contact = session.scalars(select(Contact)).one()
    return keys().unwrap(contact.data_key, contact.key_context)


def test_the_page_holds_the_lines_and_no_markup_of_a_customer(house, talk, two, made):
    with open_session(house.scope) as session:
        answer = take_route(made, two[0], session)
    with zipfile.ZipFile(io.BytesIO(answer.body)) as packed:
        page = packed.read(f"conversation-{talk}.html").decode()
        signed = json.loads(packed.read(f"conversation-{talk}.json"))
    assert checked(signed)
    assert "<script" not in page
    assert "&lt;script&gt;alert" in page
    for said in ("Within 30 days.", "wants_person", "a note for colleagues", "你好"):
        assert said in page
    assert page.count("Ledger entry no.") == len(signed["body"]["lines"])


def test_the_verifier_runs_alone(house, talk, two, made, tmp_path: Path):
    """In a process that finds none of our packages."""
    file = tmp_path / "transcript.json"
    file.write_text(json.dumps(take(house, two, made)), encoding="utf-8")
    tool = tmp_path / "frontdesk_verify.py"
    tool.write_bytes(Path(frontdesk_verify.__file__).read_bytes())

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-I", "-S", str(tool), *words, str(file)],
            capture_output=True, text=True, cwd=tmp_path, check=False,
        )  # fmt: skip

    key = base64.b64encode(documents.public_key()).decode()
    done = run("--key", key)
    assert (done.returncode, done.stderr) == (2, "")  # 2: one line was taken back
    assert "is signed and unchanged" in done.stdout
    assert "MISSING: say with --key" in run().stdout
    file.write_text(file.read_text().replace("30 days", "90 days"))
    assert run("--key", key).returncode == 1
