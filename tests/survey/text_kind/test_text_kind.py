"""More than a thousand texts as people and phones send them, and what each is."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from intake.survey.text_kind.emergencies import Danger
from intake.survey.text_kind.judge import judge
from intake.survey.text_kind.kinds import LastQuestion, TextKind
from intake.survey.text_kind.opt_outs import OptOut
from intake.survey.text_kind.reply_words import LONGEST_READ, whole_texts
from intake.survey.text_kind.rules import is_unfinished
from tests.steps import steps

ASKED = {"question": LastQuestion.QUESTION, "who": LastQuestion.WHO, "after": LastQuestion.NOTHING}
TABLE = Path(__file__).parent / "text_kinds" / "texts.tsv"


@dataclass(frozen=True)
class Row:
    """`kinds`: what a careful person would accept; 'stop+emergency' is a stop that is told of 911 as well."""

    kinds: tuple[str, ...]
    asked: LastQuestion
    text: str


def rows() -> Iterator[Row]:
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            kinds, step, text = line.split("\t")
            # Whether an answer can be read is for the reader of answers to say.
            yield Row(tuple(kinds.replace("unclear", "answer").split("|")), ASKED[step], text.replace("\\n", "\n"))


def kind_of(row: Row) -> str:
    judged = judge(row.text, asked=row.asked)
    beside = "+emergency" if judged.danger and judged.kind != TextKind.EMERGENCY else ""
    return f"{judged.kind}{beside}"


def test_every_text_is_taken_for_what_it_is() -> None:
    assert [(row.text, row.kinds, kind_of(row)) for row in rows() if kind_of(row) not in row.kinds] == []


def test_the_table_holds_hundreds_of_each_half_of_the_matter() -> None:
    table = list(rows())
    assert len(table) > 1000
    assert sum("stop" in row.kinds for row in table) > 120
    assert sum("emergency" in row.kinds for row in table) > 100
    assert sum("answer" in row.kinds for row in table) > 150


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Stop. I heard from Dr Patel", "I heard from Dr Patel"),
        ("stop i heard about you from my cousin", "i heard about you from my cousin"),
        ("Google. Now please stop texting me.", "Google"),
        ("STOP", ""),
    ],
)
def test_what_stands_beside_a_stop_is_kept(text: str, rest: str) -> None:
    assert judge(text).rest == rest


def test_the_bare_word_is_told_from_a_sentence() -> None:
    assert judge("Stop, please!").opt_out == OptOut.WORD
    assert judge("could you stop texting me").opt_out == OptOut.SENTENCE
    assert judge("I never asked for texts but my cousin Lena told me about you").opt_out == OptOut.DOUBTFUL


def test_self_harm_is_told_from_other_danger() -> None:
    assert judge("I want to kill myself").danger == Danger.SELF_HARM
    assert judge("quiero quitarme la vida").danger == Danger.SELF_HARM
    assert judge("chest pain").danger == Danger.MEDICAL


def test_yes_is_start_unless_we_asked_for_a_yes() -> None:
    assert judge("YES").kind == TextKind.START
    assert judge("YES", asked=LastQuestion.CONFIRM).kind == TextKind.ANSWER
    assert judge("not her", asked=LastQuestion.CONFIRM).kind == TextKind.ANSWER


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sorry I meant 3", "3"),
        ("*9", "9"),
        ("perdón, quise decir 6", "6"),
        ("actually it was google", "google"),
        ("I meant my sister Ana", "my sister Ana"),
        ("not 2, 3", "3"),
        ("my mistake, facebook", "facebook"),
        ("oops", ""),
    ],
)
def test_a_correction_says_what_is_right(text: str, said: str) -> None:
    judged = judge(text, asked=LastQuestion.NOTHING)
    assert (judged.kind, judged.rest) == (TextKind.CORRECTION, said)


def test_a_quote_of_our_own_text_is_a_reaction_in_any_language() -> None:
    ours = "Lakeside Vein: How did you hear about us? 1 Google 2 A friend. Reply STOP to end."
    assert judge("Xyzzy “Lakeside Vein: How did you hear about us? 1 Goo…”", sent=[ours]).kind == TextKind.REACTION
    assert judge(f"Vivi tykkäsi: “{ours}”", sent=[ours]).kind == TextKind.REACTION
    assert judge("Google “vein doctors”", sent=[ours]).kind == TextKind.ANSWER


def test_half_a_text_is_known_by_its_end() -> None:
    assert is_unfinished("It was my")
    assert is_unfinished("I heard from Dr")
    assert not is_unfinished("It was my cousin")
    assert not is_unfinished("Dr.")


def test_every_language_has_its_words() -> None:
    for language in (
        "fr",
        "zh",
        "ru",
        "ar",
        "vi",
        "ko",
        "ht",
        "tl",
        "pt",
        "pl",
        "it",
        "de",
        "ja",
        "fa",
        "hi",
        "ur",
        "gu",
    ):
        assert len(whole_texts("stop", language)) > len(whole_texts("stop", "en"))
        assert len(whole_texts("yes", language)) > len(whole_texts("yes", "en"))


@pytest.mark.parametrize(
    "piece",
    (
        *("dont want ", "remove a ", "stop ", "no ", "a", "take me report mark a b c ", "chest ", "bleeding a ", "“"),
        *("Liked “", "i meant ", "no puedo ", "need to the my ", "*", "who is ", "the of a wrong ", "停", "á", ". "),
    ),
)
def test_a_hostile_text_costs_no_more_than_the_part_that_is_read(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    judge(text)  # The lists of phrases are read once.
    assert steps(lambda: judge(text)) == steps(lambda: judge(text[:LONGEST_READ]))


def test_a_word_for_stop_that_may_be_the_name_asked_for_is_asked_about() -> None:
    """ "Stopp" is a surname, and the German word for stop."""
    assert judge("Stopp").kind == TextKind.STOP
    named = judge("Stopp", asked=LastQuestion.WHO, language="en")
    assert (named.kind, named.opt_out) == (TextKind.ANSWER, OptOut.DOUBTFUL)
    assert judge("Stopp", asked=LastQuestion.WHO, language="de").kind == TextKind.STOP
    assert judge("停止", asked=LastQuestion.WHO, language="en").kind == TextKind.STOP


@pytest.mark.parametrize("text", ["help me", "Help me please", "ayúdame", "auxilio"])
def test_a_bare_cry_for_help_is_an_emergency(text: str) -> None:
    """The practice can't see what is wrong, so whoever asks is told to call 911; HELP alone asks who is texting."""
    assert judge(text).danger == Danger.MEDICAL
    assert judge("HELP").kind == TextKind.HELP
    assert judge("help me with my bill").kind == TextKind.ERRAND
