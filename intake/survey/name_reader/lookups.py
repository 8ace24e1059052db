"""Names without a title, looked up before they are judged: "Melissa Chen", "Okafor's office".

What is found is proposed and never counts by itself: a bare name may be a friend's as well.
"""

from collections.abc import Iterator

from intake.survey.name_reader.known_names import AskedNames, is_given_name_of, name_words
from intake.survey.name_reader.linking import PhysicianCandidate, is_spelled_like
from intake.survey.name_reader.name_words import is_cased, is_given_name, quoted_name
from intake.survey.name_reader.own_people import ours
from intake.survey.spotting.lexicon import FIRST_NAMES, ORDINARY, ORDINARY_SPANISH, SMALL_WORDS, words
from intake.survey.spotting.phrases import LIKELY
from intake.survey.spotting.practice_sources import lexicon
from intake.survey.spotting.spotter import Marked, SpottedTerm
from intake.survey.spotting.surnames import is_surname

_LONGEST_BARE = 4
_MOST_LOOKUPS = 3
_APART = 3
_TITLES = words("doctor doctora dr dra doc surgeon specialist")
_PARTICLES = words("de la del van von der den los las mc mac san santa bin da di du le el al st o")
_OFFICES = words("office offices practice clinic nurse assistant pa receptionist staff team consultorio oficina")
# What somebody does who sends a patient, right after their name.
SENDS = words(
    "referred refered reffered refers sent recommended reccomended recomended suggested mando refirio envio recomendo"
)
# Given names that begin a sentence as well: "Will call", "Mark my words".
_NO_SURNAMES = words(
    "told said says sent recommended referred mentioned suggested is was has had works goes who and or from at in on "
    "the a my his her here there at dijo mando recomendo refirio me que es y"
)


def looked_up(marked: Marked, asked: AskedNames, taken: set[int]) -> list[SpottedTerm]:
    """Physicians and our own people whose full names stand in the answer without a title; the rest is left alone."""
    known = asked.known
    found: list[SpottedTerm] = []
    lookups = 0
    found += _beside_a_title(marked, asked, taken)
    for first, last in _spans(marked, taken):
        if any(hit.first <= last and first <= hit.last for hit in found) or lookups == _MOST_LOOKUPS:
            continue
        said = _said(marked, first, last)
        own = known.own_provider(said) if len(said) > 1 else None
        if own is not None and own.by_full_name:
            found.append(ours(marked, first, last, own))
            continue
        lookups += 1
        bare = last - first + 1 == len(marked.tokens)
        physician = _of_full_name(asked.physicians(" ".join(said)), said, bare=bare)
        if physician is not None:
            found.append(_physician(marked, first, last))
    for more in (_offices, _senders):
        found += more(marked, asked, taken | {at for hit in found for at in range(hit.first, hit.last + 1)})
    return found


def _beside_a_title(marked: Marked, asked: AskedNames, taken: set[int]) -> list[SpottedTerm]:
    """ "The doctor here, Obi": one of our own people by the surname, apart from the title."""
    found: list[SpottedTerm] = []
    for at, token in enumerate(marked.tokens):
        if at in taken or not marked.joints[at] or not _TITLES & set(marked.words(at - _APART, at - 1)):
            continue
        own = asked.known.own_provider([token.stem])
        if own is not None and not own.misspelled:
            found.append(ours(marked, at, at, own))
    return found


def _senders(marked: Marked, asked: AskedNames, taken: set[int]) -> list[SpottedTerm]:
    """ "Mejia referred me", "baird sent us over": a physician here, or one of our own people, by the surname alone."""
    found = []
    for at, token in enumerate(marked.tokens[:-1]):
        begins = at == 0 or marked.joints[at]
        if at in taken or not begins or not _sends(marked, at) or _is_known(token.stem) or token.stem in FIRST_NAMES:
            continue
        if (own := asked.known.own_provider([token.stem])) is not None and not own.misspelled:
            found.append(ours(marked, at, at, own))
        elif _is_physicians_surname(asked, token.stem):
            found.append(_physician(marked, at, at, said="is like the surname of a physician here"))
    return found


def _is_known_surname(asked: AskedNames, word: str) -> bool:
    if _is_known(word) or word in FIRST_NAMES:
        return False
    return asked.known.own_provider([word]) is not None or _is_physicians_surname(asked, word)


def _is_physicians_surname(asked: AskedNames, word: str) -> bool:
    lasts = (last for each in asked.physicians(word) for last in name_words(each.last_name))
    return any(is_spelled_like(word, last) for last in lasts)


def _sends(marked: Marked, at: int) -> bool:
    return marked.word(at + 1) in SENDS and not marked.joints[at + 1]


def _spans(marked: Marked, taken: set[int]) -> Iterator[tuple[int, int]]:
    """Where a first and a last name may stand: all of a short answer, or two words side by side."""
    count = len(marked.tokens)
    if 2 <= count <= _LONGEST_BARE and not taken and _may_be_bare(marked):
        yield 0, count - 1
    for at in range(count - 1):
        if not taken & {at, at + 1} and not marked.joints[at + 1] and _is_pair(marked, at):
            more = at + 2 < count and not marked.joints[at + 2] and at + 2 not in taken
            # "Betty Lou Hartsfield", "María de la Cruz".
            longer = more and is_cased(marked, at + 2) and marked.word(at + 2) not in ORDINARY | _NO_SURNAMES
            yield at, at + 2 if longer and not marked.tokens[at + 1].possessive else at + 1


def _said(marked: Marked, first: int, last: int) -> list[str]:
    """The words of a name without particles and initials, unless these are all there is: "Ines Le"."""
    words_said = [token.stem for token in marked.tokens[first : last + 1] if len(token.stem) > 1]
    telling = [word for word in words_said if word not in _PARTICLES]
    return telling if len(telling) > 1 else words_said


def _may_be_bare(marked: Marked) -> bool:
    said = _said(marked, 0, len(marked.tokens) - 1)
    if len(said) < 2 or not all(word.isalpha() for word in said) or any(word in _NO_SURNAMES for word in said):
        return False
    if any(word in lexicon().telling and word not in FIRST_NAMES and not is_surname(word) for word in said):
        return False
    # "drove past" is no name, "Grace Bell" is.
    return any(word in FIRST_NAMES or not _is_known(word) for word in said)


def _is_known(word: str) -> bool:
    return word in ORDINARY or word in ORDINARY_SPANISH or word in SMALL_WORDS or word in lexicon().words


def _is_pair(marked: Marked, at: int) -> bool:
    one, other = marked.tokens[at], marked.tokens[at + 1]
    if not (one.stem.isalpha() and other.stem.isalpha()) or one.possessive or len(other.stem) < 2:
        return False
    if (
        other.stem in _NO_SURNAMES
        or one.stem in SMALL_WORDS
        or (other.stem in SMALL_WORDS and not is_cased(marked, at + 1))
    ):
        return False
    given = is_given_name(marked, at) or (one.stem in FIRST_NAMES and not _is_known(other.stem))
    both_cased = is_cased(marked, at) and is_cased(marked, at + 1) and not _is_known(one.stem)
    return both_cased or (given and (is_cased(marked, at + 1) or not _is_known(other.stem)))


def _of_full_name(found: list[PhysicianCandidate], said: list[str], *, bare: bool) -> PhysicianCandidate | None:
    """The likeliest with this first and last name; one of the two as written, unless nothing else is said (`bare`)."""
    for each in found:
        lasts, firsts = name_words(each.last_name), name_words(each.first_name)
        lasts = [*lasts, "".join(lasts)]
        for at, word in enumerate(said):
            if not any(is_spelled_like(word, last) for last in lasts):
                continue
            others = [other for place, other in enumerate(said) if place != at]
            surname_right = word in lasts
            for other in others:
                given_right = other in firsts
                if (
                    firsts
                    and (given_right or is_given_name_of(other, firsts[0]))
                    and (surname_right or given_right or bare)
                ):
                    return each
    return None


def _physician(marked: Marked, first: int, last: int, *, said: str = "is the name of a physician here") -> SpottedTerm:
    name = quoted_name(marked, first, last)
    return SpottedTerm(
        first,
        last,
        "doctor",
        LIKELY,
        f"'{name}' {said}",
        person=name,
        person_span=(first, last),
        proposed=True,
        titled=True,
        phrase="doctor",
    )


def _offices(marked: Marked, asked: AskedNames, taken: set[int]) -> list[SpottedTerm]:
    """ "Okafor's office", "okafors office": a doctor by the surname alone."""
    found = []
    for at, token in enumerate(marked.tokens[:-1]):
        if at in taken or marked.word(at + 1) not in _OFFICES or marked.joints[at + 1]:
            continue
        if _is_known(token.stem) or token.stem in FIRST_NAMES:
            continue
        surname = token.stem if token.possessive else token.stem.removesuffix("s")
        # Without the apostrophe only those whom the practice knows: "Starbucks office".
        if not token.possessive and (surname == token.stem or not _is_known_surname(asked, surname)):
            continue
        if (own := asked.known.own_provider([surname])) is not None:
            found.append(ours(marked, at, at + 1, own))
            continue
        name = quoted_name(marked, at, at) if token.possessive else surname
        reason = f"'{marked.piece(at, at + 1)}' reads like a doctor's"
        found.append(
            SpottedTerm(
                at, at + 1, "doctor", LIKELY, reason, person=name, person_span=(at, at), proposed=True, phrase="doctor"
            )
        )
    return found
