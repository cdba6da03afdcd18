"""What each rule finds and what it leaves alone. All people and addresses are invented."""

from __future__ import annotations

import pytest

from guardrails import finding
from guardrails.detectors.addresses import Addresses
from guardrails.detectors.checksums import ChecksummedIds
from guardrails.detectors.labels import Handles, LabelledValues
from guardrails.detectors.names import ContextNames
from guardrails.detectors.schema import PersonalFields
from guardrails.errors import MaskingFailed
from guardrails.mask import KnownValue, Mask
from guardrails.policy import Pattern, Policy, Term
from guardrails.spans import Recognizer
from guardrails.text import view


def found(recognizer: Recognizer, text: str) -> set[tuple[str, str]]:
    seen = view(text).text
    return {(seen[span.start : span.end], span.kind) for span in recognizer.find(seen, "en")}


def covers(recognizer: Recognizer, text: str, value: str) -> bool:
    """Whether every letter and digit of a value in a text is found."""
    seen = view(text).text
    inside = {
        place for span in recognizer.find(seen, "en") for place in range(span.start, span.end)
    }
    value = view(value).text
    at = seen.index(value)
    return all(place in inside for place in range(at, at + len(value)) if seen[place].isalnum())


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("It goes to 27B Old Mill Road, Apt. 4, Leeds LS2 7EW please",
         "27B Old Mill Road, Apt. 4, Leeds LS2 7EW"),
        ("ship it to 4410 marigold avenue, suite 12, dunmore 18512",
         "4410 marigold avenue, suite 12, dunmore 18512"),
        ("PO Box 7731, Tulsa, OK 74101", "PO Box 7731, Tulsa, OK 74101"),
        ("H.No. 14, Gandhi Nagar, Pune 411014", "H.No. 14, Gandhi Nagar, Pune 411014"),
        ("wohnt Am Alten Hafen 5a, 24103 Kiel, danke", "Am Alten Hafen 5a, 24103 Kiel"),
        ("nach ulmenstraße 17, 04107 leipzig", "ulmenstraße 17, 04107 leipzig"),
        ("bij Prinsesselaan 88, 3573 BX Utrecht", "Prinsesselaan 88, 3573 BX Utrecht"),
        ("au 12 bis, rue des Lilas, 69007 Lyon, merci", "12 bis, rue des Lilas, 69007 Lyon"),
        ("en Calle del Olivo 31, 2º piso, 28013 Madrid",
         "Calle del Olivo 31, 2º piso, 28013 Madrid"),
        ("Rua das Amendoeiras, 210, 4050-021 Porto", "Rua das Amendoeiras, 210, 4050-021 Porto"),
        ("in Via Garibaldi, 9 Piano 3, 10122 Torino", "Via Garibaldi, 9 Piano 3, 10122 Torino"),
        ("寄到浙江省杭州市文三路48号302室，谢谢", "浙江省杭州市文三路48号302室"),
        ("住所は神奈川県川崎市宮前区2丁目11番4号です", "神奈川県川崎市宮前区2丁目11番4号"),
        ("العنوان شارع الزهور 18، جدة 21589", "شارع الزهور 18، جدة 21589"),
    ],
)  # fmt: skip
def test_addresses_are_found_with_their_tails(text: str, address: str) -> None:
    assert covers(Addresses(), text, address)


@pytest.mark.parametrize(
    "text",
    [
        "2 tickets for the main street fair", "It takes 24 hours by road", "size 42 in navy blue",
        "Ich bringe 2 Taschen mit", "Via e-mail 3 giorni fa", "The flat is 20 m wide",
        "Samsung Galaxy S24 Ultra 256 GB", "KX-4500型号的电热水壶漏水", "17時以降にお電話ください",
    ],
)  # fmt: skip
def test_what_only_resembles_an_address_is_left_alone(text: str) -> None:
    assert found(Addresses(), text) == set()


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("my zip code used to be 60613", "60613", "ZIP"),
        ("PLZ: 50667", "50667", "ZIP"), ("il mio CAP è 40121", "40121", "ZIP"),
        ("邮编310012", "310012", "ZIP"), ("郵便番号は2160011です", "2160011", "ZIP"),
        ("الرمز البريدي 21589", "21589", "ZIP"), ("I live in 60613.", "60613", "ZIP"),
        ("born on 3 May 1984", "3 May 1984", "DOB"), ("née le 14/02/1990", "14/02/1990", "DOB"),
        ("生年月日は1988年4月2日", "1988年4月2日", "DOB"), ("DOB 1971-10-05", "1971-10-05", "DOB"),
        ("my username is kiteflyer", "kiteflyer", "USER_ID"),
        ("el usuario lobo.88 no entra", "lobo.88", "USER_ID"),
        ("账号user_9059登录不了", "user_9059", "USER_ID"),
        ("passport X1234567 please", "X1234567", "NATIONAL_ID"),
        ("DNI 86142694A por favor", "86142694A", "NATIONAL_ID"),
        ("my visa ending in 4471", "4471", "CARD"),
    ],
)  # fmt: skip
def test_values_are_known_by_the_word_before_them(text: str, value: str, kind: str) -> None:
    assert (value, kind) in found(LabelledValues(), text)


@pytest.mark.parametrize(
    "text",
    [
        "my login does not work", "my account is locked", "el usuario no funciona",
        "It was 1,199.00 last week", "12345 pieces are in stock", "version 10.20.30",
    ],
)  # fmt: skip
def test_labels_alone_hide_nothing(text: str) -> None:
    assert found(LabelledValues(), text) == set()


def test_user_names_have_a_form_of_their_own() -> None:
    assert found(Handles(), "ask @moonwalker or mira_kern_2041") == {
        ("@moonwalker", "USER_ID"), ("mira_kern_2041", "USER_ID"),
    }  # fmt: skip
    assert found(Handles(), "write to a@mail.example about snake_case") == set()


@pytest.mark.parametrize(
    ("country", "value"),
    [
        ("US", "078-05-1120"), ("UK", "AB 12 34 56 C"), ("DE", "86095742719"),
        ("FR", "1 85 05 78 006 084 91"), ("ES", "12345678Z"), ("ES", "X1234567L"),
        ("IT", "RSSMRA85T10A562S"), ("NL", "111222333"), ("BR", "529.982.247-25"),
        ("CN", "11010519491231002X"), ("JP", "1234 5678 9018"), ("IN", "2345 6789 0124"),
        ("IN", "ABCPE1234F"), ("AU", "123 456 782"), ("PL", "44051401359"),
    ],
)  # fmt: skip
def test_national_ids_are_proven_by_check_digits_or_form(country: str, value: str) -> None:
    kinds = {kind for _, kind in found(ChecksummedIds(), f"it is {value}, ok")}
    assert "NATIONAL_ID" in kinds, country


@pytest.mark.parametrize("value", ["12345679Z", "11010519491231003X", "987-65-4321", "AB123456E"])
def test_wrong_check_digits_prove_nothing(value: str) -> None:
    assert found(ChecksummedIds(), f"it is {value}, ok") == set()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("please send it to my wife mira kolbe, thanks", "mira kolbe"),
        ("Kontoinhaberin ist Wiebke Harms", "Wiebke Harms"),
        ("Mme Roussel de votre équipe", "Roussel"),
        ("Obrigada! Abraços, Inês Farias", "Inês Farias"),
        ("titular Jacinta Robles", "Jacinta Robles"),
        ("met Joost Dekkers, ik bel", "Joost Dekkers"),
        ("户名欧阳明月", "欧阳明月"),
        ("请转交给我太太林晓雯", "林晓雯"), ("你们的洪经理", "洪"),
        ("妻の高橋美咲宛に", "高橋美咲"), ("زوجتي سلمى الحربي، رقمها", "سلمى الحربي"),
        ("Passengers: Ada Quill, Bo Tarn", "Bo Tarn"), ("我是Mira Kolbe，订单", "Mira Kolbe"),
    ],
)  # fmt: skip
def test_names_are_known_by_the_words_around_them(text: str, name: str) -> None:
    assert covers(ContextNames(), text, name)


def test_fields_of_json_say_what_they_hold() -> None:
    told = (
        '{"name": {"first_name": "Mira", "last_name": "Kolbe"}, "dob": "1984-05-03", "zip": 60613}'
    )
    assert found(PersonalFields(), told) == {
        ("Mira", "PERSON"), ("Kolbe", "PERSON"), ("1984-05-03", "DOB"), ("60613", "ZIP"),
    }  # fmt: skip
    assert found(PersonalFields(), '{"name": "Tent", "product_id": "x", "phone": "none"}') == set()
    assert found(PersonalFields(), '{"customer": {"name": "Mira"}}') == {("Mira", "PERSON")}


def test_a_person_in_a_tools_answer_is_one_placeholder_everywhere() -> None:
    mask = Mask()
    hidden = mask.hide_structured({"first_name": "Mira", "last_name": "Kolbe", "zip": "60613"})
    assert hidden == {"first_name": "[PERSON_1]", "last_name": "[PERSON_1]", "zip": "[ZIP_1]"}
    assert mask.hide("Dear MIRA KOLBE") == "Dear [PERSON_1]"


POLICY = Policy(
    hide=(Term(value="Projekt Blaumeise"), Term(value="Depot 9", kind="ADDRESS")),
    never_guess=("Nordwind Alpha",),
    patterns=(
        Pattern(name="locker", kind="USER_ID", regex=r"\bLK\d{3}\b", finds=("LK1",), spares=("L",)),
    ),
)  # fmt: skip


def test_a_policy_hides_spares_and_matches() -> None:
    mask = Mask(policy=POLICY)
    assert mask.hide("the PROJEKT  blaumeise, lk204, dépôt ９") == (
        "the [OTHER_1], [USER_ID_1], [ADDRESS_1]"
    )
    assert Mask(policy=POLICY).hide("I am Nordwind Alpha") == "I am Nordwind Alpha"
    assert "Nordwind" not in Mask([KnownValue("PERSON", "Nordwind Alpha")], policy=POLICY).hide(
        "I am Nordwind Alpha"
    )


def test_a_pattern_that_fails_stops_everything(monkeypatch) -> None:
    def slow(*_: object) -> list[tuple[int, int]]:
        raise TimeoutError

    monkeypatch.setattr(finding.patterns, "places", slow)
    finding.forget()
    with pytest.raises(MaskingFailed):
        Mask(policy=POLICY).hide("anything at all")
    finding.forget()


def test_a_text_is_looked_at_once_whoever_asks(monkeypatch) -> None:
    finding.forget()
    asked: list[str] = []
    original = Addresses.find

    def counted(self: Addresses, text: str, language: str) -> object:
        asked.append(text)
        return original(self, text, language)

    monkeypatch.setattr(Addresses, "find", counted)
    for _ in range(3):
        Mask().hide("call me at Ulmenstraße 17")
    assert len(asked) == 1
    Mask(policy=POLICY).hide("call me at Ulmenstraße 17")
    assert len(asked) == 2


def test_an_abbreviation_is_nobody() -> None:
    text = "You can claim the import VAT from the carrier. Ask KIM about it."
    assert [text[span.start : span.end] for span in Mask().find(text)] == ["KIM"]
