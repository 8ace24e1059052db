"""Two things said in one breath: when one of them only says more about the other.

Each rule looks at an earlier and a later one and names the one that goes, if any.
"""

from intake.survey.name_reader.streets import STREETS
from intake.survey.spotting import kinds
from intake.survey.spotting.concepts import chain, top
from intake.survey.spotting.lexicon import SMALL_WORDS, words
from intake.survey.spotting.practice_sources import lexicon
from intake.survey.spotting.spotter import Marked, SpottedTerm
from intake.survey.text_reader.pair import AT, FROM, MINE, TOLD, Pair, Rule
from intake.survey.text_reader.story_pairs import (
    cared_for,
    clipped_for_me,
    drove_me,
    patient_of,
    shown_to_me,
    the_one_there,
)

_BY = words("by with of de del con")
_IS = words("is was who works es que era trabaja")
_POSTED = words("group groups posted post posts sharing share page feed wall story liked publico compartio")
_HELD = words("had held holds hosted hosts has did does put on organized organizes tuvo hizo organizo")
_TRAINS = words("trainer coach coaches teacher instructor")
_WATCHED = words("saw heard watched seen listened follow following followed vi escuche sigo")
_ATTENDED = words("came come went attended going fui fuimos asisti vine")
_TYPES = words("googled googles googling looked searched searches typed busco buscaron busca googleo encontro metio")
_GIVING = SMALL_WORDS | words("gave giving did had at s who")
_TRADES = words("paramedic emt pharmacist teacher coach principal hospitalist")
_PLAIN_DOCTOR = words("doctor dr doc nurse physician doctors medico doctora enfermera")


def owned(pair: Pair) -> SpottedTerm | None:
    """ "my mom's doctor": the one who belongs to somebody is the one meant. But "my doctor's website" and "Dr. Okafor's
    nurse" are the doctor.
    """
    one, other = pair.one, pair.other
    if pair.between or one.concept not in kinds.SOMEBODY | {"doctor"}:
        return None
    last = pair.marked.tokens[one.last]
    # Without the apostrophe: "my daughters teacher".
    bare = last.word == one.phrase and last.word.endswith("s") and last.word[:-1] in lexicon().words
    if not (last.possessive or last.word == f"{one.phrase}s" or bare):
        return None
    if one.concept == "doctor" and other.concept in ("website", "online", "insurance"):
        return other
    if one.concept == other.concept == "doctor" and one.person and not other.person:
        return other
    # What was beside the owner is beside what is owned: "my college friend's mom".
    other.first = one.first
    return one


def of_somebody(pair: Pair) -> SpottedTerm | None:
    """ "la doctora de mi hermana", "la página del seguro"."""
    one, other = pair.one, pair.other
    if one.concept == "other_patient" and other.concept == "doctor" and pair.said_between & {"of", "de", "del"}:
        return other
    if not pair.adjoining or not pair.said_between & {"de", "del"} or other.person:
        return None
    if one.concept in kinds.PLACES and other.concept in kinds.SOMEBODY:
        return other
    if one.concept == "website" and other.concept in kinds.INSURERS | {"doctor"}:
        return one
    if one.concept in kinds.SOMEBODY | {"doctor"} and other.concept in kinds.SOMEBODY:
        return other
    return None


def friend_and_doctor(pair: Pair) -> SpottedTerm | None:
    """A friend who is a nurse stays a friend; "my friend Dr. Jones" is that doctor, since a doctor's name and title
    are what the practice can thank and follow up."""
    one, other = pair.one, pair.other
    if one.concept in kinds.SOMEBODY and other.phrase in _TRADES and pair.between in (["the"], ["a"], ["an"]):
        return other
    if one.concept in kinds.SOMEBODY and other.concept == "doctor":
        if other.person:
            return one if pair.adjoining else None
        article = pair.adjoining and pair.said_between & {"the", "a", "la", "el", "un", "una"}
        if article or (pair.said_between & _IS and len(pair.between) <= 4):
            return other
        return one if one.concept == "somebody" else None
    if one.concept == "doctor" and other.concept in kinds.SOMEBODY and not one.person and not pair.between:
        return one
    return None


def what_a_friend_does(pair: Pair) -> SpottedTerm | None:
    """ "my daughter is a patient here", "the doctor down the hall": still the daughter, the doctor."""
    if pair.one.concept not in kinds.SOMEBODY | {"doctor"}:
        return None
    if pair.other.concept == "other_patient":
        return pair.other
    if pair.other.concept == "returning" and not pair.said_between & {"i", "yo"}:
        return pair.other
    if pair.other.concept == "drove_by" and not pair.said_between & {"i", "we", "saw", "yo"}:
        return pair.other
    return None


def seen_on_air(pair: Pair) -> SpottedTerm | None:
    """ "saw your doctor on TV", "some doctor on TikTok": the doctor is ours or nobody's, the TV is the source."""
    on_air = kinds.SOCIAL | {"tv", "radio", "podcast", "social_media"}
    if pair.one.concept != "doctor" or pair.other.concept not in on_air:
        return None
    somebodys = pair.one.titled or pair.marked.word(pair.one.first - 1) in MINE
    if not somebodys and pair.between in (["on"], ["en"], ["from"], ["de"]):
        return pair.one
    watched = set(pair.before(pair.one, 4)) & _WATCHED
    return pair.one if watched and pair.said_between & {"on", "en"} else None


def event_somewhere(pair: Pair) -> SpottedTerm | None:
    """ "health fair at work", "church picnic", "talk by Dr. Park"."""
    one, other = pair.one, pair.other
    if one.concept == "event":
        if other.concept in kinds.PLACES or (other.concept == "doctor" and not other.titled):
            return other
        if other.concept in kinds.INSURERS or (other.titled and pair.said_between & _BY):
            return other
    held = all(word in SMALL_WORDS or word in _HELD for word in pair.between)
    if other.concept == "event" and one.concept in kinds.PLACES and held:
        return one
    if other.concept == "event" and one.concept == "doctor":
        gave = all(word in _GIVING for word in pair.between)
        return one if gave or pair.said_between & AT else None
    return None


def friend_somewhere(pair: Pair) -> SpottedTerm | None:
    """ "a friend from work", "college roommate": a friend; "someone at the hospital" is the hospital."""
    one, other = pair.one, pair.other
    if one.concept in kinds.PLACES and other.concept in kinds.SOMEBODY and pair.adjoining and not other.weak:
        return one
    if one.concept not in kinds.SOMEBODY or not pair.said_between & (AT | FROM):
        return None
    if one.concept != "somebody":
        return other if other.concept in kinds.PLACES | {"event"} else None
    if other.concept == "event" and other.weak:
        return other
    if other.concept not in kinds.PLACES:
        return None
    return other if other.concept in ("congregation", "school", "employer") else one


def at_a_school(pair: Pair) -> SpottedTerm | None:
    """ "the trainer at my son's high school" is the school; "Deb from my aerobics class" is Deb."""
    one, other = pair.one, pair.other
    if one.concept not in kinds.SOMEBODY or not pair.said_between & (AT | FROM):
        return None
    if set(one.phrase.split()[-1:]) & _TRAINS and other.concept in ("school", "employer"):
        return one
    return other if one.person and other.concept == "event" and other.weak else None


def media_somewhere(pair: Pair) -> SpottedTerm | None:
    """ "a magazine at my doctor's office" is a magazine; "a brochure from my doctor" came from the doctor."""
    one, other = pair.one, pair.other
    if other.concept not in kinds.PLACES | {"doctor"} | kinds.INSURERS:
        return None
    if one.concept in kinds.MEDIA and pair.said_between & AT:
        return other
    if one.concept in kinds.PRINT | {"mail", "email"} and pair.said_between & FROM:
        return one
    return None


def news_of_an_event(pair: Pair) -> SpottedTerm | None:
    """ "a mailing with a coupon for a free screening"."""
    told = pair.one.concept in kinds.MEDIA | kinds.ADVERTS | kinds.SOCIAL and pair.other.concept == "event"
    told = told and not attended(pair.marked, pair.other)
    return pair.other if told and pair.said_between & {"for", "about", "de", "para"} else None


def attended(marked: Marked, hit: SpottedTerm) -> bool:
    """ "about the free lecture and came to it": two steps of one's own."""
    after = marked.words(hit.last + 1, hit.last + 4)
    return any(word in _ATTENDED and after[at + 1 : at + 2] != ["on"] for at, word in enumerate(after[:3]))


def doctor_somewhere(pair: Pair) -> SpottedTerm | None:
    """ "my doctor at the hospital", "Dr. Lee at Mercy Hospital": a doctor; "the doctor at the ER": the ER."""
    one, other = pair.one, pair.other
    if one.concept == "doctor" and pair.said_between & (AT | FROM):
        if other.concept in kinds.INSURERS or other.concept == "congregation":
            return other
        if other.concept in kinds.PLACES:
            ours = pair.marked.word(one.first - 1) in MINE or one.titled
            # "The ultrasound tech at St. Joe's": the hospital is known by name.
            there = one.phrase in _PLAIN_DOCTOR or other.record_id is not None
            return one if there and not ours else other
    if one.concept in kinds.PLACES and other.concept == "doctor":
        if other.titled:
            return one if pair.said_between & {"doctor", "with"} else None
        return other if pair.adjoining and not pair.said_between & MINE else None
    return None


def on_a_road(pair: Pair) -> SpottedTerm | None:
    """ "urgent care on Route 9": where it stands, and not the billboard on Route 9."""
    places = kinds.PLACES | {"doctor", "pharmacy"}
    if (
        not pair.other.source
        or pair.one.concept not in places
        or pair.between[-1:] not in (["on"], ["off"], ["at"], ["by"])
    ):
        return None
    named = pair.marked.words(pair.other.first, pair.other.last)
    return pair.other if all(word in STREETS or word.isdigit() for word in named) else None


def heard_while_driving(pair: Pair) -> SpottedTerm | None:
    """ "heard it on NPR driving home": where one listens, and nothing one drove past."""
    if "drove_by" not in (pair.one.concept, pair.other.concept):
        return None
    for heard, drove in ((pair.one, pair.other), (pair.other, pair.one)):
        driving = drove.concept == "drove_by" and {"driving", "drive", "commute", "way"} & set(drove.phrase.split())
        if driving and heard.concept in ("radio", "podcast") and not {"sign", "building"} & set(drove.phrase.split()):
            return drove
    return None


def passing_a_place(pair: Pair) -> SpottedTerm | None:
    """ "drove by on my way to work", "saw your office when I was at the dentist"."""
    if pair.one.concept == "drove_by" and pair.other.concept in kinds.PLACES:
        return pair.other
    there = pair.one.concept == "drove_by" and pair.other.concept == "doctor" and pair.said_between & AT
    return pair.other if there and not pair.other.person else None


def only_told(pair: Pair) -> SpottedTerm | None:
    """ "Dr Smith told my husband", "brought my mom": the one told or cared for sent nobody."""
    if pair.other.concept not in kinds.SOMEBODY or pair.one.concept == "referral":
        return None
    before = pair.before(pair.other, 3)
    while before and before[-1] in SMALL_WORDS:
        before.pop()
    return pair.other if before and before[-1] in TOLD else None


def posted(pair: Pair) -> SpottedTerm | None:
    """A friend's post is Facebook; "my friend and Facebook" are two."""
    one, other = pair.one, pair.other
    if one.concept not in kinds.SOMEBODY or other.concept not in kinds.SOCIAL | kinds.REVIEWS | {"social_media"}:
        return None
    if one.concept == "somebody" or (one.concept, other.concept) == ("neighbor", "nextdoor"):
        return one
    groups = pair.marked.tokens[one.last].word.endswith("s") and not one.person and not pair.between
    if groups and {pair.marked.word(other.last), pair.marked.word(other.last + 1)} & _POSTED:
        # "Local moms Facebook page"
        return one
    named = {"the", "a", "in", "on"} & set(pair.before(one, 2)) and len(pair.between) <= 3 and one.phrase.endswith("s")
    if named and pair.between[:1] in (["of"], ["in"], ["de"]) and pair.marked.word(other.last) in _POSTED:
        # "in the Moms of Riverdale Facebook group"
        return one
    return one if pair.said_between & _POSTED else None


def looked_for(pair: Pair) -> SpottedTerm | None:
    """ "googled a heart doctor near me": what was looked for is not who sent them."""
    if pair.one.concept not in kinds.LOOKED_IN:
        return None
    if pair.other.concept == "drove_by":
        return pair.other
    if pair.other.concept == "doctor" and not pair.other.person and not set(pair.before(pair.other, 2)) & MINE:
        return pair.other
    return None


def looked_up_for_me(pair: Pair) -> SpottedTerm | None:
    """ "my son googled you for me", "mi hija lo buscó en Google": a search, whoever typed it."""
    if pair.one.concept not in kinds.SOMEBODY or pair.one.person or pair.other.concept not in kinds.SEARCH:
        return None
    said = pair.marked.words(pair.one.last + 1, pair.other.last)
    after = pair.marked.words(pair.other.last + 1, pair.other.last + 6)
    # "My husband looked you up" may well be a recommendation.
    thing = bool({"it", "lo", "la", "this"} & set(said)) or ["for", "me"] in [after[at : at + 2] for at in range(5)]
    return pair.one if _TYPES & set(said[:3]) and thing and not TOLD & set(pair.between) else None


def doctor_google(pair: Pair) -> SpottedTerm | None:
    """ "dr. google": the search engine; "my doctor" is somebody."""
    beside = not pair.between and pair.one.concept == "doctor" and not pair.one.person
    engine = pair.other.concept in kinds.ENGINES and not set(pair.before(pair.one, 1)) & MINE
    return pair.one if beside and engine else None


def part_of(pair: Pair) -> SpottedTerm | None:
    """ "google reviews", "ad on Facebook", "flyer in the mail", "the WKRP radio ad"."""
    if pair.one.concept in kinds.SOCIAL and pair.other.concept == "online_reviews" and not pair.between:
        return pair.one
    for larger, smaller in ((pair.one, pair.other), (pair.other, pair.one)):
        # "a place that takes my insurance" is a reason, and no part of where they looked.
        reason = larger.concept in kinds.INSURERS and larger.weak and not smaller.weak
        reason = reason or (larger.concept in kinds.INSURERS and smaller.concept == "chatbot")
        if kinds.swallows(larger.concept, smaller.concept) and not reason:
            return smaller
        own = larger.source is not None and larger.source != larger.concept
        if own and not smaller.source and _own_kind(smaller.concept, larger.concept):
            return smaller
    return None


def _own_kind(concept: str, of: str) -> bool:
    """Whether a source of the practice's own, of kind `of`, is an instance of `concept`."""
    return bool(of) and (concept in chain(of) or top(concept) == top(of) == "advertising")


def in_the_picture(pair: Pair) -> SpottedTerm | None:
    """ "TV ad with the football coach": who is shown sent nobody."""
    shown = pair.one.concept in kinds.MEDIA | kinds.ADVERTS and pair.between[:1] in (["with"], ["w"], ["con"])
    return pair.other if shown and pair.other.concept in kinds.SOMEBODY | {"school", "doctor"} else None


RULES: tuple[Rule, ...] = (
    owned,
    of_somebody,
    friend_and_doctor,
    patient_of,
    what_a_friend_does,
    clipped_for_me,
    shown_to_me,
    drove_me,
    the_one_there,
    seen_on_air,
    in_the_picture,
    event_somewhere,
    at_a_school,
    friend_somewhere,
    media_somewhere,
    news_of_an_event,
    doctor_somewhere,
    on_a_road,
    heard_while_driving,
    passing_a_place,
    only_told,
    cared_for,
    posted,
    looked_for,
    looked_up_for_me,
    doctor_google,
    part_of,
)
