"""Records that somebody looks for, to merge one of them with the record whose page they came from."""

from collections.abc import Collection

from intake.directory.merging.merge import Kind, mapping
from intake.directory.name_keys import normal
from intake.directory.patients.records import search_patients
from intake.directory.physicians.queries import physicians_matching, practices_with_members
from intake.survey.review import source_use

MOST_FOUND = 8


def records_called(
    kind: Kind, text: str, *, but: int, within: Collection[int], language: str, most: int = MOST_FOUND
) -> list[int]:
    """Ids of records that the text may mean, the likeliest first; without `but` and what is merged already."""
    merged = mapping(kind)
    found = [each for each in _found(kind, text, within, language) if each != but and each not in merged]
    return found[:most]


def _found(kind: Kind, text: str, within: Collection[int], language: str) -> list[int]:
    if not normal(text):
        return []
    if kind == Kind.PHYSICIANS:
        return [row.id for row in physicians_matching(text)]
    if kind == Kind.PATIENTS:
        return [hit.patient_id for hit in search_patients(text, within=within, limit=MOST_FOUND + 2)]
    if kind == Kind.PRACTICES:
        called = {row.id: f"{row.name} {row.city}" for row, _ in practices_with_members()}
    else:
        called = dict(source_use.labels(language))
    wanted = normal(text).split()
    return [each for each, name in called.items() if all(word in normal(name) for word in wanted)]
