"""What free answers are read as, against a small list of the practice's own."""

import pytest

from intake.survey.text_reader.reader import (
    SURE_ENOUGH,
    AnswerReading,
    KnownNames,
    PhysicianCandidate,
    PracticeSource,
    ReadOutcome,
    SourceIndex,
    build_index,
    read_answer,
)

SOURCES = (
    PracticeSource("doctor", "physician", ("Doctor", "Médico")),
    PracticeSource("friend_family", "patient", ("Friend or family",)),
    PracticeSource("returning"),
    PracticeSource("insurance"),
    PracticeSource("online_search"),
    PracticeSource("website"),
    PracticeSource("online_reviews"),
    PracticeSource("social_media"),
    PracticeSource("facebook", parent_code="social_media"),
    PracticeSource("advertising"),
    PracticeSource("radio", parent_code="advertising"),
    PracticeSource("mail", parent_code="advertising"),
    PracticeSource("billboard", parent_code="advertising"),
    PracticeSource("event"),
    PracticeSource("drove_by"),
    PracticeSource("hospital_er"),
    PracticeSource("employer_school"),
    PracticeSource("other", labels=("Something else",)),
    PracticeSource("rt9", labels=("Billboard on Route 9",), parent_code="advertising"),
    PracticeSource("hacker_news", labels=("Hacker News",), aliases=("orange website",)),
    PracticeSource("park_talk", labels=("Dr Park's Vein Talk",), parent_code="event"),
)
GONZALEZ = PhysicianCandidate(1, "2000000012", "MARIA", "GONZALEZ", "MD", "Cardiology", "Tulsa", 0.9)
PATEL = PhysicianCandidate(2, "2000000020", "Ravi", "Patel", "DO", "Family medicine", "Albany", 0.9)
PATEL_TOO = PhysicianCandidate(3, "2000000038", "Nina", "Patel", "MD", "Dermatology", "Troy", 0.9)


@pytest.fixture(scope="module")
def index() -> SourceIndex:
    return build_index(SOURCES)


def codes(reading: AnswerReading) -> list[str | None]:
    return [mention.source_code for mention in reading.mentions]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("google and my friend", ["online_search", "friend_family"]),
        ("1) doctor 2) yelp", ["doctor", "online_reviews"]),
        ("Dr Smith and my mom", ["doctor", "friend_family"]),
        ("mi doctora y también una amiga", ["doctor", "friend_family"]),
        ("saw it on the radio, oh and a postcard", ["radio", "mail"]),
    ],
)
def test_several_at_once_are_all_found_in_their_order(index: SourceIndex, text: str, expected: list[str]) -> None:
    assert codes(read_answer(text, sources=index)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("not google, my sister", "friend_family"),
        ("no fue por internet, fue mi doctora", "doctor"),
        ("facebook no wait google", "online_search"),
        ("internet? no, my doctor", "doctor"),
        ("my doctor didn't refer me, I found you online", "online_search"),
        ("it was not my doctor it was my coworker", "friend_family"),
    ],
)
def test_what_is_denied_or_taken_back_does_not_count(index: SourceIndex, text: str, expected: str) -> None:
    assert codes(read_answer(text, sources=index)) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my mom's doctor", "doctor"),
        ("my doctor's website", "doctor"),
        ("found on my insurance's website", "insurance"),
        ("google reviews", "online_reviews"),
        ("an ad on Facebook", "facebook"),
        ("my friend who is a nurse", "friend_family"),
        ("health fair at work", "event"),
        ("my doctor at the hospital", "doctor"),
        ("the doctor at the ER", "hospital_er"),
        ("my friend posted on facebook", "facebook"),
        ("my friend Dr. Jones", "doctor"),
        ("heard your doctor speak on the radio", "radio"),
        ("my doctor gave me a brochure", "doctor"),
    ],
)
def test_a_detail_of_one_thing_is_not_another(index: SourceIndex, text: str, expected: str) -> None:
    assert codes(read_answer(text, sources=index)) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hackernews", "hacker_news"),
        ("Hacker new", "hacker_news"),
        ("HN", "hacker_news"),
        ("orange website.", "hacker_news"),
        ("rt 9 billboard", "rt9"),
        ("your billboard on route nine", "rt9"),
        ("a billboard downtown", "billboard"),
        ("billboard on route 66", "billboard"),
        ("Dr. Park's talk about veins", "park_talk"),
        ("Dr. Park", "doctor"),
    ],
)
def test_the_practices_own_sources_go_by_name_part_and_initials(index: SourceIndex, text: str, expected: str) -> None:
    assert codes(read_answer(text, sources=index)) == [expected]


def test_an_alias_says_so(index: SourceIndex) -> None:
    (mention,) = read_answer("orange website", sources=index).mentions
    assert mention.reason == "alias 'orange website' of Hacker News"
    assert mention.exact


def test_a_misspelling_is_less_sure_and_says_how_far_off_it_is(index: SourceIndex) -> None:
    (right,) = read_answer("facebook", sources=index).mentions
    (wrong,) = read_answer("facebok", sources=index).mentions
    assert wrong.source_code == right.source_code == "facebook"
    assert wrong.confidence < right.confidence
    assert "(1 letter off)" in wrong.reason
    assert not wrong.exact


def test_the_list_decides_a_meaning_without_a_source_is_unmatched() -> None:
    index = build_index([PracticeSource("doctor", "physician"), PracticeSource("advertising")])
    assert codes(read_answer("heard it on the radio", sources=index)) == ["advertising"]
    reading = read_answer("my sister", sources=index)
    assert reading.outcome == ReadOutcome.UNMATCHED
    assert "no source" in reading.mentions[0].reason


def test_a_list_in_the_practices_own_words_is_understood() -> None:
    index = build_index(
        [
            PracticeSource("pcp", "physician", ("Primary care doctor",)),
            PracticeSource("people", "patient", ("Friends & neighbors",)),
            PracticeSource("google", labels=("Google",)),
            PracticeSource("search", labels=("Internet search",)),
        ]
    )
    assert codes(read_answer("my cardiologist", sources=index)) == ["pcp"]
    assert codes(read_answer("mi hermana", sources=index)) == ["people"]
    assert codes(read_answer("googled it", sources=index)) == ["google"]
    assert codes(read_answer("bing", sources=index)) == ["search"]


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("My neighbor Linda M told me", "Linda M"),
        ("mi comadre Lupita", "Lupita"),
        ("Betty Lou Harmon from my church", "Betty Lou Harmon"),
        ("my friend paige", "paige"),
        ("Linda M.", "Linda M."),
        ("my sister", None),
        ("MY WIFE", None),
    ],
)
def test_the_one_to_thank_keeps_the_name_as_typed(index: SourceIndex, text: str, person: str | None) -> None:
    (mention,) = read_answer(text, sources=index).mentions
    assert (mention.source_code, mention.person) == ("friend_family", person)


def test_a_bare_name_waits_for_a_person(index: SourceIndex) -> None:
    (mention,) = read_answer("Linda", sources=index).mentions
    assert mention.confidence < SURE_ENOUGH


@pytest.mark.parametrize("text", ["I don't remember", "idk", "?", "no me acuerdo quien me dijo", "🤷", "not sure"])
def test_not_remembering_is_an_outcome(index: SourceIndex, text: str) -> None:
    assert read_answer(text, sources=index).outcome == ReadOutcome.DONT_REMEMBER


@pytest.mark.parametrize("text", ["rather not say", "n/a", "none of your business", "prefiero no decirlo"])
def test_declining_is_an_outcome(index: SourceIndex, text: str) -> None:
    assert read_answer(text, sources=index).outcome == ReadOutcome.DECLINED


def test_not_being_sure_lowers_confidence_only(index: SourceIndex) -> None:
    sure = read_answer("google", sources=index).mentions[0]
    unsure = read_answer("not sure, maybe google", sources=index).mentions[0]
    either = read_answer("google or facebook", sources=index).mentions
    assert unsure.source_code == "online_search"
    assert unsure.confidence < SURE_ENOUGH < sure.confidence
    assert all(mention.confidence < SURE_ENOUGH for mention in either)


@pytest.mark.parametrize("text", ["", "   ", "...", "asdfgh", "varicose veins", "👍", "the blue one"])
def test_what_says_nothing_is_unmatched(index: SourceIndex, text: str) -> None:
    assert read_answer(text, sources=index).outcome == ReadOutcome.UNMATCHED


def test_an_item_of_a_list_that_nobody_understands_is_kept_for_a_person(index: SourceIndex) -> None:
    reading = read_answer("Google, Zorblat", sources=index)
    assert [(mention.source_code, mention.text) for mention in reading.mentions] == [
        ("online_search", "Google"),
        (None, "Zorblat"),
    ]


def test_a_physician_needs_more_than_a_surname(index: SourceIndex) -> None:
    reading = read_answer("Dr Gonzalez", sources=index, known=KnownNames(find_physicians=lambda _: [GONZALEZ]))
    assert codes(reading) == ["doctor"]
    assert reading.mentions[0].physician is None
    assert reading.mentions[0].candidates == (GONZALEZ,)


@pytest.mark.parametrize("text", ["Dr. Maria Gonzales", "dr gonzales in Tulsa", "Dr Gonzalez, Cardiology"])
def test_a_given_name_a_town_or_a_specialty_tells_a_physician(index: SourceIndex, text: str) -> None:
    reading = read_answer(text, sources=index, known=KnownNames(find_physicians=lambda _: [PATEL, GONZALEZ]))
    assert reading.mentions[0].physician == GONZALEZ
    assert "Maria Gonzalez, MD" in reading.mentions[0].reason


@pytest.mark.parametrize("text", ["Dr Patel", "Dr. Susan Patel", "dr gonzalez"])
def test_a_physician_is_not_guessed_among_several_or_against_the_given_name(index: SourceIndex, text: str) -> None:
    reading = read_answer(text, sources=index, known=KnownNames(find_physicians=lambda _: [PATEL, PATEL_TOO]))
    assert codes(reading) == ["doctor"]
    assert reading.mentions[0].physician is None


def test_two_named_doctors_are_two_mentions(index: SourceIndex) -> None:
    assert codes(read_answer("Dr. Smith and Dr. Jones", sources=index)) == ["doctor", "doctor"]
    assert codes(read_answer("my doctor and my dentist", sources=index)) == ["doctor"]


def test_a_street_says_where_and_sends_nobody(index: SourceIndex) -> None:
    for text in (
        "me mandó la doctora de la clínica esa de la avenida preston",
        "the doctor at that clinic on preston highway",
        "el doctor de la calle 5",
        "dr on Bardstown road",
        "my doctor on Martin Luther King blvd",
        "mi doctor esta en la Martin Luther King",
        "la clinica que esta en la preston me mando",
    ):
        assert codes(read_answer(text, sources=index)) == ["doctor"], text
    assert read_answer("the clinic by walmart sent me", sources=index).outcome == ReadOutcome.UNMATCHED
    friends = (
        "my friend Linda St. Clair",
        "mi vecina Linda de la calle Preston",
        "my neighbor Linda on Preston street",
    )
    for text in friends:
        assert [(each.source_code, each.person) for each in read_answer(text, sources=index).mentions] == [
            ("friend_family", "Linda")
        ], text


def test_names_that_are_brands_are_names_after_a_title(index: SourceIndex) -> None:
    for text in ("Dr. Bing", "Dr Facebook Chen", "Dr Yelpington on Google St"):
        assert codes(read_answer(text, sources=index)) == ["doctor"], text
    assert codes(read_answer("dr google", sources=index)) == ["online_search"]
