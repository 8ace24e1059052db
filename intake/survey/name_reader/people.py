"""Friends, relatives and patients given by name: "my neighbor Linda M", "Mrs. Johnson down the hall"."""

from collections.abc import Iterator

from intake.survey.name_reader.name_words import (
    MOST_NAMES,
    is_cased,
    is_given_name,
    is_initial,
    is_meant_otherwise,
    is_name_like,
    is_ordinary,
    quoted_name,
)
from intake.survey.name_reader.streets import street_places
from intake.survey.spotting import kinds
from intake.survey.spotting.lexicon import FIRST_NAMES, ORDINARY, SMALL_WORDS, words
from intake.survey.spotting.phrases import GUESS
from intake.survey.spotting.practice_sources import SourceIndex
from intake.survey.spotting.spotter import Marked, SpottedTerm

_HONORIFICS = words("mr mrs ms miss sra srta don dona senora senor")
# "my sister who is called Ana", "mi vecina que se llama Ana".
_CALLED = words("named called is name her his llamada llamado se llama que whose who")
# Given names that go on with a sentence as well: "my friend will tell you", "my sister may know".
_VERBS = words("will may mark chase pat sue drew chance rob wade grant")
# After these stands a place: "the emergency room in Orlando".
_PLACING = words("in at near en cerca outside visiting to from")
_LOCATING = words("at in on from en de del")
_BEFORE_NAME = (",", "(", ":", "-", "–", "—", '"', "“")
_LATER = 8
# "St. Vincent", "Hospital San Juan": named for somebody.
_NAMED_PLACES = words("hospital_er emergency urgent_care school")
_HOSPITALS = words("hospital clinica sanatorio escuela")
_SAINT = words("st ste saint")
_SAINTS = _SAINT | words("saints san santa santo sta")
_TITLED_NAME, _FULL_NAME = 0.85, 0.72


def give_names(marked: Marked, index: SourceIndex) -> None:
    """Put names to the friends, relatives and patients spotted; add people of whom only the name is given."""
    streets = street_places(marked)
    marked.understood |= streets
    free = set(range(len(marked.tokens))) - streets
    for hit in marked.hits:
        free.difference_update(range(hit.first, hit.last + 1))
    for hit in marked.hits:
        unnamed_doctor = hit.concept == "doctor" and not hit.person
        if (hit.concept in kinds.SOMEBODY or unnamed_doctor) and (span := _beside(marked, index, hit, free)):
            hit.person, hit.person_span = quoted_name(marked, *span), span
            free.difference_update(range(span[0], span[1] + 1))
    for hit in marked.hits:
        if hit.concept in kinds.SOMEBODY and not hit.person and (span := _later(marked, index, hit, free)):
            hit.person, hit.person_span = quoted_name(marked, *span), span
            free.difference_update(range(span[0], span[1] + 1))
    # A name in a sentence about a show or a source of the practice's own is part of that, not somebody to thank.
    shows = any(hit.concept in ("event", "tv", "radio", "") for hit in marked.hits)
    if not shows or _from_somewhere(marked, index, free):
        marked.hits += [_only_named(marked, *span) for span in list(_alone(marked, index, free))]
        marked.hits.sort(key=lambda hit: hit.first)
    if all(hit.concept.isupper() for hit in marked.hits):
        marked.hits += _saints_places(marked)


def _saints_places(marked: Marked) -> list[SpottedTerm]:
    """ "When I left St. Anthony's": where no church or school is named, most likely a hospital."""
    return [
        SpottedTerm(
            at, at + 1, "hospital_er", GUESS, f"'{marked.piece(at, at + 1)}' reads like a hospital", proposed=True
        )
        for at in range(len(marked.tokens) - 1)
        if marked.word(at) in _SAINT
        and not marked.joints[at + 1]
        and {marked.tokens[at + 1].stem, marked.tokens[at + 1].stem.removesuffix("s")} & FIRST_NAMES
    ][:1]


def _later(marked: Marked, index: SourceIndex, hit: SpottedTerm, free: set[int]) -> tuple[int, int] | None:
    """The whole name after a comma: "my neighbor across the street, Hal Whitcomb, had his done"."""
    for at in range(hit.last + 1, min(hit.last + _LATER, len(marked.tokens) - 1)):
        both = at in free and at + 1 in free and not marked.joints[at + 1]
        if both and marked.joints[at] and marked.tokens[at].gap.strip() in _BEFORE_NAME:
            named = all(is_cased(marked, place) and is_name_like(marked, index, place) for place in (at, at + 1))
            return (at, at + 1) if named else None
    return None


def _from_somewhere(marked: Marked, index: SourceIndex, free: set[int]) -> bool:
    """ "Deb from my aerobics class" begins with a person."""
    last = _name_from(marked, index, 0, free)
    return last is not None and marked.word(last + 1) in ("from", "at", "de", "del")


def _only_named(marked: Marked, first: int, last: int) -> SpottedTerm:
    name = quoted_name(marked, first, last)
    titled = marked.word(first) in _HONORIFICS
    confidence = _TITLED_NAME if titled else _FULL_NAME if last > first else GUESS
    reason = f"'{name}' reads like the name of a person"
    # Friends are mostly introduced ("my neighbor Linda"); a name alone may be a doctor's that nobody knows here.
    return SpottedTerm(
        first,
        last,
        "friend_family",
        confidence,
        reason,
        weak=True,
        person=name,
        person_span=(first, last),
        proposed=not titled,
    )


def _beside(marked: Marked, index: SourceIndex, hit: SpottedTerm, free: set[int]) -> tuple[int, int] | None:
    """The name right after "my neighbor", or right before it: "Linda, my neighbor"."""
    at = hit.last + 1
    while at in free and at <= hit.last + 3 and marked.word(at) in _CALLED:
        at += 1
    located = marked.word(hit.last) in _LOCATING
    if (
        not located
        and at < len(marked.tokens)
        and (not marked.joints[at] or marked.tokens[at].gap.strip() in _BEFORE_NAME)
    ):
        last = _name_from(marked, index, at, free, after_relation=True)
        if last is not None and not (marked.tokens[last].possessive and _owns(marked, last)):
            return (hit.last if marked.word(hit.last) in _HONORIFICS else at), last
    end = hit.first - 1
    while end in free and marked.word(end) in SMALL_WORDS:
        end -= 1
    return _ending_at(marked, index, end, free) if end in free else None


def _owns(marked: Marked, last: int) -> bool:
    """Whether something else is spotted right after "Lupe's", which is then meant: "my friend Lupe's doctor"."""
    return any(hit.first == last + 1 and not hit.weak for hit in marked.hits)


def _ending_at(marked: Marked, index: SourceIndex, end: int, free: set[int]) -> tuple[int, int] | None:
    first = end
    while first - 1 in free and end - first < MOST_NAMES - 1 and not marked.joints[first]:
        if not is_name_like(marked, index, first - 1, cased=True):
            break
        first -= 1
    last = _name_from(marked, index, first, free)
    return (first, end) if last == end and not marked.tokens[end].possessive else None


def _alone(marked: Marked, index: SourceIndex, free: set[int]) -> Iterator[tuple[int, int]]:
    at = 0
    while at < len(marked.tokens):
        last = _name_from(marked, index, at, free)
        single = last == at and marked.word(at - 1) in _PLACING
        place = marked.word(at - 1) in _SAINTS or (last is not None and _names_a_place(marked, at, last))
        if last is not None and not single and not place and not marked.tokens[last].possessive:
            yield at, last
        at = at + 1 if last is None else last + 1


def _names_a_place(marked: Marked, first: int, last: int) -> bool:
    """ "Grady Hospital", "Hospital Ángel Leaño": the name touches what kind of place it is."""
    beside = (marked.joints[last + 1 : last + 2] != [True], not marked.joints[first])
    return any(
        hit.concept in _NAMED_PLACES
        and (
            (hit.first == last + 1 and beside[0]) or (hit.last == first - 1 and beside[1] and hit.phrase in _HOSPITALS)
        )
        for hit in marked.hits
    )


def _name_from(
    marked: Marked, index: SourceIndex, at: int, free: set[int], *, after_relation: bool = False
) -> int | None:
    """The last token of a person's name that starts at `at`, or None."""
    last = _name_start(marked, index, at, free, after_relation=after_relation)
    if last is None:
        return None
    while last + 1 in free and last - at < MOST_NAMES and not marked.joints[last + 1]:
        if marked.tokens[last].possessive:
            break
        # A capital right after a given name is the surname, even if it is a word as well: "Paige Turner".
        surname = is_cased(marked, last + 1) and marked.word(last + 1) not in ORDINARY | SMALL_WORDS
        if not (surname or is_initial(marked, last + 1) or is_name_like(marked, index, last + 1)):
            break
        last += 1
    return last


def _name_start(marked: Marked, index: SourceIndex, at: int, free: set[int], *, after_relation: bool) -> int | None:
    if at not in free:
        return None
    token = marked.tokens[at]
    if token.word in _HONORIFICS:
        following = at + 1
        apart = following in free and marked.joints[following] and marked.tokens[following].gap.strip() != "."
        if following not in free or apart or is_ordinary(marked.word(following)):
            return None
        named = is_cased(marked, following) or is_name_like(marked, index, following)
        return following if named else None
    if is_given_name(marked, at) or (after_relation and token.stem in FIRST_NAMES - _VERBS):
        return at
    if not after_relation or not is_cased(marked, at) or len(token.word) < 2:
        return None
    # "my neighbor Doc" goes by that name.
    named = token.word == "doc" or (
        is_name_like(marked, index, at, cased=True) and not is_meant_otherwise(marked, index, at)
    )
    return at if named else None
