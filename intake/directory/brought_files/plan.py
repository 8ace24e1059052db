"""What a file's rows would do, what they did, and what taking them back does: the same for every kind of file."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from intake.directory.schedule.kept_reading import tagged, untagged
from intake.directory.titled_rows import TitledRows
from intake.slots import Parts


class Becomes(StrEnum):
    """What a row does to what is here."""

    ADDED = "added"
    CHANGED = "changed"
    KNOWN = "known"


class Wrong(ValueError):
    """Why a row, or a cell of it, can't be taken."""


class Faults(list[str]):
    """All that is wrong with a row, so that it can be mended at once."""

    def of(self, read: Callable[..., Any], *given: Any) -> Any:
        """What `read` returns; None and one fault more where it raises Wrong."""
        try:
            return read(*given)
        except Wrong as wrong:
            self.append(str(wrong))
            return None

    def refuse(self) -> None:
        """Raise Wrong with all of them, if there are any."""
        if self:
            raise Wrong("; ".join(dict.fromkeys(self)))


@dataclass
class UndoLog:
    """Ids of what a file added, with what it wrote there; of what it changed, with what stood before and after."""

    added: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    changed: list[tuple[int, dict[str, list[Any]]]] = field(default_factory=list)

    def add(self, row_id: int, facts: Mapping[str, Any]) -> None:
        self.added.append((row_id, {name: tagged(value) for name, value in facts.items()}))

    def change(self, row: Any, facts: Mapping[str, Any]) -> None:
        """To be called before the row gets these facts."""
        values = {name: [tagged(getattr(row, name)), tagged(value)] for name, value in facts.items()}
        self.changed.append((row.id, values))


@dataclass(frozen=True)
class PlannedRow:
    """A row of the file, its cells as they would be kept, and what entering it does."""

    number: int
    becomes: Becomes
    shown: tuple[str, ...]
    enter: Callable[[UndoLog], None] = lambda _: None
    notes: tuple[str, ...] = ()


@dataclass
class FilePlan:
    """Rows that can be entered, in the order in which they are; why others can't be, and what else to know."""

    rows: list[PlannedRow] = field(default_factory=list)
    wrong: dict[int, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    # Names in it that nobody here knows, each once, for somebody to say what they mean.
    unknown: list[str] = field(default_factory=list)
    # What is worked out once, after all rows are entered.
    finish: Callable[[], None] = lambda: None

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(str(row.becomes) for row in self.rows)
        return {each: found[each] for each in Becomes} | {"refused": len(self.wrong)}


@dataclass
class FileTakenBack:
    """What taking a file back did. `kept` names what stays as it is, by why; `left` is what can be taken back later."""

    removed: int = 0
    restored: int = 0
    kept: dict[str, list[str]] = field(default_factory=dict)
    left: UndoLog = field(default_factory=UndoLog)

    def keep(self, why: str, name: str) -> None:
        self.kept.setdefault(why, []).append(name)


@dataclass(frozen=True)
class WhoEnters:
    """Who brings a file in or takes it back, and where they work."""

    staff_id: int
    location_ids: Collection[int]


@dataclass(frozen=True)
class NamesToTeach:
    """What names that a file has and nobody knows may mean: `choices` by id, and how one is remembered.

    `teach` flushes, and raises Wrong for a name that can't be remembered so.
    """

    one: str
    choices: Callable[[], list[tuple[int, str]]]
    teach: Callable[[str, int], None]


@dataclass(frozen=True)
class FileKind:
    """A kind of files. `columns` are those of the preview; `page` is where they are brought in."""

    what: str
    one: str
    columns: tuple[str, ...]
    page: str
    # What stays when a file is taken back, in a sentence.
    told: str
    read: Callable[[bytes], TitledRows]
    plan: Callable[[TitledRows, WhoEnters], FilePlan]
    take_back: Callable[[UndoLog, WhoEnters], FileTakenBack]
    names: NamesToTeach | None = None

    def counted(self, count: int) -> str:
        return f"1 {self.one}" if count == 1 else f"{count:,} {self.what}"


FILE_KINDS: Parts[FileKind] = Parts("kinds of files that are brought in")


def file_kind(what: str) -> FileKind | None:
    return next((each for each in FILE_KINDS.all if each.what == what), None)


def planned_rows(table: TitledRows, take: Callable[[int, dict[str, str]], PlannedRow | None]) -> FilePlan:
    """Plan each row by `take`, which returns None for one that is nothing, and raises Wrong for one that can't be."""
    plan = FilePlan(wrong=dict(table.broken), notes=list(table.notes))
    for number, cells in table.rows:
        try:
            row = take(number, cells)
        except Wrong as wrong:
            plan.wrong[number] = str(wrong)
            continue
        if row is not None:
            plan.rows.append(row)
    return plan


def put_back(
    row: Any, values: Mapping[str, list[Any]], name: str, done: FileTakenBack, change: Callable[..., object]
) -> bool:
    """Let a row say what it said before a file changed it; False where somebody has changed something of it since."""
    since = {each: value for each, value in values.items() if getattr(row, each) != untagged(value[1])}
    before = {each: untagged(was) for each, (was, _) in values.items() if each not in since}
    if before:
        change(row, **before)
    if since:
        done.keep("as before but for what was changed since" if before else "changed since", name)
        done.left.changed.insert(0, (row.id, since))
    return not since


def is_as_written(row: Any, facts: Mapping[str, Any]) -> bool:
    """Whether a row still says what a file wrote there."""
    return all(getattr(row, name) == untagged(value) for name, value in facts.items())


def say(value: Any) -> str:
    """A fact as a preview shows it."""
    if isinstance(value, date | datetime):
        return f"{value:%m/%d/%Y}"
    return str(value or "")
