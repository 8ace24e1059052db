"""Matching on texts nobody thought of: it never fails, always says the same, quotes what was typed, works little."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.survey.free_text.typed_answers import mentions_in
from intake.survey.spotting.tokens import MOST_CHARACTERS, MOST_TOKENS, tokens
from intake.survey.text_reader.reader import PracticeSource, ReadOutcome, build_index, read_answer
from tests.steps import steps

INDEX = build_index(
    [
        PracticeSource("doctor", "physician", ("Doctor",)),
        PracticeSource("friend_family", "patient", ("Friend or family",)),
        PracticeSource("online_search", labels=("Online search",)),
        PracticeSource("radio", labels=("Radio",)),
        PracticeSource("insurance", labels=("Insurance",)),
        PracticeSource("drove_by", labels=("Drove by",)),
        PracticeSource("club", labels=("Tuesday Runners Club",), aliases=("the joggers",)),
    ]
)
WORDS = [
    "my",
    "mi",
    "dr",
    "doctor",
    "google",
    "sister",
    "hermana",
    "Linda",
    "Patel",
    "not",
    "no",
    "wait",
    "and",
    "y",
    "or",
    ",",
    ".",
    "/",
    "?",
    "!",
    "radio",
    "the",
    "tuesday",
    "runners",
    "club",
    "insurance",
    "website",
    "don't",
    "remember",
    "é",
    "3",
    "drove",
    "by",
    "n/a",
    "friend's",
    "de",
    "la",
    "🤷",
    "bạn tôi",
    "và",
    "صديقي",
    "وفيسبوك",
    "Facebook",
    "(",
    ")",
    "友達",
]
SEPARATORS = (", ", " and ", " & ", "/", "; ", " y ", " + ", "\n", ", and ", " also ")
THINGS = {"google": "online_search", "my sister": "friend_family", "radio": "radio", "my doctor": "doctor"}


@given(st.text(max_size=400) | st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join))
@settings(max_examples=400, deadline=None)
def test_any_text_is_read_the_same_way_twice_and_quoted_as_typed(text: str) -> None:
    reading = read_answer(text, sources=INDEX)
    assert reading == read_answer(text, sources=INDEX)
    for mention in reading.mentions:
        assert mention.text in text
        assert 0 <= mention.confidence < 1
        assert mention.reason
        assert mention.person is None or mention.person in text
    answered = any(mention.source_code for mention in reading.mentions)
    assert answered == (reading.outcome == ReadOutcome.ANSWERED)
    _, recorded = mentions_in(reading, text, {code: number for number, code in enumerate(INDEX.sources)})
    assert len({mention.detail for mention in recorded}) == len(recorded)


@settings(deadline=None)
@given(st.permutations(sorted(THINGS)), st.lists(st.sampled_from(SEPARATORS), min_size=3, max_size=3))
def test_however_things_are_strung_together_all_are_found_in_order(things: list[str], separators: list[str]) -> None:
    text = things[0] + "".join(separator + thing for separator, thing in zip(separators, things[1:], strict=True))
    found = [mention.source_code for mention in read_answer(text, sources=INDEX).mentions]
    assert found == [THINGS[thing] for thing in things]


@given(
    st.sampled_from(sorted(THINGS)),
    st.sampled_from([str.upper, str.title, str.lower]),
    st.sampled_from([" ", ".", "!!", " :)"]),
)
def test_case_and_what_trails_make_no_difference(thing: str, case: object, tail: str) -> None:
    text = case(thing) + tail  # type: ignore[operator]
    assert [mention.source_code for mention in read_answer(text, sources=INDEX).mentions] == [THINGS[thing]]


HOSTILE = {
    "one letter": "a" * 100_000,
    "spaces": " " * 100_000,
    "commas": "," * 100_000,
    "dotted letters": "a." * 50_000,
    "apostrophes": "a'" * 50_000,
    "combining marks": "e" + "\u0301" * 100_000,
    "small words": "the my a " * 11_000,
    "titles": "dr " * 33_000,
    "nonsense words": " ".join(f"qx{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}zzv" for n in range(14_000)),
    "denials": "not google " * 9_000,
    "questions": "?" * 100_000,
    "slashes": "r/" * 50_000,
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hundred_kilobytes_cost_no_more_than_the_part_that_is_read(name: str) -> None:
    text = HOSTILE[name]
    assert len(tokens(text)) <= MOST_TOKENS
    read_answer(text, sources=INDEX)  # Some of what is looked up is kept.
    whole = steps(lambda: read_answer(text, sources=INDEX))
    assert whole == steps(lambda: read_answer(text[:MOST_CHARACTERS], sources=INDEX))
    assert whole < 2_500 * MOST_TOKENS
