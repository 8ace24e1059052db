"""Credit for what an answer names, as exact arithmetic on plain values.

Weights are in 27,720ths, the least common multiple of 1 to 12, so a share of up to twelve mentions is a whole
number and every sum is exact. Imports neither Flask nor SQLAlchemy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

UNIT = 27_720
MOST_MENTIONS = 12


@dataclass(frozen=True)
class CreditedMention:
    """What one mention points at. `source_id` is None while nobody has matched the words to a source."""

    source_id: int | None
    physician_id: int | None = None
    referring_patient_id: int | None = None
    # A referring practice of which no physician is named.
    practice_id: int | None = None

    @classmethod
    def of(cls, named: Any) -> "CreditedMention":
        """What anything that names a source and perhaps somebody points at: a mention, a decision."""
        practice_id = named.practice_id if named.physician_id is None else None
        return cls(named.source_id, named.physician_id, named.referring_patient_id, practice_id)


@dataclass(frozen=True)
class Credit:
    """What one distinct mention receives under each view, in units of 1/27,720 of a visit."""

    of: CreditedMention
    primary: int
    any_mention: int
    fractional: int


def credits_of(mentions: Sequence[CreditedMention]) -> list[Credit]:
    """Return the credit of one answered visit for its mentions, which come in rank order.

    Primary: all of it to the first. Any mention: a whole visit to each. Fractional: 1/k to each of k.
    The same thing named twice counts once; so does a source named both bare and with a person or physician.
    Only the first twelve distinct mentions are credited. An answer without any is credited to "not matched", so
    primary and fractional always sum to exactly one visit.
    """
    distinct = _distinct(mentions)[:MOST_MENTIONS] or [CreditedMention(None)]
    share = UNIT // len(distinct)
    return [
        Credit(mention, primary=UNIT if place == 0 else 0, any_mention=UNIT, fractional=share)
        for place, mention in enumerate(distinct)
    ]


def _distinct(mentions: Sequence[CreditedMention]) -> list[CreditedMention]:
    named = {mention.source_id for mention in mentions if _has_person(mention)}
    kept: list[CreditedMention] = []
    for mention in mentions:
        best = mention
        if not _has_person(mention) and mention.source_id is not None and mention.source_id in named:
            # "My doctor ... Dr. Osei": the bare source gives its place in the order to the one with a name.
            best = next(other for other in mentions if other.source_id == mention.source_id and _has_person(other))
        if best not in kept:
            kept.append(best)
    return kept


def _has_person(mention: CreditedMention) -> bool:
    return mention != CreditedMention(mention.source_id)
