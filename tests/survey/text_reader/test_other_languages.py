"""Answers in the languages that are read by words alone: what falls apart into two, and who is named."""

import pytest

from intake.survey.free_text.typed_answers import mentions_in
from intake.survey.text_reader.reader import PracticeSource, build_index, read_answer

INDEX = build_index(
    [
        PracticeSource("doctor", "physician", ("Doctor",)),
        PracticeSource("friend_family", "patient", ("Friend or family",)),
        PracticeSource("facebook", labels=("Facebook",)),
        PracticeSource("online_search", labels=("Online search",)),
    ]
)
TWO_THINGS = """bạn tôi| và Facebook|Facebook
bạn tôi (chị Lan)| và Facebook (nhóm người Việt)|Facebook (nhóm người Việt)
صديقي محمد| وشفت في Facebook|وشفت في Facebook
صديقي| وفيسبوك|فيسبوك
دوستم علی| و فیسبوک|فیسبوک
میرے دوست احمد نے بتایا| اور فیس بک|فیس بک
दोस्त राजेश ने बताया| और फेसबुक|फेसबुक
મિત્ર રાજેશ| અને ફેસબુક|ફેસબુક
mera dost Rajesh| aur facebook|facebook
친구|와 페이스북|페이스북
友人の田中さん|とFacebook|Facebook
朋友小李|和脸书|脸书
подруга Наташа| и фейсбук|фейсбук
kaibigan kong si Maria| at Facebook|Facebook
zanmi mwen Marie| ak Facebook|Facebook
mon amie Sophie| et Facebook|Facebook
minha amiga Ana| e Facebook|Facebook
la mia amica Giulia| e Facebook|Facebook
meine Freundin Anna| und Facebook|Facebook
koleżanka Ania| oraz Facebook|Facebook"""
NAMED = """bạn tôi tên Lan|Lan
chị Lan bạn của vợ tôi|chị Lan
صديقي محمد|محمد
صديقتي اسمها لجين|لجين
دوستم علی|علی
میرے دوست احمد نے بتایا|احمد
मेरे दोस्त राजेश ने बताया|राजेश
મારી મિત્ર રીના|રીના
친구 김민수가 소개했어요|김민수
友達の山本さんに聞いた|山本
朋友王丽介绍|王丽
подруга Наташа|Наташа
kaibigan kong si Maria|Maria
zanmi mwen ki rele Marie|Marie
ma voisine Mme Dupont|Mme Dupont
minha vizinha Dona Maria|Dona Maria
la mia amica Giulia|Giulia
meine Nachbarin Frau Schmidt|Frau Schmidt
koleżanka Ania|Ania
bạn tôi giới thiệu|
صديقي نصحني|
bạn tôi ở Houston|
朋友介绍|
친구 소개로 왔어요|
友達に聞いた|
подруга посоветовала|
mon ami m'a envoyé|"""


@pytest.mark.parametrize("line", TWO_THINGS.splitlines())
def test_words_that_name_two_things_fall_apart_at_their_and(line: str) -> None:
    first, rest, second = line.split("|")
    read = read_answer(first + rest, sources=INDEX).mentions
    assert [(each.source_code, each.text) for each in read] == [("friend_family", first), ("facebook", second)]
    assert not any(each.counts for each in read)


def test_words_that_do_not_fall_apart_are_one_thing_for_a_person() -> None:
    text = "(con trai tôi tìm trên mạng)"
    reading = read_answer(text, sources=INDEX)
    assert [each.source_code for each in reading.mentions] == ["friend_family", "online_search"]
    _, named = mentions_in(reading, text, {"friend_family": 1, "online_search": 2})
    assert [(each.source_id, each.detail) for each in named] == [(None, text)]


@pytest.mark.parametrize("line", NAMED.splitlines())
def test_the_friend_named_after_the_word_for_friend_is_kept(line: str) -> None:
    text, name = line.split("|")
    (mention,) = read_answer(text, sources=INDEX).mentions
    assert (mention.source_code, mention.person or "") == ("friend_family", name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("bác sĩ Tuấn Phạm", "Tuấn Phạm"),
        ("دكتور محمود", "محمود"),
        ("доктор Иванов", "Иванов"),
        ("王医生介绍的", "王"),
        ("김민수 원장님이 소개", "김민수"),
        ("山本先生の紹介", "山本"),
        ("bác sĩ gia đình", ""),
        ("家庭医生", ""),
        ("내과 원장님", ""),
    ],
)
def test_the_doctor_named_beside_the_title_is_kept_without_it(text: str, name: str) -> None:
    (mention,) = read_answer(text, sources=INDEX).mentions
    assert (mention.source_code, mention.doctor_name or "") == ("doctor", name)
