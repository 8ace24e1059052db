"""Bystanders: what a sentence names and then says was no help, was for another place, or happened to be there.

"The website was down so I asked my sister", "this one Hacker News, previous ones on Reddit", "my wife had the TV on".
"""

from collections.abc import Callable, Iterable
from itertools import pairwise

from intake.survey.spotting import kinds
from intake.survey.spotting.lexicon import words
from intake.survey.spotting.spotter import Marked, SpottedTerm

Rule = Callable[[Marked, SpottedTerm, list[SpottedTerm]], bool]
_FAILS = words(
    "down loud hard slow useless closed broken busy full booked unavailable gone out away nothing wrong nowhere "
    "outdated cerrado cerrada caida ocupado lleno"
)
_ENDED = words("retired moved quit died jubilo retiro")
_NOT = words("didnt dont doesnt wasnt werent isnt arent couldnt wouldnt wont cant never not no nunca")
# What a thing or a person may be without having been any help: "didn't come up", "couldn't get me in".
_NO_HELP = words(
    "come show pop work help helped helping working find found answer load open list listed have accept accepting take "
    "taking get know knew sure idea clue call return any anything anybody luck use funciono sirvio ayudo contesto "
    "sabia supo sabian conocia pudo"
)
_TRIED = words("tried trying called calling checked asked asking intente trate llame")
_NO_LUCK = (("no", "luck"), ("no", "help"), ("no", "answer"), ("nothing", "there"), ("sin", "suerte"))
_OTHERS = frozenset(
    {
        ("other", "place"), ("other", "clinic"), ("other", "doctor"), ("other", "office"), ("other", "one"),
        ("other", "ones"), ("another", "place"), ("another", "clinic"), ("last", "one"), ("last", "place"),
        ("last", "time"), ("last", "clinic"), ("previous", "one"), ("previous", "ones"), ("previous", "clinic"),
        ("somewhere", "else"), ("someone", "elses"), ("before", "that"), ("different", "place"), ("the", "others"),
        ("different", "clinic"), ("otro", "lugar"), ("otra", "clinica"), ("la", "otra"), ("ultima", "vez"),
    }
)  # fmt: skip
_DOES = words(
    "scrolling watching listening reading browsing surfing flipping driving listens watches reads viendo leyendo oyendo"
)
_HAS_ON = words("had has got getting tenia")
_WAS = words("was were is are am im had has estaba estabamos iba esta")
_AT = words("at in inside en")
_WITNESSED = words("saw heard seen noticed read picked found spotted vi oi lei")
_TELLS = words("told said says mentioned recommended sent dijo conto recomendo mando showed shared asked")
_ADVISED = words("ask see call check talk preguntar preguntara ver llamar consultar")
_BESIDE = words("outside near behind across opposite beside next afuera cerca frente")
_DISLIKES = words("hate hates dislike avoid love like odio")
_READS = words("reads watches listens")
_SAT = words("sat sit sitting stood standing")
_ROOMS = words("room lobby office line queue sala fila")
_WORKS = words("works work worked working sells sold fixes fixed cleans cleaned delivers trabaja trabajaba vende")
_FIRMS = words("station company office store department")
_SHOWN = kinds.MEDIA | kinds.SOCIAL | kinds.ADVERTS | {"event", "drove_by", "social_media"}
_HELPLESS = _FAILS | _ENDED | _NOT | _TRIED
_BREAKS = words("but so and pero y entonces because since then luego i")
_REACH, _FAR = 5, 20


def bystanders(marked: Marked) -> list[SpottedTerm]:
    """The hits that led nobody here, when something else in the answer did."""
    return led_nobody(marked, _RULES)


def led_nobody(marked: Marked, rules: Iterable[Rule]) -> list[SpottedTerm]:
    """The hits that one of the rules takes for no source. The last one left is never among them."""
    left = [hit for hit in marked.hits if not hit.concept.isupper()]
    gone: list[SpottedTerm] = []
    for rule in rules:
        for hit in list(left):
            others = [other for other in left if other is not hit]
            if others and rule(marked, hit, others):
                gone.append(hit)
                left = others
    return gone


def doubtful(marked: Marked) -> list[SpottedTerm]:
    """The hits that may only say where something was, or whose: "parked outside my son's school", "my husband's"."""
    found = []
    for hit in marked.hits:
        before = set(marked.words(hit.first - 4, hit.first - 1))
        beside = hit.concept in kinds.PLACES and hit.record_id is None and bool(_BESIDE & before)
        beside = beside or (hit.concept == "drove_by" and bool(_SAT & before))
        last = marked.tokens[hit.last]
        owner = hit.concept in kinds.SOMEBODY and hit.last + 1 == len(marked.tokens) and last.possessive
        theirs = _was_passed_on(marked, hit) or _is_theirs(marked, hit)
        if beside or owner or theirs or _is_only_spoken_of(marked, hit):
            found.append(hit)
    return found


def _was_passed_on(marked: Marked, hit: SpottedTerm) -> bool:
    """ "My roommate read your reviews and told me", "she reads the paper": what led whoever told them, perhaps."""
    if hit.concept not in _SHOWN | kinds.LOOKED_IN:
        return False
    tellers = kinds.SOMEBODY | {"doctor"}
    after = set(marked.words(hit.last + 1, hit.last + _FAR))
    # "Saw you on Google and my sister told me": two things of one's own.
    another = any(other.concept in tellers and other.first > hit.last for other in marked.hits)
    if _TELLS & after and after & {"me", "us"} and not another:
        return True
    told = [other.first for other in marked.hits if other.concept in tellers and other.last < hit.first]
    reads = _READS & set(marked.words(hit.first - 3, hit.first - 1))
    return bool(told) and (bool(reads) or told[-1] >= _clause(marked, hit)[0])


def _is_only_spoken_of(marked: Marked, hit: SpottedTerm) -> bool:
    """ "I hate Facebook", "the radio in your lobby", "met the doctor", "my doctor gave me a list but I picked you"."""
    before, rest = (marked.words(hit.first - 4, hit.first - 1), marked.words(hit.last + 1, hit.last + _FAR))
    after = rest[:4]
    disliked = bool(_DISLIKES & set(before))
    here = hit.concept in _SHOWN and bool(_AT & set(after[:1])) and bool(_ROOMS & set(after))
    met = hit.concept == "doctor" and not hit.person and bool({"met", "about"} & set(before[-2:]))
    outdone = "but" in rest and not any(other.first > hit.last + rest.index("but") for other in marked.hits)
    helpless = bool(_HELPLESS & {*before, *rest})
    return disliked or here or met or outdone or (helpless and _was_no_help(marked, hit, []))


def _is_theirs(marked: Marked, hit: SpottedTerm) -> bool:
    """ "You operated on my dad": who has been here is somebody else."""
    return hit.concept == "returning" and any(
        other.concept in kinds.SOMEBODY and 0 < other.first - hit.last <= 2 for other in (*marked.hits, *marked.gone)
    )


def _clause(marked: Marked, hit: SpottedTerm) -> tuple[int, int]:
    """The first and last token of what is said in one breath with it, up to commas and "and", "but", "so"."""
    first, last = hit.first, hit.last
    # "Previous ones: Reddit" is one breath.
    while first > 0 and marked.word(first - 1) not in _BREAKS:
        if marked.joints[first] and marked.tokens[first].gap.strip() != ":":
            break
        first -= 1
    while last + 1 < len(marked.tokens) and not marked.joints[last + 1] and marked.word(last + 1) not in _BREAKS:
        last += 1
    return first, last


def _was_no_help(marked: Marked, hit: SpottedTerm, others: list[SpottedTerm]) -> bool:
    """ "your website didn't come up", "my doctor retired", "tried my insurance, no luck"."""
    first, last = _clause(marked, hit)
    following = min((other.first for other in others if other.first > hit.last), default=last + 1)
    after = marked.words(hit.last + 1, min(last, hit.last + _REACH, following - 1))
    said = set(after)
    failed = bool(_ENDED & said) or bool(_NOT & said and _NO_HELP & said)
    if _FAILS & said:
        failed = failed or any(word in _FAILS and _WAS & set(after[:at]) for at, word in enumerate(after))
    tried = bool(_TRIED & set(marked.words(max(first, hit.first - 4), hit.first - 1)))
    beyond = tuple(marked.words(last + 1, last + 2))
    return failed or (tried and (beyond in _NO_LUCK or tuple(after[-2:]) in _NO_LUCK))


def _for_another(marked: Marked, hit: SpottedTerm, others: list[SpottedTerm]) -> bool:
    """ "previous ones on Reddit", "Facebook for the other clinic"."""
    first, last = _clause(marked, hit)
    said = marked.words(first, last)
    elsewhere = any(pair in _OTHERS for pair in pairwise(said))
    return elsewhere and any(not first <= other.first <= last for other in others)


def _had_it_on(marked: Marked, hit: SpottedTerm, others: list[SpottedTerm]) -> bool:
    """ "my husband was scrolling Facebook", "my wife got a postcard": what they saw is the source."""
    if hit.concept not in kinds.SOMEBODY or hit.person:
        return False
    after = marked.words(hit.last + 1, hit.last + 4)
    shown = [other for other in others if other.concept in _SHOWN and 0 < other.first - hit.last <= _REACH]
    if not shown or _TELLS & set(marked.words(hit.last + 1, len(marked.tokens))):
        return False
    return bool(_DOES & set(after[:2])) or (bool(after) and after[0] in _HAS_ON)


def _was_there(marked: Marked, hit: SpottedTerm, others: list[SpottedTerm]) -> bool:
    """ "I was at the dentist and saw your ad in a magazine", "a lady in the waiting room at my dentist"."""
    before = marked.words(hit.first - 4, hit.first - 1)
    if hit.concept not in kinds.PLACES | {"doctor", "pharmacy", "employer"} or not _AT & set(before):
        return False
    after = marked.words(hit.last + 1, hit.last + 4)
    saw = any(other.concept in _SHOWN and other.first > hit.last for other in others)
    if _WAS & set(marked.words(hit.first - 5, hit.first - 2)) and saw and _WITNESSED & set(after):
        return True
    waiting = _ROOMS & set(marked.words(hit.first - 5, hit.first - 2))
    return bool(waiting) and any(other.concept in kinds.SOMEBODY and other.last < hit.first for other in others)


def _tells_where(marked: Marked, hit: SpottedTerm, others: list[SpottedTerm]) -> bool:
    """ "in the same building as my dentist", "next to my pharmacy"."""
    if hit.concept not in kinds.PLACES | {"doctor", "pharmacy", "employer"}:
        return False
    near = [other for other in others if other.concept == "drove_by" and 0 < hit.first - other.last <= 3]
    return any(not any(marked.joints[other.last + 1 : hit.first + 1]) for other in near)


def _tells_who_it_is(marked: Marked, hit: SpottedTerm, others: list[SpottedTerm]) -> bool:
    """ "my neighbor who works for Google", "my coworker at the radio station", "my insurance agent's wife"."""
    if hit.concept not in _SHOWN - {"event"} | kinds.LOOKED_IN:
        return False
    for other in others:
        if other.concept not in kinds.SOMEBODY:
            continue
        if marked.tokens[hit.last].possessive and other.first == hit.last + 1:
            return True
        between = set(marked.words(other.last + 1, hit.first - 1))
        works_there = _WORKS & between or (_AT & between and _FIRMS & set(marked.words(hit.first, hit.last + 1)))
        if other.last < hit.first and works_there and not any(marked.joints[other.last + 1 : hit.first + 1]):
            return True
    return False


def _said_to_ask(marked: Marked, hit: SpottedTerm, others: list[SpottedTerm]) -> bool:
    """ "my mother said I should ask my doctor": the doctor is the one who led here."""
    if hit.concept not in kinds.SOMEBODY:
        return False
    for other in others:
        between = marked.words(hit.last + 1, other.first - 1)
        if other.concept == "doctor" and 0 < len(between) <= 7 and _TELLS & set(between) and _ADVISED & set(between):
            return True
    return False


_RULES: tuple[Rule, ...] = (
    _was_no_help,
    _for_another,
    _had_it_on,
    _was_there,
    _tells_where,
    _tells_who_it_is,
    _said_to_ask,
)
