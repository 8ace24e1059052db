"""The page of the review queue: its rows, the open one with its choices, and what the chosen one would change."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from intake import clock
from intake.cached_property import cached_property
from intake.directory.patients import queries
from intake.survey.free_text.directory_names import known_names
from intake.survey.free_text.source_cache import source_index
from intake.survey.review.groups import ReviewLists, ReviewRow, read, read_doctor, rows_of
from intake.survey.review.queue import waiting_texts, whole_answers
from intake.survey.review.rule_preview import RulePreview, preview_rule
from intake.survey.review.targets import (
    Target,
    Targets,
    charted_for,
    decided_before,
    physician_targets,
    physicians_named,
    practices_called,
    practices_named,
)
from intake.web.http.url_converters import row_number

LONGEST_SEARCH = 100
LONGEST_LABEL = 80
MOST_SHOWN = 100
# What stands before the name of a thing.
_LEADING = frozenset({"a", "an", "the", "at", "from", "in", "on", "my", "your", "our", "by", "via", "through"})


@dataclass
class OpenRowForm:
    """What the open row's form holds; nothing typed is lost when it comes back."""

    spellings: set[str]
    target: str = ""
    # Sources that the words name beside the target, as values of a form.
    also: tuple[str, ...] = ()
    label: str = ""
    parent_id: int = 0
    for_later: bool = True
    find: str = ""
    found: list[Target] = field(default_factory=list)
    looked: bool = False
    problem: str = ""


@dataclass
class OpenRow:
    """The row that is being decided about. What only its page shows is read when it is shown."""

    queue: "Queue"
    row: ReviewRow
    targets: list[Target]
    choice: OpenRowForm
    # Whether the first choice is what the words seem to mean.
    is_suggested: bool
    # Only a surname speaks for any of the physicians: the person has to say which.
    surname_only: bool
    why: str

    @cached_property
    def preview(self) -> RulePreview | None:
        """What the choice would change; None while nothing is chosen."""
        choice, targets = self.choice, self.queue.targets
        texts = [each.normal for each in self.row.spellings if each.normal in choice.spellings]
        if not (choice.target and texts):
            return None
        meaning = targets.meaning(choice.target, codes=self.row.sources, also=choice.also)
        return preview_rule(texts, meaning, within=self.queue.within) if meaning else None

    @cached_property
    def whole_answers(self) -> list[str]:
        return whole_answers([each.normal for each in self.row.spellings], within=self.queue.within)

    @property
    def beside(self) -> list[Target]:
        """Sources that may be ticked as named beside the chosen one: what the words name, and what was added to it."""
        targets = self.queue.targets
        named = [each for code in self.row.sources if self.row.names_several and (each := targets.of_code(code))]
        added = [each for value in self.choice.also for each in as_targets(targets, value)]
        return list({each.value: each for each in [*named, *added]}.values())


@dataclass
class Queue:
    rows: list[ReviewRow]
    targets: Targets
    lists: ReviewLists
    within: Collection[int]
    open: OpenRow | None = None
    at: int = 0

    @property
    def shown(self) -> list[ReviewRow]:
        """The rows around the open one, at most MOST_SHOWN."""
        return self.rows[self.first_number :][:MOST_SHOWN]

    @property
    def first_number(self) -> int:
        """The place of the first of them, from 0."""
        return max(0, min(self.at - MOST_SHOWN // 2, len(self.rows) - MOST_SHOWN))

    def row(self, key: str) -> ReviewRow | None:
        return next((row for row in self.rows if row.key == key), None)


def load_targets() -> Targets:
    """The practice's list of today."""
    practice = queries.practice()
    return Targets(day=clock.clinic_today(practice.time_zone), language=practice.languages[0])


def load_queue(*, within: Collection[int]) -> Queue:
    """The queue of these locations with no row open."""
    targets = load_targets()
    lists = ReviewLists(source_index(clock.clinic_today(queries.practice().time_zone)), known_names())
    rows = rows_of(waiting_texts(within=within), lists=lists, codes=targets.codes)
    return Queue(rows, targets, lists, within)


def open_row(queue: Queue, *, key: str, at: int, form: Mapping[str, str] | None = None) -> None:
    """Open the row `key`, or the one that is in its place by now. `form` is what was chosen in it so far."""
    if not queue.rows:
        return
    place = next((number for number, row in enumerate(queue.rows) if row.key == key), None)
    queue.at = place if place is not None else min(max(at, 0), len(queue.rows) - 1)
    row = queue.rows[queue.at]
    given = form if place is not None else None
    targets, surname_only, why = _targets(queue, row)
    suggested = _suggested(queue, row, targets, surname_only)
    choice = _choice(row, suggested, surname_only, given, queue.targets.of_code)
    if choice.find:
        known = {each.value for each in targets}
        choice.found = [each for each in find(queue.targets, choice.find) if each.value not in known]
        choice.looked = True
    elif choice.target.startswith(("source:", "physician:", "practice:")) and choice.target not in {
        each.value for each in targets
    }:
        choice.found = as_targets(queue.targets, choice.target)
    is_suggested = bool(targets and suggested == targets[0].value and suggested != _other(queue))
    queue.open = OpenRow(queue, row, targets, choice, is_suggested, surname_only, why)


def find(targets: Targets, text: str) -> list[Target]:
    """Sources, practices and physicians that the text may mean: sources first where they fit at all."""
    text = text[:LONGEST_SEARCH]
    return [*targets.found_by(text, limit=4), *practices_called(text), *physician_targets(text, limit=6)]


def as_targets(targets: Targets, value: str) -> list[Target]:
    """Return the one choice that a form's value stands for; none when it stands for nothing (any more)."""
    kind, _, number = value.partition(":")
    record_id = row_number(number)
    if record_id is None:
        return []
    if kind == "practice":
        return practices_named([record_id])
    return physicians_named([record_id], {}) if kind == "physician" else _some(targets.of_source(record_id))


def _targets(queue: Queue, row: ReviewRow) -> tuple[list[Target], bool, str]:
    """Choices for the row, the suggested one first; whether a person must choose since only a surname agrees; why."""
    made: list[Target] = []
    normals = [each.normal for each in row.spellings]
    surname_only, why = False, row.reason
    for rule in decided_before(normals)[:1]:
        if rule.physician_id:
            made += physicians_named([rule.physician_id], {rule.physician_id: "chosen before for the same words"})
        if rule.practice_id:
            made += practices_named([rule.practice_id], "chosen before for the same words")
    said = read(row.doctor or row.spellings[0].text, queue.lists)
    practices = practices_named([each.practice.practice_id for each in said.mentions if each.practice])
    made += practices
    if row.doctor:
        reading, surname_only = read_doctor(row, lists=queue.lists)
        named = next((mention for mention in reading.mentions if mention.doctor_name), None)
        if named is not None:
            why = named.reason
            candidates = {each.physician_id: each for each in named.candidates}
            charted = charted_for(normals, within=queue.within)
            ordered = ([named.physician.physician_id] if named.physician else []) + sorted(
                candidates, key=lambda each: -charted.get(each, 0)
            )
            notes = {
                each: " · ".join(
                    part
                    for part in (
                        f"named by the chart of {charted[each]}" if each in charted else "",
                        candidates[each].specialty if each in candidates else "",
                    )
                    if part
                )
                for each in ordered
            }
            made += physicians_named(list(dict.fromkeys(ordered))[:5], notes)
            # A chart that names one of them is a second thing that agrees.
            surname_only = surname_only and not (ordered and ordered[0] in charted)
        source_id = queue.targets.physician_source(row.sources)
        made += _some(queue.targets.of_source(source_id, "which one isn’t known"))
    for code in row.sources:
        made += _some(queue.targets.of_code(code))
    if not row.doctor:
        made += _some(queue.targets.of_source(row.counts_as))
        made += queue.targets.hinted(row.label)[0]
        made += queue.targets.found_by(row.label, limit=2)
    made += _some(queue.targets.something_else())
    unique: dict[str, Target] = {}
    for each in made:
        unique.setdefault(each.value, each)
    return list(unique.values()), surname_only and row.doctor != "" and not practices, why


def _some(target: Target | None) -> list[Target]:
    return [target] if target is not None else []


def _suggested(queue: Queue, row: ReviewRow, targets: list[Target], surname_only: bool) -> str:
    """What stands chosen at first: what the words seem to mean, else that they stay under "Something else".

    A new entry is a tile on every tablet, so it is never a press of Enter away.
    """
    if surname_only:
        return ""
    if targets and (
        row.sources
        or row.doctor
        or row.counts_as
        or targets[0].value.startswith("practice:")
        or queue.targets.hinted(row.label)[1]
    ):
        return targets[0].value
    return _other(queue)


def _other(queue: Queue) -> str:
    return next((each.value for each in _some(queue.targets.something_else())), "")


def _choice(
    row: ReviewRow,
    suggested: str,
    surname_only: bool,
    form: Mapping[str, str] | None,
    of_code: Callable[[str], Target | None],
) -> OpenRowForm:
    everything = {each.normal for each in row.spellings}
    if form is None:
        target = suggested
        named = [each.value for code in row.sources if row.names_several for each in _some(of_code(code))]
        return OpenRowForm(
            everything,
            target,
            tuple(named),
            label=as_entry(row.label)[:LONGEST_LABEL],
            for_later=_is_for_later(row, target, surname_only),
        )
    chosen = set(form.getlist("spelling")) if isinstance(form, MultiDict) else everything
    target = form.get("target", "")
    for_later = bool(form.get("later")) if form.get("shown") == target else _is_for_later(row, target, surname_only)
    return OpenRowForm(
        chosen & everything,
        target,
        tuple(each for each in form.getlist("also") if each) if isinstance(form, MultiDict) else (),
        label=" ".join(form.get("label", "").split()),
        parent_id=row_number(form.get("parent", "")) or 0,
        for_later=for_later,
        find=form.get("find", "").strip()[:LONGEST_SEARCH],
    )


def as_entry(text: str) -> str:
    """The text as a person would write it in a list: "at the library talk!!" as "Library talk", "HACKER NEWS" as
    "Hacker news"; "KLMR", "iHeart" and "McDonald's" as they are.
    """
    words = [word for word in text.strip(" \t\"'“”‘’.,;:!?-–—()").split() if word]
    while len(words) > 1 and words[0].casefold() in _LEADING:
        words.pop(0)
    if len(words) > 1 and all(word.isupper() for word in words if any(map(str.isalpha, word))):
        words = [word.lower() for word in words]
    first = words[0] if words else ""
    return " ".join([first[:1].upper() + first[1:] if first.islower() else first, *words[1:]])


def _is_for_later(row: ReviewRow, target: str, surname_only: bool) -> bool:
    """By itself a rule never links later answers to a physician of whom they say the surname only."""
    return not (target.startswith("physician:") and (surname_only or len(row.label.split()) < 2))
