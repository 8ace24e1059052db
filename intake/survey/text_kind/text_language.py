"""Which of the two languages that most patients write a text is plainly in."""

from intake.survey.spotting.lexicon import ORDINARY, ORDINARY_SPANISH, SMALL_WORDS
from intake.survey.text_kind.reply_words import plain_form, word_set

# So many words more of one language than of the other.
_PLAINLY = 2


def plain_language(text: str) -> str | None:
    """'en' or 'es' where the words of a text leave no doubt; None where they are few, mixed or of another language."""
    words = plain_form(text).split()
    english = sum(word in ORDINARY or word in SMALL_WORDS or word in word_set("only_english") for word in words)
    spanish = sum(word in ORDINARY_SPANISH or word in word_set("only_spanish") for word in words)
    if max(english, spanish) * 2 < len(words) or abs(english - spanish) < _PLAINLY:
        return None
    return "en" if english > spanish else "es"
