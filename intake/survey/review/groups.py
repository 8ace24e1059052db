"""The rows of the review queue: texts that mean one thing together, each row with what it seems to mean and why."""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial

from intake.accounts.tokens import derived_key
from intake.survey.name_reader.doctor_similarity import DoctorName, same_doctor
from intake.survey.review.near_duplicates import alike, told_words
from intake.survey.review.queue import Waiting, Words
from intake.survey.review.write_ins import WriteIn, group_writeins
from intake.survey.text_reader.reader import PhysicianCandidate, Reading, SourceIndex, read_answer

# Below this a text is shown apart from those that are read the same way with more certainty.
CLEAR = 0.75


@dataclass(frozen=True)
class Row:
    """One decision to take. `counts_as` is the source id it is counted as already, if it is."""

    key: str
    label: str
    spellings: tuple[Waiting, ...]
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


def rows_of(texts: Sequence[Waiting], *, index: SourceIndex, codes: dict[int, str]) -> list[Row]:
    """The queue: what is not counted yet first, then doctors without a record, then what a machine read.

    `codes` are the codes of sources by id. Equal texts in any order give equal rows.
    """
    ordered = sorted(texts, key=lambda each: (-each.answers, each.normal))
    doctors: list[tuple[Waiting, DoctorName, Reading]] = []
    several: list[tuple[Waiting, Reading]] = []
    read_as: dict[tuple[int, bool], list[tuple[Waiting, Reading]]] = {}
    rest: list[Waiting] = []
    for each in ordered:
        reading = read(each.text, index)
        named = [mention for mention in reading.mentions if mention.source_code]
        name = _doctor_named(each, reading, index)
        if name is not None and (len(named) < 2 or each.words == Words.DOCTOR):
            doctors.append((each, name, reading))
        elif len({mention.source_code for mention in named}) > 1:
            several.append((each, reading))
        elif each.words == Words.SUGGESTED and each.source_id is not None:
            clear = bool(named) and named[0].source_code == codes.get(each.source_id) and named[0].confidence >= CLEAR
            read_as.setdefault((each.source_id, clear), []).append((each, reading))
        else:
            rest.append(each)
    rows = [_doctor_row(group) for group in _by_doctor(doctors)]
    rows += [
        _row([each for each, _ in group], group[0][1], reason=_reasons(group[0][1])) for group in _said_alike(several)
    ]
    for each in list(rest):
        counted = _counted_alike(each, read_as.values(), index)
        if counted is not None:
            counted.append((each, read(each.text, index)))
            rest.remove(each)
    for (source_id, _), members in read_as.items():
        rows.append(_row([each for each, _ in members], members[0][1], codes=(codes.get(source_id, ""),)))
    rows += _uncounted(rest, index)
    return sorted(rows, key=lambda row: (row.words, -row.answers, row.label.casefold(), row.key))


def _counted_alike(
    each: Waiting, groups: Iterable[list[tuple[Waiting, Reading]]], index: SourceIndex
) -> list[tuple[Waiting, Reading]] | None:
    """Those counted already that are spelled like this text and read the same: "Church Bulliten"."""
    meant = _codes(read(each.text, index))
    told = told_words(each.text)
    if len(meant) != 1:
        return None
    return next(
        (
            group
            for group in groups
            if any(_codes(reading) == meant and alike(told, told_words(other.text)) for other, reading in group)
        ),
        None,
    )


def _said_alike(several: list[tuple[Waiting, Reading]]) -> list[list[tuple[Waiting, Reading]]]:
    """Texts that name the same several sources in the same order and words, however they are joined."""
    groups: list[list[tuple[Waiting, Reading]]] = []
    for each, reading in several:
        named, told = _in_order(reading), told_words(each.text)
        fitting = next(
            (
                group
                for group in groups
                if _in_order(group[0][1]) == named and alike(told_words(group[0][0].text), told)
            ),
            None,
        )
        if fitting is None:
            groups.append([(each, reading)])
        else:
            fitting.append((each, reading))
    return groups


def _in_order(reading: Reading) -> list[tuple[str | None, str | None]]:
    return [(mention.source_code, mention.person) for mention in reading.mentions]


def _codes(reading: Reading) -> set[str]:
    return {mention.source_code for mention in reading.mentions if mention.source_code}


def key_of(normals: Iterable[str]) -> str:
    """Return the name of a row in addresses, which nobody without the app's secret can work out from guessed words."""
    return hmac.new(derived_key("review rows"), min(normals).encode(), hashlib.sha256).hexdigest()[:16]


@lru_cache(maxsize=8_192)
def _read(text: str, index: "_Same") -> Reading:
    return read_answer(text, sources=index.index)


class _Same:
    """An index that is equal only to itself, so that what it read can be remembered."""

    def __init__(self, index: SourceIndex) -> None:
        self.index = index

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.index is self.index

    def __hash__(self) -> int:
        return id(self.index)


def read(text: str, index: SourceIndex) -> Reading:
    """As `read_answer` without physicians; the same text is read once for each list."""
    return _read(text, _Same(index))


def _doctor_named(each: Waiting, reading: Reading, index: SourceIndex) -> DoctorName | None:
    """The doctor whom the text names: the words typed where a doctor was asked for need no title."""
    mention = next((mention for mention in reading.mentions if mention.doctor_name), None)
    if mention is None and each.words == Words.DOCTOR:
        mention = next((found for found in read(f"dr {each.text}", index).mentions if found.doctor_name), None)
    if mention is None or mention.doctor_name is None:
        return None
    return DoctorName.of(mention.doctor_name, each.text)


def _by_doctor(named: list[tuple[Waiting, DoctorName, Reading]]) -> list[list[tuple[Waiting, DoctorName, Reading]]]:
    groups: list[list[tuple[Waiting, DoctorName, Reading]]] = []
    for one in named:
        # Compared with the commonest spelling only: of a chain of likenesses the ends may be two people.
        fitting = next((group for group in groups if same_doctor(group[0][1], one[1])), None)
        if fitting is None:
            groups.append([one])
        else:
            fitting.append(one)
    return groups


def _doctor_row(members: list[tuple[Waiting, DoctorName, Reading]]) -> Row:
    fullest = max(members, key=lambda member: (len(member[1].words), member[0].answers))
    reading = next((reading for _, _, reading in members if any(each.source_code for each in reading.mentions)), None)
    row = _row([each for each, _, _ in members], reading or members[0][2])
    said = row.words == Words.DOCTOR
    return Row(
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


def _uncounted(texts: list[Waiting], index: SourceIndex) -> list[Row]:
    by_text = {each.text: each for each in texts}
    rows = []
    for group in group_writeins(
        [WriteIn(each.text, each.answers) for each in by_text.values()],
        sources=index,
        read=partial(read, index=index),
    ):
        members = [by_text[text] for text in group.spellings]
        clear = [each for each in members if not group.source_code or _confidence(each, index) >= CLEAR]
        unclear = _by_spelling(clear, [each for each in members if each not in clear])
        for part in (clear, *unclear):
            if not part:
                continue
            label = group.label if not group.source_code else part[0].text
            rows.append(
                Row(
                    key_of(each.normal for each in part),
                    label,
                    tuple(part),
                    min(each.words for each in part),
                    (group.source_code,) if group.source_code else (),
                    group.reason if part is clear else _reasons(read(part[0].text, index)),
                    min((_confidence(each, index) for each in part), default=0.0),
                    counts_as=_counts_as(part),
                )
            )
    return rows


def _by_spelling(clear: list[Waiting], unclear: list[Waiting]) -> list[list[Waiting]]:
    """What is spelled like something clear joins it; the rest falls into groups of its own, alike with alike."""
    groups: list[list[Waiting]] = []
    for each in unclear:
        told = told_words(each.text)
        fitting = next(
            (group for group in (clear, *groups) if any(alike(told, told_words(other.text)) for other in group)), None
        )
        if fitting is None:
            groups.append([each])
        else:
            fitting.append(each)
    return groups


def _confidence(each: Waiting, index: SourceIndex) -> float:
    return max((mention.confidence for mention in read(each.text, index).mentions), default=0.0)


def _row(members: list[Waiting], reading: Reading, *, codes: tuple[str, ...] = (), reason: str = "") -> Row:
    named = [mention for mention in reading.mentions if mention.source_code]
    found = codes or tuple(dict.fromkeys(mention.source_code or "" for mention in named))
    fullest = max(members, key=lambda each: (each.answers, len(each.text)))
    return Row(
        key_of(each.normal for each in members),
        fullest.text,
        tuple(members),
        min(each.words for each in members),
        tuple(code for code in found if code),
        reason or (named[0].reason if named else reading.reason),
        min((mention.confidence for mention in named), default=0.0),
        counts_as=_counts_as(members),
    )


def _counts_as(members: Iterable[Waiting]) -> int | None:
    counted = {each.source_id if each.words != Words.UNCOUNTED else None for each in members}
    return counted.pop() if len(counted) == 1 else None


def _reasons(reading: Reading) -> str:
    return "; ".join(dict.fromkeys(mention.reason for mention in reading.mentions)) or reading.reason


FindPhysicians = Callable[[str], Iterable[PhysicianCandidate]]


def read_doctor(row: Row, *, index: SourceIndex, find_physicians: FindPhysicians) -> tuple[Reading, bool]:
    """The fullest spelling of a named doctor, read with the physicians on record; whether only a surname is known."""
    text = row.doctor
    reading = read_answer(text, sources=index, find_physicians=find_physicians)
    if not any(mention.doctor_name for mention in reading.mentions):
        reading = read_answer(f"dr {text}", sources=index, find_physicians=find_physicians)
    sure = any(mention.physician for mention in reading.mentions)
    return reading, not sure
