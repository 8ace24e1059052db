"""What patients read, in every language there is a file for."""

import string

import pytest

from intake.directory.sources.records import DEFAULT_SOURCES
from intake.survey.question import wording

EVERY_LANGUAGE = [language.code for language in wording.languages()]


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_english_comes_first_and_spanish_is_there() -> None:
    assert EVERY_LANGUAGE[0] == "en"
    assert "es" in EVERY_LANGUAGE


@pytest.mark.parametrize("code", EVERY_LANGUAGE)
def test_every_language_words_every_key_with_the_same_placeholders(code: str) -> None:
    english = wording._catalog("en")["words"]
    words = wording._catalog(code)["words"]

    assert set(words) == set(english)
    assert {key: placeholders(text) for key, text in words.items()} == {
        key: placeholders(text) for key, text in english.items()
    }


@pytest.mark.parametrize("code", EVERY_LANGUAGE)
def test_every_default_source_has_a_short_label(code: str) -> None:
    for source in DEFAULT_SOURCES:
        label = wording.text(f"source.{source.code}.label", code)
        assert 1 <= len(label.split()) <= 4, label


def test_an_unknown_language_falls_back_to_english_and_a_region_to_its_language() -> None:
    assert wording.text("button.done", "xx") == wording.text("button.done", "en")
    assert wording.text("button.done", "es-MX") == wording.text("button.done", "es")
    assert wording.text("button.done", "../../etc/passwd") == wording.text("button.done", "en")


def test_a_key_that_no_file_holds_is_refused() -> None:
    with pytest.raises(wording.UnknownWording):
        wording.text("button.no-such", "en")
