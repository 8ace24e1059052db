"""Replies to "Who can we thank?" that name somebody, and those that name nobody."""

import pytest

from intake.survey.text_reader.reply_names import name_in

NAMES = """Siobhan|idk how to spell it, Siobhan something|Na|O|Null|Linda M, my neighbor|rosa|my cousin Rosa|dr patel
Dr. Grace Okafor on 5th|his name is Tom Baker|Baker|Nguyen Thi Hong|Hyejin|se llama Maria Elena|mi prima Rosa
Bob from church|It was Kathy|thank Mrs. Johnson|quintanila|Wei|Suharti|MARIA LOPEZ|my friend Grace|Will Chance
not sure how to spell but Xochitl|I think Dr Lindqvist|Mary Ann and Joe|Dr Pain|jo""".replace("\n", "|").split("|")
NOBODY = """my husband|anonymous|she doesn't want to be named|call me|chest pain|0|skip|no|none|n/a|na|idk|I don't know
my doctor|a friend from church|nobody|rather not say|he wants to stay private|mi esposo|no sé|prefiere no decir|thanks
my wife's doctor|the nurse|google|my neighbor|?|doesn't want his name used|I'd rather keep that private|a coworker
can't remember her name|forgot|No|my mom and dad|a friend of mine|my sister in law|una amiga""".replace(
    "\n", "|"
).split("|")


def test_whoever_is_named_is_kept() -> None:
    assert [text for text in NAMES if not name_in(text)] == []


def test_what_names_nobody_is_no_name() -> None:
    assert [(text, name_in(text)) for text in NOBODY if name_in(text)] == []


@pytest.mark.parametrize("text", ["idk how to spell it, Siobhan something", "Not sure of the spelling but Siobhan"])
def test_a_doubt_about_the_spelling_is_no_part_of_the_name(text: str) -> None:
    assert name_in(text).startswith("Siobhan")
