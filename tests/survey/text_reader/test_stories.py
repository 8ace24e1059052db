"""In a long answer, who came along and whose website it was are not what led the patient here."""

import pytest

from bench.matching import default_sources
from intake.survey.text_reader.reader import SURE_ENOUGH, build_index, read_answer

INDEX = build_index(default_sources())


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("my wife and I were eating supper when your commercial came on the television", {"tv"}),
        ("there was a long article about your clinic that my aunt cut out of the newspaper", {"print"}),
        ("my plan changed in May so I looked at the insurance list on their website and picked you", {"insurance"}),
        ("I have been hearing your ad on the radio while driving to visit my grandchildren in Ohio", {"radio"}),
        ("I hurt my foot at work and my orthopedic surgeon saw the veins and told me to come", {"doctor"}),
        ("my cousin had her legs done by you last year and she told me to finally call", {"friend_family"}),
        (
            "my sister told me about this place and so did the nice people on my Facebook group",
            {"friend_family", "facebook"},
        ),
        ("my family doctor sent the referral and then Aetna approved it after two weeks", {"doctor"}),
        ("mi doctora me mando y el seguro ya lo aprobo", {"doctor"}),
        ("I was a patient with you all back when you had the old building on Main", {"returning"}),
        ("la página de mi seguro", {"insurance"}),
        ("yalls website", {"website"}),
    ],
)
def test_only_what_led_here_is_read(text: str, sources: set[str]) -> None:
    assert {mention.source_code for mention in read_answer(text, sources=INDEX).mentions} == sources


def test_a_story_is_counted_at_once_less_readily_than_a_word() -> None:
    story = "well it began two winters ago with cramps at night and in the end it was my cousin who told me to call"
    [mention] = read_answer(story, sources=INDEX).mentions
    assert mention.source_code == "friend_family"
    assert mention.confidence < SURE_ENOUGH < read_answer("my cousin", sources=INDEX).mentions[0].confidence
