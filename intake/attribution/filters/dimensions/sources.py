"""Dimensions by what the patient named: the source, and its kind."""

from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, func

from intake.attribution.filters.dimensions.dimension import UNMATCHED, Dimension, RowName, mapped
from intake.attribution.filters.lists import Level, Lists
from intake.directory.models import SourceKind
from intake.survey.answers.effective_answer import NOT_MATCHED
from intake.survey.models import CreditEntry
from intake.survey.question.wording import DEFAULT_LANGUAGE, source_label

# Kinds as numbers, since the remainder of their dimension is one.
KINDS = dict(enumerate(SourceKind, start=1))
KIND_NUMBERS = {kind: number for number, kind in KINDS.items()}
KIND_LABELS = {
    SourceKind.PHYSICIAN: "Physicians",
    SourceKind.PATIENT: "Friends, family, patients",
    SourceKind.NON_PERSON: "Everything else",
}


class SourceDimension(Dimension):
    """Rows are sources, or what sources are taken together as; answers that nobody has matched are one row."""

    def rows(self, lists: Lists, level: Level = Level.EACH) -> Callable[[int], int]:
        """Recorded source → its row; 0, which stands for none, → UNMATCHED."""
        return cache(lambda source: self._row(source, lists, level) if source in lists.sources else UNMATCHED)

    def entry_row(self, lists: Lists, level: Level = Level.EACH) -> ColumnElement[Any]:
        row = self.rows(lists, level)
        counts_as = {each: row(each) for each in lists.sources if row(each) != each}
        return func.coalesce(mapped(CreditEntry.source_id, counts_as), UNMATCHED)

    def entries(self, row: Any, lists: Lists, level: Level = Level.EACH) -> list[ColumnElement[bool]]:
        if row == UNMATCHED:
            return [CreditEntry.source_id.is_(None)]
        row_of = self.rows(lists, level)
        return [CreditEntry.source_id.in_(sorted(each for each in lists.sources if row_of(each) == row))]

    def _row(self, source_id: int, lists: Lists, level: Level) -> int:
        return lists.top_of(source_id) if level == Level.ROLLED_UP else lists.source_counts_as.get(source_id, source_id)

    def _names(self, rows: list[Any], lists: Lists) -> Mapping[Any, RowName]:
        return {row: source_name(lists, row) for row in rows}

    def _row_of_key(self, key: str, lists: Lists, location_ids: Collection[int]) -> Any:
        return next((source.id for source in lists.sources.values() if source.code == key), None)


class KindDimension(SourceDimension):
    """Rows are the kinds of source."""

    def _row(self, source_id: int, lists: Lists, level: Level) -> int:
        return KIND_NUMBERS[SourceKind(lists.kind_of(source_id))]

    def _names(self, rows: list[Any], lists: Lists) -> Mapping[Any, RowName]:
        return {row: RowName(_kind_key(KINDS[row]), KIND_LABELS[KINDS[row]]) for row in rows}

    def _row_of_key(self, key: str, lists: Lists, location_ids: Collection[int]) -> Any:
        return next((number for number, kind in KINDS.items() if _kind_key(kind) == key), None)


def source_name(lists: Lists, source_id: int) -> RowName:
    """The source as the list has it, in the practice's language."""
    source = lists.sources[source_id]
    label = source_label(source, DEFAULT_LANGUAGE)
    return RowName(source.code, label, code=source.code, record=("source", source_id))


def _kind_key(kind: SourceKind) -> str:
    return kind.replace("_", "-")


_NOT_MATCHED = {UNMATCHED: RowName("-unmatched", NOT_MATCHED)}

SOURCE = SourceDimension(
    "source", "Source", page="Sources", group="Sources", remainders=_NOT_MATCHED, offers_recorded_list=True
)
KIND = KindDimension(key="kind", heading="Kind", page="Kinds of source", group="Sources", remainders=_NOT_MATCHED)
