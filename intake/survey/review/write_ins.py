"""Write-ins in groups that one decision settles: thirteen spellings of one thing are one group."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from intake.survey.review.near_duplicates import alike, is_address, naming_words, without_kind
from intake.survey.spotting.concepts import chain
from intake.survey.spotting.kinds import SOMEBODY
from intake.survey.spotting.lexicon import SMALL_WORDS
from intake.survey.spotting.practice_sources import SourceIndex
from intake.survey.spotting.tokens import tokens
from intake.survey.text_reader.reader import AnswerReading, PracticeSource, ReadMention, read_answer

_CLEAR = 0.8
# Meanings under which people name many different things: these go by their names.
_MANY_THINGS = frozenset(["event", "advertising", "online", "website", "print", "radio", "tv", "other"])


@dataclass(frozen=True)
class WriteIn:
    """A text as typed and how many answers hold it."""

    text: str
    count: int = 1


@dataclass(frozen=True)
class WriteInGroup:
    """Write-ins that mean one thing. `source_code` is the suggested target, None when the list has none yet."""

    label: str
    spellings: tuple[str, ...]
    count: int
    source_code: str | None
    confidence: float
    reason: str


def group_writeins(
    writeins: Iterable[WriteIn], *, sources: SourceIndex, read: Callable[[str], AnswerReading] | None = None
) -> list[WriteInGroup]:
    """Return the groups, biggest first. Every text is in exactly one; the order of the input makes no difference.

    First by what the list makes of them, then, for what it makes nothing of, by spelling: same letters, a few letters
    off, initials of another ("HN", "Hacker News"), or another with a word added. `read` may remember what it read.
    """
    read_text = read or partial(read_answer, sources=sources)
    ordered = sorted(writeins, key=lambda writein: (-writein.count, writein.text))
    named: dict[tuple[str, str], list[tuple[WriteIn, ReadMention]]] = {}
    meant: dict[tuple[str, str], list[tuple[WriteIn, ReadMention]]] = {}
    # People and things apart: "someone at trivia" isn't "trivia night".
    unread: dict[bool, list[WriteIn]] = {}
    for writein in ordered:
        mentions = read_text(writein.text).mentions
        found = [mention for mention in mentions if mention.source_code]
        if is_address(writein.text):
            # An address is a thing of its own, whatever else is found in its letters.
            unread.setdefault(False, []).append(writein)
        elif len(found) == 1:
            named.setdefault((found[0].source_code or "", _friend(found[0])), []).append((writein, found[0]))
        elif len(mentions) == 1 and mentions[0].meaning and _says_no_more(writein.text, mentions[0], sources):
            kind = (_kind(mentions[0].meaning), _friend(mentions[0]))
            meant.setdefault(kind, []).append((writein, mentions[0]))
        else:
            unread.setdefault(_is_about_somebody(writein.text, mentions), []).append(writein)
    groups = [_of_source(members, sources.sources[code]) for (code, _), members in named.items()]
    groups += [_of_meaning(members) for members in meant.values()]
    groups += [_by_spelling(members) for apart in unread.values() for members in _alike(apart)]
    return sorted(groups, key=lambda group: (-group.count, group.label))


def _friend(mention: ReadMention) -> str:
    """The friend named, as compared: each friend is somebody else."""
    return " ".join(naming_words(mention.person)) if mention.person else ""


def _is_about_somebody(text: str, mentions: Sequence[ReadMention]) -> bool:
    """Whether it begins with a person; "Hilltop Neighbors" is a name."""
    said = [token.stem for token in tokens(text) if token.stem not in SMALL_WORDS]
    people = [tokens(mention.text) for mention in mentions if mention.meaning in SOMEBODY]
    return any(said[:1] == [token.stem for token in person if token.stem not in SMALL_WORDS][:1] for person in people)


def _says_no_more(text: str, mention: ReadMention, sources: SourceIndex) -> bool:
    """Whether the meaning is all there is: "KLMR" and "Route 9 sign" name something of their own."""
    rest = text.replace(mention.text, " ", 1)
    own = (token.stem for token in tokens(rest) if token.stem.isdigit() or not sources.speller.knows(token.stem))
    many = bool(_MANY_THINGS.intersection(chain(mention.meaning or ""))) and bool(without_kind(naming_words(text)))
    return mention.confidence >= _CLEAR and not any(own) and not many


def _kind(meaning: str) -> str:
    """The meaning one step below the trunk: every brand of search or kind of relative apart would be too fine."""
    steps = chain(meaning)
    return steps[-2] if len(steps) > 1 else steps[0]


def _of_source(members: list[tuple[WriteIn, ReadMention]], source: PracticeSource) -> WriteInGroup:
    return WriteInGroup(
        label=source.label,
        spellings=tuple(writein.text for writein, _ in members),
        count=sum(writein.count for writein, _ in members),
        source_code=source.code,
        confidence=min(mention.confidence for _, mention in members),
        reason=members[0][1].reason,
    )


def _of_meaning(members: list[tuple[WriteIn, ReadMention]]) -> WriteInGroup:
    group = _by_spelling([writein for writein, _ in members])
    plainest = min((writein for writein, _ in members), key=lambda writein: (-writein.count, len(writein.text)))
    return replace(group, label=plainest.text, reason=members[0][1].reason)


def _by_spelling(members: list[WriteIn]) -> WriteInGroup:
    # The fullest of the commonest spellings names the group: "Hacker News" rather than "HN".
    fullest = max(members, key=lambda writein: (len(naming_words(writein.text)) > 1, writein.count, len(writein.text)))
    reason = "spelled alike" if len(members) > 1 else "nothing on the list is meant"
    return WriteInGroup(fullest.text, tuple(w.text for w in members), sum(w.count for w in members), None, 0.0, reason)


def _alike(writeins: list[WriteIn]) -> list[list[WriteIn]]:
    """Connected groups of texts that are alike, each in the order given."""
    words = [naming_words(writein.text) for writein in writeins]
    leader = list(range(len(writeins)))

    def find(at: int) -> int:
        while leader[at] != at:
            leader[at] = leader[leader[at]]
            at = leader[at]
        return at

    for one in range(len(writeins)):
        for other in range(one):
            if find(one) != find(other) and alike(words[one], words[other]):
                leader[max(find(one), find(other))] = min(find(one), find(other))
    groups: dict[int, list[WriteIn]] = {}
    for at, writein in enumerate(writeins):
        groups.setdefault(find(at), []).append(writein)
    return list(groups.values())
