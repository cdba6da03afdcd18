"""Several questions in one message or burst are answered one by one."""

from __future__ import annotations

from bot import words

BOTH = "Hello, how long can I return something? And how heavy is the Fjell 2?"


def test_both_questions_of_a_message_are_answered_in_their_order(shop):
    said = shop.ask(BOTH)
    first, second = "within 30 days of delivery", "The Fjell 2 weighs 2.1 kg"
    assert first in said.text
    assert second in said.text
    assert said.text.index(first) < said.text.index(second)
    assert len(said.sources) == 2
    assert {source["release"] for source in said.sources} == {1}
    assert shop.thread(shop.conversation).line.assignee == "assistant"


def test_the_statements_of_all_answers_stand_where_they_say(shop):
    said = shop.ask(BOTH)
    answer = said.text[len(said.text) - said.verdict["characters"] :]
    for one in said.verdict["statements"]:
        start, end = one["said"]
        assert answer[start:end].strip() == answer[start:end]
        assert answer[start:end].endswith((".", "!", "?", ")"))
        assert one["supported"]


def test_what_is_known_is_said_and_the_rest_goes_to_people(shop):
    before = {message.id for message in shop.thread(shop.write("hello")).messages}
    shop.ask("How heavy is the Fjell 2? Which party will win the election in Norway?")
    said = [
        message.text
        for message in shop.thread(shop.conversation).messages
        if message.author == "assistant" and message.id not in before
    ]
    text = "\n".join(said)
    assert "2.1 kg" in text
    assert words.say("rest", "en") in text
    assert text.index("2.1 kg") < text.index(words.say("rest", "en"))
    line = shop.thread(shop.conversation).line
    assert (line.assignee, line.reason) == ("team", "no_answer")


def test_a_burst_of_two_questions_gets_both_answers(shop):
    shop.write("How heavy is the Fjell 2?")
    said = shop.ask("How long can I return something?")
    assert "2.1 kg" in said.text
    assert "30 days" in said.text


def test_one_passage_that_answers_both_is_quoted_once(shop):
    said = shop.ask("How long can I return something? Within how many days can I send it back?")
    assert said.text.count("within 30 days of delivery") == 1
    assert len(said.sources) == 1


def test_a_question_with_its_story_is_one_question(shop):
    said = shop.ask("I bought a jacket last week and it is too small. How long can I return it?")
    assert "30 days" in said.text
    assert len(said.sources) == 1


def test_an_answer_in_another_language_says_so(shop):
    said = shop.ask("Wie schwer ist das Fjell 2?")
    assert words.say("elsewhere", "de") in said.text
    assert "2.1 kg" in said.text
