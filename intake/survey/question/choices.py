"""The choices that a patient is shown, and their order."""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sqlalchemy import ColumnElement, select

from intake.db import db
from intake.directory.models import ReferralSource, SourceKind, SourceTranslation
from intake.directory.sources.records import HOSPITAL_CODE, OTHER_CODE, is_active_on, source_mapping
from intake.survey.question import wording
from intake.web.ttl_cache import remembered


@dataclass(frozen=True)
class SourceChoice:
    source_id: int
    code: str
    label: str
    hint: str
    icon: str
    kind: str
    asks_which: bool
    children: tuple["SourceChoice", ...] = ()
    position: int = 0

    @property
    def names_practices(self) -> bool:
        """Whether what is written about it may be a referring practice or hospital."""
        return self.kind == SourceKind.PHYSICIAN or self.code == HOSPITAL_CODE


Item = TypeVar("Item", bound="SourceChoice | str")


@remembered(seconds=2)
def choices(day: date, language: str) -> list[SourceChoice]:
    """Return the sources offered on `day` in the practice's order, children inside parents, merged ones left out.

    A child whose parent is not active on that day is not offered either.
    """
    return _choices(language, [is_active_on(day)], without=source_mapping())


def choices_ever(language: str) -> list[SourceChoice]:
    """Return every source there is or was, switched off and merged ones too: what a page shown earlier may name."""
    return _choices(language, [], without=())


def _choices(
    language: str, conditions: Sequence[ColumnElement[bool]], *, without: Collection[int]
) -> list[SourceChoice]:
    rows = db.session.execute(
        select(ReferralSource, SourceTranslation)
        .outerjoin(
            SourceTranslation,
            (SourceTranslation.source_id == ReferralSource.id) & (SourceTranslation.language == language),
        )
        .where(*conditions)
        .order_by(ReferralSource.position, ReferralSource.id)
    ).all()
    children: dict[int | None, list[SourceChoice]] = {}
    # Children first, so that each parent finds its own ready.
    for source, translation in sorted(rows, key=lambda row: row[0].parent_id is None):
        if source.id in without:
            continue
        children.setdefault(source.parent_id, []).append(
            SourceChoice(
                source_id=source.id,
                code=source.code,
                label=wording.source_label(source, language, translation.label if translation else None),
                hint=wording.source_hint(source, language, translation.hint if translation else None),
                icon=source.icon,
                kind=source.kind,
                asks_which=source.asks_which,
                children=tuple(children.get(source.id, ())),
                position=source.position,
            )
        )
    return children.get(None, [])


def drawn_order(items: Sequence[Item], rng: random.Random | None = None) -> list[Item]:
    """Return a random order with "something else" last, so that no source gains from being on top.

    Works on choices and on bare codes.
    """
    rng = rng or random.SystemRandom()
    drawn = [item for item in items if _code(item) != OTHER_CODE]
    rng.shuffle(drawn)
    return drawn + [item for item in items if _code(item) == OTHER_CODE]


def in_order(available: Sequence[SourceChoice], codes: Sequence[str]) -> list[SourceChoice]:
    """`available` in the order of an ask's `options`; a source that has since gone is left out, a new one waits."""
    by_code = {choice.code: choice for choice in available}
    return [by_code[code] for code in codes if code in by_code]


def _code(item: "SourceChoice | str") -> str:
    return item if isinstance(item, str) else item.code
