"""The choices for a row of the review queue: what it seems to mean, what was searched for, and the rest."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import select

from intake.db import db
from intake.directory.models import Physician, ReferralSource, ReferringPractice, SourceAlias, SourceKind, Visit
from intake.directory.npi.referring_practices import practice_names
from intake.directory.physician_search.search import PhysicianHit, search_physicians
from intake.directory.registry_names import physician_name, proper
from intake.directory.sources.records import OTHER_CODE, is_active_on, normal_form, source_mapping
from intake.survey.answers.effective_answer import is_documented
from intake.survey.models import Answer, Mention, PhysicianReferral, ReviewRule, ReviewRuleText
from intake.survey.recording.decisions import DecidedMeaning
from intake.survey.review import source_use
from intake.survey.review.near_duplicates import naming_words
from intake.web.http.url_converters import row_number

NEW, NONE = "new", "none"
# Stands for a source that isn't there yet when a preview is worked out.
NEW_SOURCE_ID = -1
MOST_HITS, MOST_HINTED = 6, 2
# Beyond twelve sources of one answer nothing is credited.
MOST_BESIDE = 11
_LIKE_ENOUGH = 70


@dataclass(frozen=True)
class Target:
    """One choice: `value` is what a form sends for it ("source:3", "physician:8", "practice:5", "new", "none")."""

    value: str
    label: str
    note: str = ""
    kind: str = ""

    @property
    def is_physician(self) -> bool:
        return self.value.startswith(("physician:", "practice:"))


@dataclass(frozen=True)
class ListedSource:
    id: int
    code: str
    kind: str
    label: str
    parent: str
    words: tuple[str, ...]
    hint: str = ""


class Targets:
    """The practice's list of today, to choose from. Made for one request."""

    def __init__(self, *, day: date, language: str) -> None:
        named = source_use.labelled(language)
        self.names = {source_id: each.label for source_id, each in named.items()}
        self.merged = source_mapping()
        words: dict[int, list[str]] = {}
        for alias in db.session.scalars(select(SourceAlias)):
            words.setdefault(self.merged.get(alias.source_id, alias.source_id), []).append(alias.normal)
        for source_id, into in self.merged.items():
            words.setdefault(into, []).append(normal_form(self.names.get(source_id, "")))
        query = select(ReferralSource).where(is_active_on(day)).order_by(ReferralSource.position, ReferralSource.id)
        self.listed = [
            ListedSource(
                each.id,
                each.code,
                each.kind,
                self.names[each.id],
                self.names.get(each.parent_id or 0, ""),
                (normal_form(self.names[each.id]), *words.get(each.id, ())),
                named[each.id].hint,
            )
            for each in db.session.scalars(query)
            if each.id not in self.merged
        ]
        self.by_id = {each.id: each for each in self.listed}
        self.by_code = {each.code: each for each in self.listed}

    @property
    def codes(self) -> dict[int, str]:
        """Code of every source by id; what was merged away has that of what it counts as."""
        return {
            source_id: self.by_id[self.merged.get(source_id, source_id)].code
            for source_id in self.names
            if self.merged.get(source_id, source_id) in self.by_id
        }

    def of_source(self, source_id: int | None, note: str = "") -> Target | None:
        """The source as a choice, as what it counts as; None when it isn't on the list of today."""
        found = self.by_id.get(self.merged.get(source_id or 0, source_id or 0))
        if found is None:
            return None
        return Target(
            f"source:{found.id}", found.label, note or (f"under {found.parent}" if found.parent else ""), "source"
        )

    def of_code(self, code: str, note: str = "") -> Target | None:
        found = self.by_code.get(code)
        return self.of_source(found.id, note) if found else None

    def physician_source(self, codes: Iterable[str] = ()) -> int | None:
        """The source under which a physician counts: one of `codes` if it is for physicians, else the general one."""
        wanted = [self.by_code[code] for code in (*codes, "doctor") if code in self.by_code]
        return next((each.id for each in (*wanted, *self.listed) if each.kind == SourceKind.PHYSICIAN), None)

    def something_else(self) -> Target | None:
        return self.of_code(OTHER_CODE, "keep it there")

    def parents(self) -> list[tuple[int, str]]:
        """Entries that a new source may stand under."""
        parents = {each.id for each in source_use.top_level()}
        return [
            (each.id, each.label)
            for each in self.listed
            if each.id in parents and each.code != OTHER_CODE and each.kind == SourceKind.NON_PERSON
        ]

    def named(self, label: str) -> ListedSource | None:
        """The source that is called so already."""
        wanted = normal_form(label)
        return next((each for each in self.listed if wanted == each.words[0]), None)

    def found_by(self, text: str, *, limit: int = MOST_HITS) -> list[Target]:
        """Sources whose name or other words are like the text, the likeliest first."""
        wanted = normal_form(text)
        if not wanted:
            return []
        scored = [
            (max(_likeness(wanted, word) for word in each.words), number, each)
            for number, each in enumerate(self.listed)
        ]
        best = sorted((entry for entry in scored if entry[0] >= _LIKE_ENOUGH), key=lambda entry: (-entry[0], entry[1]))
        found = [self.of_source(each.id) for _, _, each in best[:limit]]
        return [each for each in found if each is not None]

    def hinted(self, text: str) -> tuple[list[Target], bool]:
        """Sources whose second line has a word of the text, and whether the first is meant: its last word says so.

        "Library talk" is a talk; a "health food store" is no health fair.
        """
        said = naming_words(text)
        found: list[tuple[bool, ListedSource]] = []
        for each in self.listed:
            hint = set(naming_words(each.hint)) if each.hint and each.kind == SourceKind.NON_PERSON else set()
            if hint.intersection(said):
                found.append((said[-1] in hint, each))
        found.sort(key=lambda each: not each[0])
        targets = [self.of_source(each.id, f"its second line: {each.hint}") for _, each in found[:MOST_HINTED]]
        return [each for each in targets if each is not None], sum(is_last for is_last, _ in found) == 1

    def meaning(self, value: str, *, codes: Sequence[str] = (), also: Collection[str] = ()) -> DecidedMeaning | None:
        """What a form's choice stands for; None when it is no choice (any more). A new source is NEW_SOURCE_ID.

        `also` are the sources named beside it; what isn't on the list, or is the choice itself, is left out.
        """
        meant = self._meaning(value, codes=codes)
        if meant is None or meant.source_id is None:
            return meant
        beside = [self._meaning(each, codes=()) for each in also]
        ids = (
            each.source_id for each in beside if each and each.source_id and not (each.physician_id or each.practice_id)
        )
        return replace(meant, also=tuple(each for each in dict.fromkeys(ids) if each != meant.source_id)[:MOST_BESIDE])

    def _meaning(self, value: str, *, codes: Sequence[str]) -> DecidedMeaning | None:
        if value == NONE:
            return DecidedMeaning(None)
        if value == NEW:
            return DecidedMeaning(NEW_SOURCE_ID)
        kind, _, number = value.partition(":")
        record_id = row_number(number)
        if record_id is None:
            return None
        # A hospital that is named counts as one where the list has it, and a physician as a physician.
        as_said = (self.by_code[code].id for code in codes if code in self.by_code)
        meant = {
            "source": DecidedMeaning(record_id) if record_id in self.by_id else None,
            "physician": DecidedMeaning(self.physician_source(codes), record_id),
            "practice": DecidedMeaning(next(as_said, self.physician_source()), practice_id=record_id),
        }.get(kind)
        record: Any = {"physician": Physician, "practice": ReferringPractice}.get(kind)
        is_there = record is None or db.session.get(record, record_id) is not None
        return meant if meant and meant.source_id and is_there else None


def physician_targets(text: str, *, limit: int = MOST_HITS) -> list[Target]:
    """Physicians whom the text may mean."""
    return [physician_target(hit) for hit in search_physicians(text, limit=limit)]


def physician_target(hit: PhysicianHit) -> Target:
    note = _note(hit.specialty, hit.practice, hit.city, f"NPI {hit.npi}" if hit.npi else "")
    return Target(f"physician:{hit.physician_id}", hit.display_name, note, "physician")


def _note(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def physicians_named(ids: Sequence[int], notes: dict[int, str]) -> list[Target]:
    """These physicians as choices, in this order, with what speaks for each."""
    rows = {row.id: row for row in db.session.scalars(select(Physician).where(Physician.id.in_(ids)))}
    made = []
    for row in (rows[physician_id] for physician_id in ids if physician_id in rows):
        note = _note(notes.get(row.id, ""), proper(row.city), f"NPI {row.npi}" if row.npi else "")
        made.append(Target(f"physician:{row.id}", physician_label(row), note, "physician"))
    return made


def practices_named(ids: Sequence[int], note: str = "") -> list[Target]:
    """These referring practices as choices, in this order."""
    rows = {row.id: row for row in db.session.scalars(select(ReferringPractice).where(ReferringPractice.id.in_(ids)))}
    named = [rows[each] for each in ids if each in rows]
    return [
        Target(f"practice:{row.id}", row.name, _note(note or "a practice that refers", proper(row.city)), "practice")
        for row in named
    ]


def practices_called(text: str) -> list[Target]:
    """Referring practices whose name or nickname holds every word of the text."""
    wanted = normal_form(text).split()
    found = [
        practice_id
        for practice_id, name, nicknames in practice_names()
        if any(all(word in normal_form(each) for word in wanted) for each in (name, *nicknames))
    ]
    return practices_named(found[:MOST_HINTED]) if wanted else []


def physician_label(row: Physician) -> str:
    return physician_name(row.first_name, row.last_name, row.credential)


def charted_for(normals: Sequence[str], *, within: Iterable[int]) -> dict[int, int]:
    """Return physician id → at how many of the visits where these words were said the chart names them."""
    rows = db.session.execute(
        select(PhysicianReferral.physician_id, Visit.id)
        .join(Visit, Visit.id == PhysicianReferral.visit_id)
        .join(Answer, Answer.visit_id == Visit.id)
        .join(Mention, Mention.answer_id == Answer.id)
        .where(
            Mention.detail_normal.in_(normals[:200]),
            Answer.turn.is_not(None),
            Visit.location_id.in_(within),
            is_documented(PhysicianReferral),
        )
        .distinct()
    )
    return Counter(physician_id for physician_id, _ in rows if physician_id is not None)


def decided_before(normals: Sequence[str]) -> list[ReviewRule]:
    """Rules in force for the same words that leave later answers to a person; the newest first."""
    query = (
        select(ReviewRule)
        .join(ReviewRuleText, ReviewRuleText.rule_id == ReviewRule.id)
        .where(ReviewRuleText.normal.in_(normals[:200]), ReviewRule.off_at.is_(None), ~ReviewRule.for_later)
        .order_by(ReviewRule.id.desc())
    )
    return list(db.session.scalars(query).unique())


def _likeness(wanted: str, word: str) -> float:
    if word.startswith(wanted) or any(part.startswith(wanted) for part in word.split()):
        return 90.0 + 10.0 * len(wanted) / max(len(word), 1)
    return float(fuzz.WRatio(wanted, word)) if len(wanted) > 2 else 0.0
