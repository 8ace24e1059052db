"""Composing the terms spotted in one answer: what was taken back or denied, and what is only a detail."""

from collections.abc import Callable

from intake.survey.name_reader.streets import STREETS
from intake.survey.spotting import kinds
from intake.survey.spotting.concepts import PARENTS, chain
from intake.survey.spotting.lexicon import SMALL_WORDS, words
from intake.survey.spotting.phrases import GUESS
from intake.survey.spotting.spotter import Marked, SpottedTerm
from intake.survey.text_reader import pairs
from intake.survey.text_reader.bystanders import bystanders, doubtful, useless
from intake.survey.text_reader.pair import Pair
from intake.survey.text_reader.stories import passing

Hits = list[SpottedTerm]

_NEW_START = words(
    "but it its i just actually rather pero sino fue era me solo found only we he she they although because so since "
    "entonces"
)
_THEIR_OWN = words("hers his theirs she he they her")
_MYSELF = words("i me my mine ive im we")
_SAYINGS = words("recommendation suggestion referral advice experience word idea insistence opinion story results legs")
_FILLERS = SMALL_WORDS | words("it me from i by via por through")
_AFTER_AN_ANSWER = words("my mi just it i actually only solo")
_ALSO_DENIED = words("or nor ni o u either and y")
_SEEN = words("see saw seen seeing with veo vi")
_IS = words("is was hes shes whos es era")
# People name a handful of things; a text with more of them is no answer.
_MOST_NAMED = 24
# How many words a denial reaches over.
_DENIAL_REACH = 8


def compose(marked: Marked) -> None:
    """Leave in `marked.hits` only what the answer says led the patient here, and the steering words."""
    _drop(marked, [hit for hit in naming(marked) if _names_a_street(marked, hit)])
    _drop(marked, naming(marked)[_MOST_NAMED:])
    _take_back(marked)
    _deny(marked)
    _drop(marked, bystanders(marked))
    _drop(marked, useless(marked))
    _seen_here(marked)
    _heard_speak(marked)
    _trades(marked)
    _praise(marked)
    _given(marked)
    beside = _pairs(marked)
    for rule in pairs.RULES:
        if gone := [hit for pair in beside if (hit := rule(pair))]:
            _drop(marked, gone)
            beside = _pairs(marked)
    _somebody_elses(marked)
    _offered(marked)
    _placeholders(marked)
    _drop(marked, passing(marked))
    for hit in doubtful(marked):
        hit.proposed = True


def steering(marked: Marked, *concepts: str) -> Hits:
    """The steering words of these concepts, in order."""
    return [hit for hit in marked.hits if hit.concept in concepts]


def naming(marked: Marked) -> Hits:
    """The hits that name a source, in order."""
    return [hit for hit in marked.hits if not hit.concept.isupper()]


def _drop(marked: Marked, gone: Hits) -> None:
    marked.gone += [hit for hit in marked.hits if any(hit is other for other in gone)]
    marked.hits = [hit for hit in marked.hits if not any(hit is other for other in gone)]


def _pairs(marked: Marked) -> list[Pair]:
    hits = naming(marked)
    return [
        Pair(one, other, marked.words(one.last + 1, other.first - 1), marked)
        for place, one in enumerate(hits)
        for other in hits[place + 1 :]
        if marked.segments[one.first] == marked.segments[other.first] and one.last < other.first
    ]


def _names_a_street(marked: Marked, hit: SpottedTerm) -> bool:
    """ "Dr Lee on Google St": no search engine."""
    return not hit.titled and hit.concept in kinds.LOOKED_IN and marked.word(hit.last + 1) in STREETS


def _take_back(marked: Marked) -> None:
    """ "facebook no wait google": what stood before a correction goes, when something follows it."""
    for correction in steering(marked, "CORRECTION") + _answered_no(marked):
        if any(hit.first > correction.last for hit in naming(marked)):
            _drop(marked, [hit for hit in naming(marked) if hit.last < correction.first])


def _answered_no(marked: Marked) -> Hits:
    """The "no" of "internet? no, my doctor"."""
    noes = [hit for hit in steering(marked, "NEGATION", "DECLINED") if hit.phrase in ("no", "nope", "nah")]
    return [hit for hit in noes if "?" in marked.tokens[hit.first].gap]


def _deny(marked: Marked) -> None:
    """ "not google, my sister": a denial reaches the next thing named, not beyond a comma or a new start."""
    hits = naming(marked)
    gone: Hits = []
    for denial in steering(marked, "NEGATION"):
        # "no my sister told me", "no just HR" answer a question; "not my sister" denies.
        answers = denial.phrase == "no" and marked.word(denial.last + 1) in _AFTER_AN_ANSWER
        answers = answers or (denial.phrase == "no" and _is_portuguese(marked, denial))
        if not answers and "?" not in marked.tokens[denial.first].gap:
            gone += _denied(marked, denial, [hit for hit in hits if hit.first > denial.last])
    for refusal in steering(marked, "REFUSES_TO_SEND"):
        gone += [hit for hit in hits if hit.last < refusal.first and refusal.first - hit.last <= 3][-1:]
    _drop(marked, gone)


def _is_portuguese(marked: Marked, denial: SpottedTerm) -> bool:
    """ "anuncio no Facebook", "vi no Instagram": "in the"."""
    if denial.first == 0 or marked.joints[denial.first]:
        return False
    online = kinds.SOCIAL | kinds.ENGINES | {"website"}
    before = marked.word(denial.first - 1) in ("vi", "viu") or any(
        hit.last == denial.first - 1 and hit.concept in kinds.ADVERTS | {"youtube"} for hit in marked.hits
    )
    return before and any(hit.first == denial.last + 1 and hit.concept in online for hit in marked.hits)


def _denied(marked: Marked, denial: SpottedTerm, hits: Hits) -> Hits:
    gone: Hits = []
    at = denial.last + 1
    for hit in hits:
        gap = marked.words(at, hit.first - 1)
        apart = any(marked.joints[place] for place in range(at, hit.first + 1))
        new_start = not all(word in _FILLERS for word in gap) and any(word in _NEW_START for word in gap)
        if apart or new_start or len(gap) > _DENIAL_REACH or (gone and not _ALSO_DENIED & set(gap)):
            break
        gone.append(hit)
        at = hit.last + 1
    return gone


def _somebody_elses(marked: Marked) -> None:
    """ "a girl got hers done here", "my kid's karate is in your plaza": not what led the patient here."""
    for hit in naming(marked):
        others = [other for other in naming(marked) if other is not hit]
        before = marked.words(hit.first - 3, hit.first - 1)
        theirs = hit.concept == "returning" and _THEIR_OWN & set(before) and not _MYSELF & set(before)
        owner = hit.concept in kinds.SOMEBODY and not hit.person and _owns_a_thing(marked, hit)
        sure = any(not other.weak and other.concept not in kinds.SOMEBODY for other in others)
        if sure and (theirs or owner):
            _drop(marked, [hit])


def _owns_a_thing(marked: Marked, hit: SpottedTerm) -> bool:
    after = hit.last + 1
    thing = 0 < after < len(marked.tokens) and not marked.joints[after] and after not in marked.understood
    return thing and marked.tokens[hit.last].possessive and marked.word(after) not in _SAYINGS


def _offered(marked: Marked) -> None:
    """ "a coupon... for a free screening": what was offered is no event."""
    shown = kinds.MEDIA | kinds.ADVERTS | kinds.SOCIAL
    for hit in naming(marked):
        told = {"for", "about", "de", "para"} & set(marked.words(hit.first - 4, hit.first - 1))
        if (
            hit.concept == "event"
            and told
            and not pairs.attended(marked, hit)
            and any(other.concept in shown for other in naming(marked))
        ):
            _drop(marked, [hit])


def _heard_speak(marked: Marked) -> None:
    """ "heard the doctor speak on the radio": the doctor is ours, the radio is the source."""
    for speaks in steering(marked, "SPEAKS"):
        before = [hit for hit in naming(marked) if speaks.first - 5 <= hit.first < speaks.first]
        heard_at = kinds.MEDIA | kinds.SOCIAL | {"event"}
        after = [hit for hit in naming(marked) if hit.first > speaks.last and hit.concept in heard_at]
        if before and after and before[-1].concept == "doctor":
            _drop(marked, before[-1:])


def _trades(marked: Marked) -> None:
    """ "my brother, he's a doctor in Texas": what somebody is, not who sent the patient."""
    for hit in naming(marked):
        before = marked.words(hit.first - 3, hit.first - 1)
        people = [other for other in naming(marked) if other.last < hit.first and other.concept in kinds.SOMEBODY]
        told = _IS & set(before[-2:]) and before[-1:] != ["my"]
        if (
            hit.concept in ("doctor", "pharmacy")
            and not hit.person
            and people
            and (told or _in_apposition(marked, hit))
        ):
            _drop(marked, [hit])


def _praise(marked: Marked) -> None:
    """ "my orthopedist, great guy", "Dr. Moreau, the vein guy": the same person once more."""
    for hit in naming(marked):
        doctors = [other for other in naming(marked) if other.last < hit.first and other.concept == "doctor"]
        article = marked.word(hit.first) in ("a", "an") or marked.word(hit.first - 1) in ("a", "an", "some", "my")
        if hit.concept == "somebody" and hit.weak and doctors and not article and not hit.person:
            _drop(marked, [hit])


def _in_apposition(marked: Marked, hit: SpottedTerm) -> bool:
    """ "my sister, a nurse", "friend (also a nurse)"."""
    at = hit.first - 1
    while (
        at >= 0 and marked.word(at) in ("a", "an", "also", "un", "una", "former", "retired") and not marked.joints[at]
    ):
        at -= 1
    return (
        at < hit.first - 1
        and at >= 0
        and marked.joints[at if marked.word(at) in ("a", "an", "also", "un", "una") else at + 1]
    )


def _seen_here(marked: Marked) -> None:
    """ "I've been seeing Dr. Lowe here since 2012": a patient of ours already."""
    for hit in naming(marked):
        seen = _SEEN & set(marked.words(hit.first - 2, hit.first - 1))
        if hit.concept == "doctor" and seen and marked.word(hit.last + 1) in ("here", "aqui"):
            hit.concept, hit.person, hit.person_span, hit.titled = "returning", None, None, False
            hit.reason = f"seeing a doctor '{marked.word(hit.last + 1)}' means having been here before"


def _given(marked: Marked) -> None:
    """Who handed over the brochure is the source, not the brochure."""
    givers = kinds.REFERRERS
    for gives in steering(marked, "GIVES"):
        segment = marked.segments[gives.first]
        before = [hit for hit in naming(marked) if hit.last < gives.first and marked.segments[hit.first] == segment]
        after = [hit for hit in naming(marked) if 0 < hit.first - gives.last <= 6]
        if before and before[-1].concept in givers:
            _drop(marked, [hit for hit in after if hit.concept in kinds.PRINT | {"mail", "email"}])


def _placeholders(marked: Marked) -> None:
    """ "Somebody", "a referral", "an ad" and "social media" give way to what is said more exactly."""
    # A bare "referral" or a shop goes first: it must not push out "attorney", "a lady in line at".
    for hit in sorted(naming(marked), key=lambda hit: (hit.concept not in ("referral", "pharmacy"), hit.first)):
        others = [other for other in naming(marked) if other is not hit]
        near = [other for other in others if marked.segments[other.first] == marked.segments[hit.first]]
        rule = _PLACEHOLDERS.get(hit.concept)
        if rule and rule(hit, others, near):
            _drop(marked, [hit])


def _beside_a_referrer(hit: SpottedTerm, others: Hits, near: Hits) -> bool:
    return bool(near) or any(other.concept in kinds.REFERRERS for other in others)


def _beside_anything(hit: SpottedTerm, others: Hits, near: Hits) -> bool:
    beside = others if hit.confidence <= GUESS else near
    return hit.weak and any(other.concept != "drove_by" or not other.weak for other in beside)


def _beside_anything_or_said_there(hit: SpottedTerm, others: Hits, near: Hits) -> bool:
    """ "Me atendieron en urgencias y me dijeron": those who said so are the people there."""
    there = hit.phrase.startswith("me ") and any(
        other.concept in kinds.PLACES | {"doctor"} and other.last < hit.first for other in others
    )
    return there or _beside_anything(hit, others, near)


def _beside_another_station(hit: SpottedTerm, others: Hits, near: Hits) -> bool:
    """A "morning show" may be the radio's."""
    return hit.weak and any(other.concept in ("radio", "podcast", "youtube") for other in others)


def _beside_what_is_surer(hit: SpottedTerm, others: Hits, near: Hits) -> bool:
    """Being near is why people chose a place, seldom how they heard of it."""
    return hit.weak and any(not other.weak or other.concept in kinds.LOOKED_IN for other in others)


def _beside_a_kind_of_it(hit: SpottedTerm, others: Hits, near: Hits) -> bool:
    return any(PARENTS.get(other.concept) == hit.concept or hit.concept in chain(other.concept)[1:] for other in others)


def _beside_where_it_was_shown(hit: SpottedTerm, others: Hits, near: Hits) -> bool:
    shown = kinds.MEDIA | kinds.SOCIAL | kinds.SEARCH | {"social_media"}
    elsewhere = hit.weak and any(other.concept == "event" for other in near)
    return elsewhere or _beside_a_kind_of_it(hit, others, near) or any(other.concept in shown for other in others)


def _beside_a_search(hit: SpottedTerm, others: Hits, near: Hits) -> bool:
    return any(other.concept in kinds.SEARCH for other in near)


_PLACEHOLDERS: dict[str, Callable[[SpottedTerm, Hits, Hits], bool]] = {
    "referral": _beside_a_referrer,
    "somebody": _beside_anything_or_said_there,
    "youtube": _beside_anything,
    "tv": _beside_another_station,
    "email": _beside_anything,
    "other_patient": _beside_anything,
    "returning": _beside_anything,
    "print": _beside_anything,
    "drove_by": _beside_what_is_surer,
    "pharmacy": _beside_anything,
    "insurance": _beside_anything,
    "advertising": _beside_where_it_was_shown,
    "social_media": _beside_a_kind_of_it,
    "online_search": _beside_a_kind_of_it,
    "online": _beside_a_search,
}
