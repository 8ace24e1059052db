"""Whether a text asks the practice for something, or tells it something that is no answer to the survey.

"My doctor gave me a prescription to see you" and "made an appointment through Zocdoc" speak of the same things and
are answers: they say who sent them.
"""

from intake.survey.text_kind.reply_words import phrases, plain_form, said_elsewhere, sentences


def is_errand(text: str) -> bool:
    """Whether a person at the practice must read this, whatever source is named in it. Linear in its length."""
    said = [plain_form(sentence) for sentence in sentences(text)]
    if any(phrases("errand_surely").search(sentence) for sentence in said) or said_elsewhere(
        "errand", plain_form(text)
    ):
        return True
    if any(_requests(sentence) for sentence in said):
        return True
    told = any(_tells(sentence) for sentence in said)
    if any(phrases("body").search(sentence) for sentence in said):
        return not told
    asked = [sentence for sentence in said if phrases("asking").search(sentence)]
    if not asked:
        return False
    # "Do you know Dr. Patel? He sent me."
    return not any(_tells(sentence) for sentence in said if sentence not in asked) and not all(
        _tells(sentence) for sentence in asked
    )


def _requests(sentence: str) -> bool:
    wished = phrases("wishing").search(sentence) or phrases("errand").search(sentence)
    return wished is not None and not _tells(sentence)


def _tells(sentence: str) -> bool:
    return phrases("tells").search(sentence) is not None and phrases("tells_not").search(sentence) is None
