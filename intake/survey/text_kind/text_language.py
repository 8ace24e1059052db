"""Which language a text is plainly in."""

import re

from intake.survey.spotting.lexicon import ORDINARY, ORDINARY_SPANISH, SMALL_WORDS
from intake.survey.text_kind.reply_words import languages_that_say, plain_form, word_set

# Letters that one language alone is written with, as far as we speak it.
_LETTERS = (
    (re.compile(r"[\u3040-\u30ff]"), "ja"),
    (re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]"), "ko"),
    (re.compile(r"[這個們說來為對時會沒給過還發開關電話訊簡醫診後別傳擾請緊聯絡]"), "zh-Hant"),
    (re.compile(r"[\u3400-\u9fff]"), "zh"),
    (re.compile(r"[\u0400-\u04ff]"), "ru"),
    (re.compile(r"[\u0679\u0688\u0691\u06ba\u06be\u06c1\u06d2]"), "ur"),
    (re.compile(r"[\u067e\u0686\u0698\u06af\u06cc\u06a9]"), "fa"),
    (re.compile(r"[\u0600-\u06ff]"), "ar"),
    (re.compile(r"[\u0900-\u097f]"), "hi"),
    (re.compile(r"[\u0a80-\u0aff]"), "gu"),
    (re.compile(r"[\u1ea0-\u1ef9ơưđ]", re.IGNORECASE), "vi"),
    (re.compile(r"[łęąśźż]", re.IGNORECASE), "pl"),
)
# So many words more of one language than of the other.
_PLAINLY = 2


def plain_language(text: str) -> str | None:
    """The language whose letters are its own, or 'en' or 'es' where the words leave no doubt; else None."""
    if not text.isascii() and (written := next((code for letters, code in _LETTERS if letters.search(text)), None)):
        return written
    words = plain_form(text).split()
    english = sum(word in ORDINARY or word in SMALL_WORDS or word in word_set("only_english") for word in words)
    spanish = sum(word in ORDINARY_SPANISH or word in word_set("only_spanish") for word in words)
    if max(english, spanish) * 2 < len(words) or abs(english - spanish) < _PLAINLY:
        return None
    return "en" if english > spanish else "es"


def language_of_a_stop(text: str) -> str | None:
    """The language in which a text plainly asks for no more; None where it may as well be another."""
    return plain_language(text) or next(iter(languages_that_say("stop", plain_form(text))), None)
