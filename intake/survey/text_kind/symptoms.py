"""Danger told in parts: where it is and what it is like, in any order, words and languages mixed.

"My chest feels like somebody sitting on it", "siento un elefante en el pecho", "mi pecho feels tight": the words of
each part stand in the language files ([signs]), and what makes a sign together stands here.
"""

from bisect import bisect_left
from collections.abc import Iterator

from intake.survey.text_kind.reply_words import languages_with_signs, sign

# Every part must be told within this many characters of the first, in one sentence.
_NEAR = 60
SIGNS: tuple[tuple[str, ...], ...] = (
    ("chest", "hurting"),
    ("chest", "pressing"),
    ("chest", "faint"),
    ("heart", "hurting"),
    ("heart", "racing"),
    ("racing_alone", "faint"),
    ("breath", "cannot"),
    ("breath", "faint"),
    ("breath_short", "leg"),
    ("blood", "unstopped"),
    ("blood", "brought_up"),
    ("blood", "pregnant"),
    ("side", "limp"),
    ("limb", "cannot_move"),
    ("limb", "cold", "discoloured"),
    ("limb", "cold", "cannot_move"),
    ("limb", "turned", "discoloured"),
    ("lips", "turned_blue"),
    ("leg", "swollen", "hot"),
    ("leg", "hot", "hard"),
    ("leg", "swollen", "sudden"),
    ("speech", "slurred"),
    ("person", "gone_blue"),
    ("face", "swollen"),
    ("throat", "closing"),
    ("hives", "throat"),
    ("hives", "breath"),
    ("hives", "everywhere"),
    ("headache", "worst"),
    ("headache", "sudden"),
    ("headache", "stiff_neck"),
    ("fever", "stiff_neck"),
    ("sight", "lost"),
    ("person", "down"),
    ("confused", "sudden"),
    ("head", "struck", "after_a_blow"),
    ("took", "too_much", "pills"),
    ("took", "all_of", "pills"),
    ("drank", "poison"),
    ("person", "attacks", "me"),
    ("weapon", "person_with"),
    ("wound", "opened", "blood"),
    ("bathroom_blood", "faint"),
    ("shakes", "fever"),
)


def told_in(sentence: str) -> Iterator[tuple[int, int]]:
    """Where in a sentence in plain form a sign is told: first and last character. Linear in its length."""
    for language in languages_with_signs():
        yield from _told_in(sentence, language)


def _told_in(sentence: str, language: str) -> Iterator[tuple[int, int]]:
    found: dict[str, list[tuple[int, int]]] = {}
    for parts in SIGNS:
        spans = []
        for part in parts:
            if part not in found:
                found[part] = [match.span() for match in sign(part, language).finditer(sentence)]
            if not found[part]:
                break
            spans.append(found[part])
        if len(spans) == len(parts):
            yield from _together(spans)


def _together(spans: list[list[tuple[int, int]]]) -> Iterator[tuple[int, int]]:
    for first in spans[0]:
        near = [_nearest(first, others) for others in spans[1:]]
        chosen = [first, *(span for span in near if span is not None)]
        if len(chosen) == len(spans):
            yield min(start for start, _ in chosen), max(end for _, end in chosen)


def _nearest(span: tuple[int, int], others: list[tuple[int, int]]) -> tuple[int, int] | None:
    """The nearest other part that doesn't overlap this one."""
    at = bisect_left(others, span)
    around = [other for other in others[max(0, at - 2) : at + 2] if other[1] <= span[0] or other[0] >= span[1]]
    gaps = [(max(other[0] - span[1], span[0] - other[1]), other) for other in around]
    gap, other = min(gaps, default=(_NEAR + 1, span))
    return other if gap <= _NEAR else None
