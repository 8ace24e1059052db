"""What a long answer mentions in passing: who came along, whose website it was, where one happened to be."""

from intake.survey.spotting import kinds
from intake.survey.spotting.lexicon import words
from intake.survey.spotting.spotter import Marked, SpottedTerm
from intake.survey.text_reader.bystanders import led_nobody

# Shorter answers hold nothing in passing: each thing named is meant.
_A_STORY = 12
_SURE, _UNSURE = 0.9, 0.85
_ME = words("i me myself yo conmigo")
_AND = words("and y e")
_THEIRS = words("their his her its su sus")
# What somebody does with an advertisement or a post that is the source itself.
_PASSED_ON = words(
    "cut cuts clipped clips saved saves kept keeps put gets pinned showed read reads brought left recorded "
    "recorto guardo enseno mostro"
)
_APPEARS = words(
    "explained explains explaining talked talks talking answered answers speaking spoke was explico explica hablo habla"
)
_MINE = words("my our mi mis")
_VISITS = words("visit visiting see drive driving drop dropping pick picking babysit watching visitar ver recoger")
# What makes somebody the one who led the patient here: they spoke of us, or had been here.
_LED = words(
    "told tells said says mentioned recommended recommends suggested referred sent sends swears raved raves talked "
    "talks heard had has did done came comes come went goes go gone was is were been got gets used uses see sees saw "
    "works worked thought thinks gave insisted convinced pushed drove asked knew knows loved loves looked searched "
    "found posted shared dijo contaron conto recomendo recomendaron mando vino viene vinieron fue trajo opero atendio "
    "atendieron refirio sugirio hablo paso"
)
_THROUGH = words("from by through thru via because thanks of por de con and y both also plus")
_BODY = words("leg legs vein veins foot feet ankle ankles treatment procedure surgery piernas venas")
_SHOWN = kinds.MEDIA | kinds.SOCIAL | kinds.ADVERTS | {"event"}
_SENDS = words("told said sent send referred refer recommended suggested dijo mando recomendo refirio")


def passing(marked: Marked) -> list[SpottedTerm]:
    """The hits that only belong to the story, when something else in it is what led the patient here."""
    if len(marked.tokens) < _A_STORY:
        return []
    # What is vague goes last, and only beside what is still sure then.
    return led_nobody(marked, (_person_in_passing, _place_in_passing, _vague))


def _person_in_passing(marked: Marked, hit: SpottedTerm, others: list[SpottedTerm]) -> bool:
    shown = any(other.concept in _SHOWN for other in others)
    if hit.concept in kinds.SOMEBODY and not hit.person:
        visited = marked.word(hit.first - 1) in _MINE and bool(
            _VISITS & set(marked.words(hit.first - 4, hit.first - 1))
        )
        treated = _follows(marked, hit, _BODY) and any(other.concept == "returning" for other in others)
        elsewhere = any(other.concept not in kinds.SOMEBODY | {"doctor", "returning"} for other in others)
        after = set(marked.words(hit.last + 1, hit.last + 6))
        idle = elsewhere and not after & _LED and marked.word(_before_article(marked, hit)) not in _THROUGH
        shows = shown and _follows(marked, hit, _PASSED_ON)
        return _came_along(marked, hit) or visited or treated or shows or idle
    if hit.concept == "doctor" and not hit.person:
        before = marked.words(hit.first - 2, hit.first - 1)
        treated = before == ["by", "the"] and any(other.concept == "returning" for other in others)
        return treated or (shown and _follows(marked, hit, _APPEARS) and not _follows(marked, hit, _SENDS))
    return False


def _place_in_passing(marked: Marked, hit: SpottedTerm, others: list[SpottedTerm]) -> bool:
    if hit.concept == "website":
        owners = kinds.INSURERS | {"doctor"} | kinds.PLACES
        named = any(other.concept in owners and other.last < hit.first for other in others)
        return marked.word(hit.first - 1) in _THEIRS and named
    if hit.concept == "drove_by" and hit.phrase.startswith("live"):
        # "a few of the ladies there live around here"
        return marked.word(hit.first - 1) not in _ME | {"", "also", "and", "we"}
    if hit.concept == "returning":
        # "who had hers done here", "the nurse made me a follow-up appointment": somebody else speaks or acts.
        return not _ME.union(_MINE, ("im", "ive", "id", "we")) & set(marked.words(hit.first - 5, hit.last))
    return False


def _vague(marked: Marked, hit: SpottedTerm, others: list[SpottedTerm]) -> bool:
    vague = hit.confidence < _UNSURE and not hit.source and not hit.person
    return vague and any(other.confidence >= _SURE for other in others)


def _before_article(marked: Marked, hit: SpottedTerm) -> int:
    """The place before "my" and the like."""
    at = hit.first - 1
    while marked.word(at) in _MINE or marked.word(at) in _THEIRS or marked.word(at) in ("a", "an", "the", "un", "una"):
        at -= 1
    return at


def _came_along(marked: Marked, hit: SpottedTerm) -> bool:
    """ "My husband and I were watching", "me and my sister saw"."""
    after = marked.words(hit.last + 1, hit.last + 2)
    before = marked.words(hit.first - 2, hit.first - 1)
    with_me = len(after) == 2 and after[0] in _AND and after[1] in _ME
    return with_me or (len(before) == 2 and before[0] in _ME and before[1] in _AND)


def _follows(marked: Marked, hit: SpottedTerm, verbs: frozenset[str]) -> bool:
    return bool(verbs & set(marked.words(hit.last + 1, hit.last + 2)))
