"""Write-ins that mean one thing are one row of the review queue."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.matching import pairs_together, write_ins
from intake.survey.review.write_ins import WriteIn, group_writeins
from intake.survey.text_reader.reader import PracticeSource, build_index

INDEX = build_index([PracticeSource("doctor", "physician", ("Doctor",)), PracticeSource("slack", labels=("Slack",))])
HACKER_NEWS = (
    "Hacker News",
    "Hacker news",
    "HackerNews",
    "hackernews",
    "hacker news",
    "HN",
    "hn",
    "Hackernews",
    "hacker-news",
    "Haker News",
)


def test_ten_spellings_of_one_thing_are_one_group() -> None:
    groups = group_writeins([WriteIn(text) for text in (*HACKER_NEWS, "feedly", "XMPP")], sources=INDEX)
    assert [(group.label, group.count) for group in groups] == [("Hacker News", 10), ("XMPP", 1), ("feedly", 1)]
    assert set(groups[0].spellings) == set(HACKER_NEWS)


def test_what_the_list_knows_is_suggested_with_its_reason() -> None:
    groups = group_writeins([WriteIn("my cardiologist", 2), WriteIn("dr", 1), WriteIn("zorblat", 9)], sources=INDEX)
    assert [(group.source_code, group.count) for group in groups] == [(None, 9), ("doctor", 3)]
    assert "means a doctor" in groups[1].reason


def test_different_things_stay_apart() -> None:
    texts = ("blue", "blues club", "Route 9 sign", "Route 66 sign", "KLMR", "KLMS", "Zed", "Zeb")
    assert len(group_writeins([WriteIn(text) for text in texts], sources=build_index([]))) == len(texts)


def test_careful_people_would_group_them_so() -> None:
    truth = write_ins()
    groups = group_writeins([WriteIn(text) for text in truth], sources=build_index([]))
    right, found = pairs_together([group.spellings for group in groups], truth)
    assert right >= 0.97
    assert found >= 0.9


def test_names_that_share_a_word_are_different_things() -> None:
    names = [f"{first} {second}" for first in ("Alder", "Cedar", "Elm", "Fir") for second in ("rowing", "parade")]
    assert len(group_writeins([WriteIn(name) for name in names], sources=INDEX)) == len(names)


def test_people_addresses_and_events_are_rows_of_their_own() -> None:
    index = build_index(
        [PracticeSource("fair", labels=("Farmers Market",)), PracticeSource("friend_family", "patient")]
    )
    texts = ["https://quilts.example.org/fair", "farmers market", "church picnic", "Linda Moreno", "my friend Rosa"]
    assert len(group_writeins([WriteIn(text) for text in texts], sources=index)) == len(texts)
    groups = group_writeins([WriteIn("someone at trivia"), WriteIn("trivia")], sources=build_index([]))
    assert len(groups) == 2


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([*HACKER_NEWS, "feedly", "my doctor", "Slack", "zed", "???", ""]), unique=True),
    st.randoms(),
)
def test_order_makes_no_difference_and_nothing_is_lost(texts: list[str], random: object) -> None:
    groups = group_writeins([WriteIn(text) for text in texts], sources=INDEX)
    assert sorted(text for group in groups for text in group.spellings) == sorted(texts)
    random.shuffle(texts)  # type: ignore[attr-defined]
    assert group_writeins([WriteIn(text) for text in texts], sources=INDEX) == groups
