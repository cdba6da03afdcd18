"""With no model: quoted with a source, or handed over; and the customer always knows who writes."""

from __future__ import annotations

import pytest

from bot import courtesy, words
from records import conversations
from runtime import failpoints, jobs
from runtime.database import open_session


def test_a_question_is_answered_with_a_quote_and_its_source(shop):
    said = shop.ask("How long can I return something?")
    assert said is not None
    assert "You can return any item within 30 days of delivery." in said.text
    (source,) = said.sources
    assert source["title"]
    assert source["source"] == "handbook"
    assert source["version"] == 1
    assert source["quote"] in said.text
    assert said.verdict["kind"] == "quoted"


def test_a_question_outside_the_knowledge_goes_to_people_with_a_reason(shop):
    said = shop.ask("Which party will win the election in Norway?")
    assert said is not None
    assert words.say("handover", "en") in said.text
    line = shop.thread(shop.conversation).line
    assert (line.assignee, line.reason) == ("team", "no_answer")


def test_the_first_words_say_that_an_ai_writes_and_later_ones_do_not(shop):
    notice = words.say("notice", "en", name="Mika")
    first = shop.ask("How heavy is the Fjell 2?")
    second = shop.ask("How long can I return something?")
    assert first.text.startswith(notice)
    assert notice not in second.text


def test_after_a_hand_back_it_says_so_again(shop):
    shop.ask("How heavy is the Fjell 2?")
    with open_session(shop.scope) as session:
        conversations.take_over(session, shop.ana, shop.conversation)
        conversations.hand_back(session, shop.ana, shop.conversation)
    again = shop.ask("How long can I return something?")
    assert again.text.startswith(words.say("notice", "en", name="Mika"))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I want to talk to a person please", "en"),
        ("Ich möchte mit einem Mitarbeiter sprechen", "de"),
        ("Quiero hablar con una persona", "es"),
        ("Quero falar com um atendente", "pt"),
        ("Je voudrais parler à un conseiller", "fr"),
        ("Vorrei parlare con un operatore", "it"),
        ("Ik wil een medewerker spreken", "nl"),
        ("我要转人工客服", "zh"),
        ("担当者と話したいです", "ja"),
        ("أريد التحدث إلى موظف", "ar"),
    ],
)
def test_a_person_is_there_for_the_asking_in_the_customers_language(shop, text, language):
    said = shop.ask(text)
    assert said is not None
    assert said.text.startswith(words.say("notice", language, name="Mika"))
    assert words.say("handover", language) in said.text
    line = shop.thread(shop.conversation).line
    assert (line.assignee, line.reason) == ("team", "wants_person")


def test_a_greeting_is_returned_and_thanks_are_welcomed(shop):
    assert words.say("greeting", "de") in shop.ask("Guten Tag!").text
    assert shop.thread(shop.conversation).line.assignee == "assistant"
    assert words.say("thanks", "en") in shop.ask("Thank you very much").text


def test_whether_a_robot_writes_is_answered_the_same_each_time(shop):
    notice = words.say("notice", "en", name="Mika")
    assert shop.ask("Are you a robot?").text == notice
    assert shop.ask("are you human??").text == notice


def test_an_opt_out_is_noted_and_confirmed(shop):
    said = shop.ask("STOP")
    assert words.say("opt_out", "en") in said.text


def test_a_burst_gets_one_answer(shop):
    shop.write("Hello")
    shop.write("one question")
    shop.write("How heavy is the Fjell 2?")
    jobs.drain()
    messages = shop.thread(shop.conversation).messages
    assert [m.outcome for m in messages if m.author == "contact"] == [
        "joined",
        "joined",
        "answered",
    ]
    assert sum(m.author == "assistant" for m in messages) == 1


def test_the_same_message_twice_is_answered_once(shop):
    from connectors import web

    for _ in range(2):
        web.say(shop.account, shop.visitor, "client-id-0001", "How heavy is the Fjell 2?")
        jobs.drain()
    messages = shop.thread(shop.conversation).messages
    assert [m.author for m in messages] == ["contact", "assistant"]


def test_the_assistant_is_silent_when_a_person_takes_over_while_it_thinks(shop):
    def take_over() -> None:
        failpoints.disarm()
        with open_session(shop.scope) as session:
            conversations.take_over(session, shop.ana, shop.conversation)

    shop.write("How heavy is the Fjell 2?")
    failpoints.arm("answer:thought", take_over)
    jobs.drain()
    messages = shop.thread(shop.conversation).messages
    assert [m.author for m in messages if m.content_type == "text"] == ["contact"]
    assert messages[0].outcome == "handed_over"


@pytest.mark.parametrize("place", ["answer:read", "answer:thought", "answer:replied"])
def test_a_crash_anywhere_ends_in_one_answer(shop, place):
    def crash() -> None:
        failpoints.disarm()
        raise RuntimeError("the power went out")

    shop.write("How heavy is the Fjell 2?")
    failpoints.arm(place, crash)
    jobs.drain()
    _due_now()
    jobs.drain()
    messages = shop.thread(shop.conversation).messages
    assert [m.author for m in messages] == ["contact", "assistant"]
    assert messages[0].outcome == "answered"


def test_what_fails_every_time_reaches_a_person(shop):
    def crash() -> None:
        raise RuntimeError("broken for good")

    shop.write("How heavy is the Fjell 2?")
    failpoints.arm("answer:read", crash)
    for _ in range(5):
        jobs.drain()
        _due_now()
    failpoints.disarm()
    thread = shop.thread(shop.conversation)
    assert (thread.line.assignee, thread.line.reason) == ("team", "error")
    assert thread.messages[0].outcome == "handed_over"


def _due_now() -> None:
    from sqlalchemy import update

    from runtime.database import now
    from runtime.scope import NOBODY

    with open_session(NOBODY) as session:
        session.execute(
            update(jobs.JobRow).where(jobs.JobRow.finished_at.is_(None)).values(run_at=now())
        )


@pytest.mark.parametrize("phrase", words.PHRASES)
def test_every_phrase_exists_in_every_language(phrase):
    texts = [words.say(phrase, language, name="Mika") for language in words.LANGUAGES]
    assert len(set(texts)) == len(texts)
    assert all("{" not in text for text in texts)


def test_questions_are_not_taken_for_courtesies():
    for text in ("Hello, where is my order?", "thanks but it is broken", "Is the tent robust?"):
        assert courtesy.courtesy(text) is None


@pytest.mark.parametrize(
    "burst",
    [
        ("How heavy is the Fjell 2?", "thank you"),
        ("Hello", "How heavy is the Fjell 2?", "please"),
        ("How heavy is the Fjell 2?", "I am packing right now", "Hello"),
    ],
)
def test_a_question_is_answered_wherever_it_stands_in_a_burst(shop, burst):
    for text in burst:
        shop.write(text)
    jobs.drain()
    messages = shop.thread(shop.conversation).messages
    (said,) = [m for m in messages if m.author == "assistant"]
    assert "The Fjell 2 weighs 2.1 kg" in said.text
    outcomes = [m.outcome for m in messages if m.author == "contact"]
    assert outcomes == ["joined"] * (len(burst) - 1) + ["answered"]


def test_a_person_asked_for_early_in_a_burst_is_still_wanted_at_its_end(shop):
    for text in ("I want to talk to a person please", "hello?"):
        shop.write(text)
    jobs.drain()
    line = shop.thread(shop.conversation).line
    assert (line.assignee, line.reason) == ("team", "wants_person")


def test_what_was_answered_is_not_asked_again_with_the_next_message(shop):
    shop.ask("How heavy is the Fjell 2?")
    second = shop.ask("How long can I return something?")
    assert "2.1 kg" not in second.text
    assert "30 days" in second.text
