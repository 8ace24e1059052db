"""Names looked up before they are judged: physicians here, our own people, practices, rare surnames, no answers."""

import pytest

from bench.matching import default_sources, is_exact, known_names, labelled
from intake.survey.text_reader.reader import AnswerReading, ReadOutcome, build_index, read_answer

INDEX = build_index(default_sources())
KNOWN = known_names()


def reading(text: str) -> AnswerReading:
    return read_answer(text, sources=INDEX, known=KNOWN)


def codes(text: str) -> list[str | None]:
    return [mention.source_code for mention in reading(text).mentions if mention.source_code]


def proposed(text: str) -> list[str]:
    return [mention.proposed.name for mention in reading(text).mentions if mention.proposed]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Melissa Chen", "Melissa Chen"),
        ("mellissa chen", "Melissa Chen"),
        ("Chen, Melissa", "Melissa Chen"),
        ("Tom Ingram", "Thomas Ingram"),
        ("referred by Susan Lee", "Susan Lee"),
        ("Okafor's office", "Grace Okafor"),
    ],
)
def test_a_physicians_name_without_a_title_is_proposed_and_never_counted(text: str, name: str) -> None:
    (mention,) = reading(text).mentions
    assert mention.source_code == "doctor"
    assert mention.proposed is not None and mention.proposed.name == name
    assert not mention.counts


def test_a_bare_name_that_nobody_here_has_is_no_friend_for_sure() -> None:
    (mention,) = reading("Tabitha Greenwood").mentions
    assert mention.source_code == "friend_family"
    assert not mention.counts
    assert reading("my friend Tabitha Greenwood").mentions[0].counts


def test_a_friend_who_is_a_patient_is_found() -> None:
    (mention,) = reading("my neighbor Priya Nair").mentions
    assert [each.name for each in mention.patients] == ["Priya Nair"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I see Dr Obi", ["returning"]),
        ("Dr. Obi did my other leg", ["returning"]),
        ("Dr Lindqvist is my doctor", ["returning"]),
        ("Googled Paul Obi", ["online_search"]),
        ("my husband sees Dr Obi", ["friend_family"]),
        ("saw Dr Lindqvist on TV", ["tv"]),
        ("Dr. Okafor sent me to Dr. Obi", ["doctor"]),
        ("I'm here to see Dr. Obi", []),
        ("Dr Obi referred me", []),
        ("Paul Obi", []),
    ],
)
def test_our_own_people_send_nobody(text: str, expected: list[str]) -> None:
    assert codes(text) == expected
    assert not any("Obi" in name or "Lindqvist" in name for name in proposed(text))


def test_a_surname_that_is_ours_and_an_outside_physicians_is_a_question() -> None:
    (mention,) = reading("Dr Tanaka").mentions
    assert not mention.counts
    assert [each.name for each in mention.candidates] == ["Marcus Tanaka"]
    assert proposed("Dr. Marcus Tanaka") == ["Marcus Tanaka"]
    assert codes("Dr. Mei Tanaka") == []


@pytest.mark.parametrize(
    ("text", "source", "practice"),
    [
        ("Bluegrass Family Medicine", "doctor", "Bluegrass Family Medicine"),
        ("blue grass family med", "doctor", "Bluegrass Family Medicine"),
        ("someone at Falls City", "doctor", "Falls City Internal Medicine"),
        ("the ER at St Joe's", "hospital_er", "St. Joseph Hospital"),
        ("HMH", "hospital_er", "Harrison Memorial Health System"),
        ("baptist east", "hospital_er", "Baptist East Urgent Care"),
    ],
)
def test_practices_are_known_by_name_in_short_and_by_nickname(text: str, source: str, practice: str) -> None:
    (mention,) = reading(text).mentions
    assert mention.source_code == source
    assert mention.practice is not None and mention.practice.name == practice


@pytest.mark.parametrize(
    "text", ["Mehta", "Baird", "Mejía", "Castell", "Ingram", "Drouin", "Banner", "Carrier", "Cousins", "Freund"]
)
def test_a_surname_alone_counts_as_nothing(text: str) -> None:
    assert not any(mention.counts for mention in reading(text).mentions)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Baird sent me over", "Laura Baird"),
        ("ingram recommended yall", "Thomas Ingram"),
        ("Mehta refered me", "Priya Mehta"),
        ("bairds office", "Laura Baird"),
        ("okafors nurse gave me your card", "Grace Okafor"),
        ("Dr. Baird's nurse", "Laura Baird"),
        ("laura baird md", "Laura Baird"),
    ],
)
def test_a_surname_that_sends_or_owns_an_office_is_proposed(text: str, name: str) -> None:
    (mention,) = reading(text).mentions
    assert mention.source_code == "doctor" and mention.proposed and mention.proposed.name == name


@pytest.mark.parametrize("text", ["Mejias sent me", "Ingraham referred me"])
def test_a_senders_name_is_no_brand(text: str) -> None:
    assert not {mention.source_code for mention in reading(text).mentions} & {"social_media", "advertising"}


@pytest.mark.parametrize("text", ["Starbucks office", "Sams clinic", "St Marys office", "Bell sent me"])
def test_an_unknown_name_without_an_apostrophe_is_no_doctors(text: str) -> None:
    assert not any(mention.source_code == "doctor" for mention in reading(text).mentions)


@pytest.mark.parametrize("text", ["my docter", "facebok", "dr. goggle", "saw your bilboard"])
def test_what_is_plainly_misspelled_counts_all_the_same(text: str) -> None:
    assert any(mention.counts for mention in reading(text).mentions)


@pytest.mark.parametrize(
    "text",
    [
        "insurance card attached",
        "standing all day at my job",
        "dr appt at 3",
        "I am here for my mom",
        "please send the report to my doctor",
        "do you take Blue Cross?",
        "this tablet is slow",
        "vengo por mi mamá",
        "please have the doctor call me back about my results",
        "My daughter will be driving me, she has the paperwork",
        "your website was down so I called",
        "la página no abría",
        "the stars aligned",
        "una paloma mensajera",
        "I hate Facebook",
        "陪媽媽來的",
        "я с мамой пришла",
        "accompagno mia madre",
    ],
)
def test_what_is_no_answer_names_no_source(text: str) -> None:
    assert reading(text).outcome == ReadOutcome.UNMATCHED
    assert codes(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("here because my sister told me to", ["friend_family"]),
        ("my primary care doctor sent me because my legs hurt", ["doctor"]),
        ("the website was down so I asked my sister", ["friend_family"]),
        ("tried calling my insurance, no luck, so I googled", ["online_search"]),
        ("my husband was scrolling Facebook and saw your ad", ["facebook"]),
        ("I was at the dentist and saw your ad in a magazine", ["print"]),
        ("my mother said I should ask my doctor and he sent me here", ["doctor"]),
        ("this one Google, the last one my doctor", ["online_search"]),
        ("Grady ER, my son drove me there", ["hospital_er"]),
        ("my husband hates the radio but that's where I heard it", ["radio"]),
        ("Instagram had awful things to say but my doctor likes you", ["doctor"]),
        ("my mother didn't want me to come but Dr. Ozdemir told me to", ["doctor"]),
        ("tried your site but it kept crashing so I asked my neighbor", ["friend_family"]),
        ("the podiatrist said it's nothing so I went home and searched online", ["online_search"]),
        ("follow up after the hospital", ["hospital_er"]),
        ("ER follow-up", ["hospital_er"]),
        ("posted in the Moms of Alder County Facebook group", ["facebook"]),
        ("heard it on WFPL driving home", ["radio"]),
        ("when I left St. Monica's", ["hospital_er"]),
        ("me dieron de alta en el Hospital San Rafael", ["hospital_er"]),
        ("doctor Varga comma the foot guy comma sent me", ["doctor"]),
        ('busqué "podólogo cerca de mí"', ["online_search"]),
        ("a postcard about the free talk and went to it", ["event", "mail"]),
        ("you removed my appendix in 2009", ["returning"]),
        ("vine hace 4 años", ["returning"]),
    ],
)
def test_what_stands_beside_an_answer_is_none(text: str, expected: list[str]) -> None:
    assert sorted(codes(text)) == expected


def test_other_languages_are_read_by_their_words_and_proposed() -> None:
    answers = labelled("other_languages")
    readings = [reading(answer.text) for answer in answers]
    assert sum(map(is_exact, readings, answers)) / len(answers) > 0.95
    for text in (
        "我的医生介绍的",
        "мой терапевт направил",
        "mon médecin traitant",
        "meine Nachbarin",
        "padosi ne bola",
    ):
        assert codes(text) and not any(mention.counts for mention in reading(text).mentions)
