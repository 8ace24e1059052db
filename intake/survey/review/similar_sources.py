"""Sources of the list that may mean one thing: spelled alike, or read as one by the reader of answers."""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from itertools import combinations

from rapidfuzz import fuzz

from intake.directory.merging.duplicates import Alike, still_open
from intake.directory.merging.merge import CannotMerge, Kind, refuse
from intake.directory.models import ReferralSource
from intake.directory.sources.records import normal_form, source_mapping
from intake.survey.free_text.source_cache import listed_sources
from intake.survey.review import source_use
from intake.survey.review.near_duplicates import naming_words
from intake.survey.text_reader.reader import AnswerReading, PracticeSource, build_index, read_answer

_NEARLY_SAME = 88.0
_SHORTEST = 4
# The whole label is understood, not one word of it: a Tulip Festival is an event, and still an entry of its own.
_SURE = 0.9


def alike_sources(*, day: date, language: str) -> list[Alike]:
    """Pairs that could be merged one way or the other; the likeliest first."""
    names = source_use.labels(language)
    merged = source_mapping()
    rows = {row.id: row for row in source_use.every_source() if row.id not in merged}
    found = [*_spelled_alike(rows, names), *_read_as_one(rows, names, day)]
    return [alike for alike in still_open(Kind.SOURCES, found) if _may_merge(alike)]


def _spelled_alike(rows: dict[int, ReferralSource], names: dict[int, str]) -> Iterator[Alike]:
    words = {row_id: {normal_form(names[row_id]), *source_use.normal_aliases(row_id)} - {""} for row_id in rows}
    for one, other in combinations(sorted(rows), 2):
        best, said = max(
            ((_likeness(a, b), b) for a in words[one] for b in words[other]),
            default=(0.0, ""),
            key=lambda pair: pair[0],
        )
        if best == 100:
            yield Alike(Kind.SOURCES, one, other, (f"Both go by “{said}”",), 10.0)
        elif best >= _NEARLY_SAME:
            yield Alike(Kind.SOURCES, one, other, ("Spelled nearly alike",), best / 12)


def _likeness(one: str, other: str) -> float:
    joined, other_joined = one.replace(" ", ""), other.replace(" ", "")
    if joined == other_joined:
        return 100.0
    if min(len(joined), len(other_joined)) < _SHORTEST:
        return 0.0
    return max(fuzz.ratio(joined, other_joined), fuzz.token_sort_ratio(one, other))


def _read_as_one(rows: dict[int, ReferralSource], names: dict[int, str], day: date) -> Iterator[Alike]:
    """What staff called a source, read as a patient's answer against the list without it."""
    listed = listed_sources(day)
    by_code = {row.code: row.id for row in rows.values()}
    for row in rows.values():
        if row.label is None:
            continue
        reading = _reading(names[row.id], tuple(source for source in listed if source.code != row.code))
        meant = [each for each in reading.mentions if each.source_code and each.confidence >= _SURE]
        meant = [each for each in meant if naming_words(each.text) == naming_words(names[row.id])]
        if len(reading.mentions) == len(meant) == 1 and meant[0].source_code in by_code:
            other = by_code[meant[0].source_code]
            if other not in (row.parent_id, row.id) and rows[other].parent_id != row.id:
                reason = f"An answer “{names[row.id]}” would be read as “{names[other]}”"
                yield Alike(Kind.SOURCES, min(row.id, other), max(row.id, other), (reason,), 5.0)


@lru_cache(maxsize=256)
def _reading(name: str, others: tuple[PracticeSource, ...]) -> AnswerReading:
    """Return how the name reads against that list: the same for as long as both stay, which is for months."""
    return read_answer(name, sources=build_index(others))


def _may_merge(alike: Alike) -> bool:
    for gone, into in (alike.ids, alike.ids[::-1]):
        try:
            refuse(Kind.SOURCES, gone, into)
        except CannotMerge:
            continue
        return True
    return False
