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
_ENDED = words("retired moved quit died crashed froze crashing freezing jubilo retiro cayo")
_NOT = words("didnt dont doesnt wasnt werent isnt arent couldnt wouldnt wont cant never not no nunca")
# What a thing or a person may be without having been any help: "didn't come up", "couldn't get me in".
_NO_HELP = words(
    "come show pop work help helped helping working find found answer load open list listed have accept accepting take "
    "taking get know knew sure idea clue call return any anything anybody luck use funciono sirvio ayudo contesto "
    "sabia supo sabian conocia pudo want wanted think believe queria quiso creia abria abre abrio carga cargaba cargo "
    "funcionaba funciona servia sirve jalaba"
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
_WITNESSED = words("saw hear heard seen noticed read picked found spotted vi oi lei")
_TELLS = words("told said says mentioned recommended sent dijo conto recomendo mando showed shared asked")
_ADVISED = words("ask see call check talk preguntar preguntara ver llamar consultar")
_BESIDE = words("outside near behind across opposite beside next afuera cerca frente")
_HATES = words("hates hated hate despises odia odiaba detesta")
_DISLIKES = words("hate hates dislike avoid love like odio")
_BROUGHT = words(
    "drove drives driving drive took takes brought brings dropped picked rushed carried accompanied walked"
)
_CRAZY = words("crazy nuts insane mad bananas")
_BROUGHT_ME = words("trajo trae lleva llevo acompano acompana espera dejo recoge")
_WAITS = words("waiting parking translating interpreting driving coming")
_ME = words("me us")
_ILL = words("bad terrible awful horrible negative worst mixed mal malo mala malas malos pesimas feo")
_BUT = words("but pero")
_IT = words("it they its that thing no")
_THOUGH = words("though although despite aunque")
_TOLD_TO = words("said says say told tell instructed instructions dijeron decia dice")
_AFTERWARDS = words("from after for post de del desde tras despues al")
_NOTHING = words("not nothing fine wasnt isnt normal nada")
_PAYS = words("approved approves pays paid paying denied authorized requires aprobo aprueba paga pago autorizo")
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


def useless(marked: Marked) -> list[SpottedTerm]:
    """All that is named, where no more is said of it than that it didn't work, is disliked or stands in our lobby."""
    named = [hit for hit in marked.hits if not hit.concept.isupper()]
    of_no_use = all(
        (hit.concept in ("website", "online") and _was_no_help(marked, hit, []))
        or (_is_disliked_or_here(marked, hit) and _says_more(marked, hit))
        for hit in named
    )
    return named if of_no_use else []


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
    met = hit.concept == "doctor" and not hit.person and bool({"met", "about"} & set(before[-2:]))
    outdone = "but" in rest and not any(other.first > hit.last + rest.index("but") for other in marked.hits)
    helpless = bool(_HELPLESS & {*before, *rest})
    spoken_of = met or outdone or _is_disliked_or_here(marked, hit)
    return spoken_of or (helpless and _was_no_help(marked, hit, []))


def _says_more(marked: Marked, hit: SpottedTerm) -> bool:
    """ "The TV in your lobby is too loud", but not "a brochure in the waiting room"."""
    return not _AT & set(marked.words(hit.last + 1, hit.last + 1)) or bool(
        (_WAS | _NOT) & set(marked.words(hit.last + 2, hit.last + _FAR))
    )


def _is_disliked_or_here(marked: Marked, hit: SpottedTerm) -> bool:
    """ "I hate Facebook", "the radio in your lobby"."""
    after = marked.words(hit.last + 1, hit.last + 4)
    here = hit.concept in _SHOWN and bool(_AT & set(after[:1])) and bool(_ROOMS & set(after))
    if _WITNESSED & set(marked.words(hit.last + 1, len(marked.tokens))):
        # "Hates the radio, but that's where I heard it."
        return False
    return here or bool(_DISLIKES & set(marked.words(hit.first - 4, hit.first - 1)))


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
    return first, _clause_from(marked, last)


def _clause_from(marked: Marked, at: int) -> int:
    """The last token of the clause that begins there."""
    while at + 1 < len(marked.tokens) and not marked.joints[at + 1] and marked.word(at + 1) not in _BREAKS:
        at += 1
    return at


def _was_no_help(marked: Marked, hit: SpottedTerm, others: list[SpottedTerm]) -> bool:
    """ "your website didn't come up", "my doctor retired", "tried my insurance, no luck"."""
    first, last = _clause(marked, hit)
    following = min((other.first for other in others if other.first > hit.last), default=last + 1)
    if marked.word(last + 1) in _BUT and marked.word(last + 2) in _IT:
        # "The website, but it kept crashing."
        last = _clause_from(marked, last + 2)
    after = marked.words(hit.last + 1, min(last, hit.last + _REACH + 1, following - 1))
    said = set(after)
    failed = bool(_ENDED & said) or bool(_NOT & said and _NO_HELP & said)
    # "The dentist said it's not the tooth, I went home and searched."
    failed = failed or (after[:1] != [] and after[0] in _TELLS and bool(_NOTHING & set(after[1:4])))
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
    # "My kids had cartoons on and then your commercial came on."
    reach = _FAR if after[:1] == ["had"] and "on" in after[1:] else _REACH
    shown = [other for other in others if other.concept in _SHOWN and 0 < other.first - hit.last <= reach]
    if shown and _HATES & set(after[:2]):
        return True
    if not shown or _TELLS & set(marked.words(hit.last + 1, len(marked.tokens))):
        return False
    return bool(_DOES & set(after[:2])) or (after[:1] != [] and after[0] in _HAS_ON)


def _brought_me(marked: Marked, hit: SpottedTerm, _others: list[SpottedTerm]) -> bool:
    """ "St Luke's ER, my son drove me there", "mi hija me trajo", "my wife is parking": who came along."""
    if hit.concept not in kinds.SOMEBODY:
        return False
    after = marked.words(hit.last + 1, hit.last + 5)
    if _TELLS & set(after):
        return False
    brought = any(word in _BROUGHT and _ME & set(after[at + 1 : at + 2]) for at, word in enumerate(after[:3]))
    brought &= not _CRAZY & set(after)
    brought = brought or (after[:1] == ["me"] and bool(_BROUGHT_ME & set(after[1:2])))
    return brought or (bool(_WAS & set(after[:2])) and bool(_WAITS & set(after[:3])))


def _is_spoken_ill_of(marked: Marked, hit: SpottedTerm, others: list[SpottedTerm]) -> bool:
    """ "Facebook had bad things to say about you but my doctor trusts you"."""
    if not _ILL & set(marked.words(hit.last + 1, hit.last + _FAR)):
        return False
    first, last = _clause(marked, hit)
    ill = bool(_ILL & set(marked.words(hit.last + 1, last)))
    beside = any(not first <= other.first <= last for other in others)
    return ill and beside and (marked.word(last + 1) in _BUT or bool(_THOUGH & set(marked.words(first - 1, first + 1))))


def _follows_up_elsewhere(marked: Marked, hit: SpottedTerm, others: list[SpottedTerm]) -> bool:
    """ "follow up from the emergency room", "ER follow-up", "discharge papers said follow up here": not yet ours."""
    if hit.concept != "returning" or not hit.phrase.startswith(("follow", "seguimiento", "recheck")):
        return False
    for place in others:
        if place.concept in kinds.PLACES and place.last < hit.first:
            between = set(marked.words(place.last + 1, hit.first - 1))
            if not between or _TOLD_TO & between:
                return True
        later = place.concept in kinds.PLACES | {"doctor"} and not place.own and hit.last < place.first
        if later and _AFTERWARDS & set(marked.words(hit.last + 1, place.first)[:3]):
            return True
    return False


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


def _only_pays(marked: Marked, hit: SpottedTerm, others: list[SpottedTerm]) -> bool:
    """ "PCP sent the referral, Humana approved it", "my doctor, insurance is paying": who pays led nobody here."""
    referred = any(other.concept in kinds.SOMEBODY | kinds.PLACES | {"doctor", "referral"} for other in others)
    return hit.concept in kinds.INSURERS and referred and bool(_PAYS & set(marked.words(hit.last + 1, hit.last + 3)))


def _was_here_then(marked: Marked, hit: SpottedTerm, others: list[SpottedTerm]) -> bool:
    """ "I was a patient when you were in the old building": where it was."""
    before = set(marked.words(hit.first - 4, hit.first))
    return (
        hit.concept == "drove_by"
        and any(other.concept == "returning" for other in others)
        and bool(before & {"when", "cuando", "old", "viejo", "vieja"})
    )


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
    _brought_me,
    _is_spoken_ill_of,
    _follows_up_elsewhere,
    _was_there,
    _tells_where,
    _tells_who_it_is,
    _said_to_ask,
    _only_pays,
    _was_here_then,
)
