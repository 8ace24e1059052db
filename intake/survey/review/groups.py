"""Rows of the review queue: the texts that seem to mean one thing, with what that is and why."""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TypeVar

from intake.accounts.tokens import derived_key
from intake.directory.npi.doctors_in_languages import without_titles
from intake.survey.name_reader.doctor_similarity import DoctorName, same_doctor
from intake.survey.review.near_duplicates import alike, naming_words
from intake.survey.review.queue import WaitingText, Words
from intake.survey.review.write_ins import WriteIn, group_writeins
from intake.survey.text_reader.reader import NOBODY_KNOWN, AnswerReading, KnownNames, SourceIndex, read_answer

# Below this a text is shown apart from those that are read the same way with more certainty.
CLEAR = 0.75

Item = TypeVar("Item")
ReadText = tuple[WaitingText, AnswerReading]
NamedDoctor = tuple[WaitingText, DoctorName, AnswerReading]


@dataclass(frozen=True)
class ReviewLists:
    """What texts are read by: the practice's sources, and whom it knows."""

    index: SourceIndex
    known: KnownNames = NOBODY_KNOWN


@dataclass(frozen=True)
class ReviewRow:
    """One decision to take. `counts_as` is the source id it is counted as already, if it is."""

    key: str
    label: str
    spellings: tuple[WaitingText, ...]
    words: Words
    # Codes of sources that it seems to name, the likeliest first, and why.
    sources: tuple[str, ...] = ()
    reason: str = ""
    confidence: float = 0.0
    doctor: str = ""
    counts_as: int | None = None

    @property
    def answers(self) -> int:
        return sum(each.answers for each in self.spellings)

    @property
    def first_day(self) -> date:
        return min(each.first_day for each in self.spellings)

    @property
    def last_day(self) -> date:
        return max(each.last_day for each in self.spellings)

    @property
    def names_several(self) -> bool:
        return len(self.sources) > 1


def rows_of(texts: Sequence[WaitingText], *, lists: ReviewLists, codes: dict[int, str]) -> list[ReviewRow]:
    """Return the queue: what is not counted yet first, then doctors without a record, then what a machine read.

    `codes` are the codes of sources by id. Equal texts in any order give equal rows.
    """
    ordered = sorted(texts, key=lambda each: (-each.answers, each.normal))
    doctors: list[NamedDoctor] = []
    several: list[ReadText] = []
    read_as: dict[tuple[int, bool], list[ReadText]] = {}
    rest: list[WaitingText] = []
    for each in ordered:
        reading = read(each.text, lists)
        named = [mention for mention in reading.mentions if mention.source_code]
        name = _doctor_named(each, reading, lists)
        if name is not None and (len(named) < 2 or each.words == Words.DOCTOR):
            doctors.append((each, name, reading))
        elif len({mention.source_code for mention in named}) > 1:
            several.append((each, reading))
        elif each.words == Words.SUGGESTED and each.source_id is not None:
            clear = bool(named) and named[0].source_code == codes.get(each.source_id) and named[0].confidence >= CLEAR
            read_as.setdefault((each.source_id, clear), []).append((each, reading))
        else:
            rest.append(each)
    rows = [_doctor_row(group) for group in _gathered(doctors, _is_same_doctor)]
    rows += [
        _row([each for each, _ in group], group[0][1], reason=_reasons(group[0][1]))
        for group in _gathered(several, _names_the_same)
    ]
    for each in list(rest):
        counted = _counted_alike(each, read_as.values(), lists)
        if counted is not None:
            counted.append((each, read(each.text, lists)))
            rest.remove(each)
    for (source_id, _), members in read_as.items():
        rows.append(_row([each for each, _ in members], members[0][1], codes=(codes.get(source_id, ""),)))
    rows += _uncounted(rest, lists)
    return sorted(rows, key=lambda row: (row.words, -row.answers, row.label.casefold(), row.key))


def _counted_alike(each: WaitingText, groups: Iterable[list[ReadText]], lists: ReviewLists) -> list[ReadText] | None:
    """Those counted already that are spelled like this text and read the same: "Church Bulliten"."""
    meant = _codes(read(each.text, lists))
    words = naming_words(each.text)
    if len(meant) != 1:
        return None
    return next(
        (
            group
            for group in groups
            if any(_codes(reading) == meant and alike(words, naming_words(other.text)) for other, reading in group)
        ),
        None,
    )


def _gathered(items: Iterable[Item], fits: Callable[[list[Item], Item], bool]) -> list[list[Item]]:
    """Groups of items in order: each joins the first group that it fits, or begins one."""
    groups: list[list[Item]] = []
    for item in items:
        fitting = next((group for group in groups if fits(group, item)), None)
        if fitting is None:
            groups.append([item])
        else:
            fitting.append(item)
    return groups


def _names_the_same(group: list[ReadText], item: ReadText) -> bool:
    """Whether a text names the same several sources in the same order and words, however they are joined."""
    (first, first_reading), (text, reading) = group[0], item
    return _in_order(first_reading) == _in_order(reading) and alike(naming_words(first.text), naming_words(text.text))


def _in_order(reading: AnswerReading) -> list[tuple[str | None, str | None]]:
    return [(mention.source_code, mention.person) for mention in reading.mentions]


def _codes(reading: AnswerReading) -> set[str]:
    return {mention.source_code for mention in reading.mentions if mention.source_code}


def key_of(normals: Iterable[str]) -> str:
    """Return the name of a row in addresses, which nobody without the app's secret can work out from guessed words."""
    return hmac.new(derived_key("review rows"), min(normals).encode(), hashlib.sha256).hexdigest()[:16]


@lru_cache(maxsize=8_192)
def read(text: str, lists: ReviewLists) -> AnswerReading:
    """As `read_answer`; the same text is read once for each state of the lists."""
    return read_answer(text, sources=lists.index, known=lists.known)


def _doctor_named(each: WaitingText, reading: AnswerReading, lists: ReviewLists) -> DoctorName | None:
    """The doctor whom the text names: the words typed where a doctor was asked for need no title."""
    mention = next((mention for mention in reading.mentions if mention.doctor_name), None)
    if mention is None and each.words == Words.DOCTOR:
        mention = next(
            (found for found in read(f"dr {without_titles(each.text)}", lists).mentions if found.doctor_name), None
        )
    if mention is None or mention.doctor_name is None:
        return None
    return DoctorName.of(mention.doctor_name, each.text)


def _is_same_doctor(group: list[NamedDoctor], item: NamedDoctor) -> bool:
    # Compared with the commonest spelling only: of a chain of likenesses the ends may be two people.
    return same_doctor(group[0][1], item[1])


def _doctor_row(members: list[NamedDoctor]) -> ReviewRow:
    fullest = max(members, key=lambda member: (len(member[1].words), member[0].answers))
    reading = next((reading for _, _, reading in members if any(each.source_code for each in reading.mentions)), None)
    row = _row([each for each, _, _ in members], reading or members[0][2])
    said = row.words == Words.DOCTOR
    return ReviewRow(
        row.key,
        fullest[1].written,
        row.spellings,
        row.words,
        () if said else row.sources,
        "they named this doctor" if said else row.reason,
        row.confidence,
        doctor=fullest[0].text,
        counts_as=row.counts_as,
    )


def _uncounted(texts: list[WaitingText], lists: ReviewLists) -> list[ReviewRow]:
    by_text = {each.text: each for each in texts}
    rows = []
    for group in group_writeins(
        [WriteIn(each.text, each.answers) for each in by_text.values()],
        sources=lists.index,
        read=lambda text: read(text, lists),
    ):
        members = [by_text[text] for text in group.spellings]
        clear = [each for each in members if not group.source_code or _confidence(each, lists) >= CLEAR]
        unclear: list[WaitingText] = []
        for each in members:
            if each not in clear:
                (clear if clear and _is_spelled_alike(clear, each) else unclear).append(each)
        for part in (clear, *_gathered(unclear, _is_spelled_alike)):
            if not part:
                continue
            label = group.label if not group.source_code else part[0].text
            rows.append(
                ReviewRow(
                    key_of(each.normal for each in part),
                    label,
                    tuple(part),
                    min(each.words for each in part),
                    (group.source_code,) if group.source_code else (),
                    group.reason if part is clear else _reasons(read(part[0].text, lists)),
                    min((_confidence(each, lists) for each in part), default=0.0),
                    counts_as=_counts_as(part),
                )
            )
    return rows


def _is_spelled_alike(group: list[WaitingText], item: WaitingText) -> bool:
    words = naming_words(item.text)
    return any(alike(words, naming_words(other.text)) for other in group)


def _confidence(each: WaitingText, lists: ReviewLists) -> float:
    return max((mention.confidence for mention in read(each.text, lists).mentions), default=0.0)


def _row(
    members: list[WaitingText], reading: AnswerReading, *, codes: tuple[str, ...] = (), reason: str = ""
) -> ReviewRow:
    named = [mention for mention in reading.mentions if mention.source_code]
    found = codes or tuple(dict.fromkeys(mention.source_code or "" for mention in named))
    fullest = max(members, key=lambda each: (each.answers, len(each.text)))
    return ReviewRow(
        key_of(each.normal for each in members),
        fullest.text,
        tuple(members),
        min(each.words for each in members),
        tuple(code for code in found if code),
        reason or (named[0].reason if named else reading.reason),
        min((mention.confidence for mention in named), default=0.0),
        counts_as=_counts_as(members),
    )


def _counts_as(members: Iterable[WaitingText]) -> int | None:
    counted = {each.source_id if each.words != Words.UNCOUNTED else None for each in members}
    return counted.pop() if len(counted) == 1 else None


def _reasons(reading: AnswerReading) -> str:
    return "; ".join(dict.fromkeys(mention.reason for mention in reading.mentions)) or reading.reason


def read_doctor(row: ReviewRow, *, lists: ReviewLists) -> tuple[AnswerReading, bool]:
    """The fullest spelling of a named doctor, read with the physicians on record; whether only a surname is known."""
    text = row.doctor
    reading = read_answer(text, sources=lists.index, known=lists.known)
    if not any(mention.doctor_name for mention in reading.mentions):
        reading = read_answer(f"dr {without_titles(text)}", sources=lists.index, known=lists.known)
    sure = any(mention.physician for mention in reading.mentions)
    return reading, not sure
