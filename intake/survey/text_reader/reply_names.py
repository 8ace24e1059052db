"""The name in a reply to "Which doctor?" or "Who can we thank?", or that there is none.

"My husband", "anonymous", "she doesn't want to be named" and "chest pain" name nobody; "idk how to spell it, Siobhan
something" does. `Na`, `O` and `Null` are names of people, written as such.
"""

import re
from functools import cache

from intake.survey.spotting.lexicon import FIRST_NAMES, NAMES_NOT_ALONE, ORDINARY, ORDINARY_SPANISH, SMALL_WORDS, words
from intake.survey.spotting.practice_sources import lexicon
from intake.survey.spotting.tokens import shouted
from intake.survey.text_kind.judge import is_courtesy
from intake.survey.text_kind.reply_words import plain_form, word_set
from intake.survey.text_reader.reader import AnswerReading, ReadOutcome

LONGEST_NAME = 120
_NOBODY = (ReadOutcome.DONT_REMEMBER, ReadOutcome.DECLINED)
# Two words at most are taken for a name because nothing else is known of them.
_BARE_NAME = 2
# Written so, these are names; written otherwise they skip the question.
_NAMES_AS_WRITTEN = frozenset({"Na", "O", "Null", "null", "None Other"})
_INTRODUCED = re.compile(
    r"^\s*(?:(?:his|her|their|the) name(?:'s|’s|s| is| was)|(?:he|she)(?:'s|’s| is)(?: called| named)?|"
    r"(?:se llama|su nombre es|es|fue|era)|(?:it|that)(?:'s|’s| is| was| would be)|"
    r"(?:you can |please )?(?:thank|agradecer(?:le|an(?:le)?)? a|den(?:le)? las gracias a)|"
    r"i think(?: it was| it's| its)?|creo que(?: fue| es)?|name(?: is|:))\s+",
    re.IGNORECASE,
)
# "idk how to spell it, Siobhan something", "not sure of the spelling but Siobhan".
_SPELLING = re.compile(
    r"^\W*(?:(?:i )?(?:idk|dont know|don't know|don’t know|not sure|no idea|cant|can't|can’t|no se|no sé)[^,.:;]{0,25}"
    r"(?:spell|spelling|spelled|pronounce|say|(?:last|first|full) name|escrib\w*|pronunci\w*|apellido)[^,.:;]{0,20}?"
    r"(?:[,.:;-]|\bbut\b|\bpero\b|\bit\b|$))\s*",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"['’]s\b")
# "Dr Pain" is somebody, whatever the word means.
_TITLED = re.compile(r"(?:[Dd][Rr]|[Dd]octor|Dra|Mrs?|Ms)\.? [A-Z][a-z]+$")
_REFUSED = re.compile(
    r"\b(?:(?:not|doesnt|does not|dont|wouldnt|prefers? not|rather not|no) (?:\w+ ){0,3}"
    r"(?:named|name|say|tell|share|mention\w*|disclose|thanked|recognition|give)|wants? to (?:stay|remain|be) \w+"
    r"|(?:keep|stay|remain|leave) (?:it |that |them |her |him )?(?:private|anonymous|out of)|anonym\w*|privacy|hipaa"
    r"|no (?:quiere|quiero|desea|puedo) (?:\w+ ){0,3}(?:nombr\w*|decir\w*|dar\w*)|prefiere no|anonim\w*)\b"
)
_PEOPLE = words(
    """
    husband wife mom mother mum dad father sister brother son daughter aunt uncle cousin niece nephew grandma grandpa
    grandmother grandfather friend friends neighbor neighbors coworker coworkers boss girlfriend boyfriend partner
    fiance fiancee spouse kid kids child family relative relatives inlaw inlaws law roommate pastor priest teacher coach
    barber hairdresser stylist dentist pharmacist nurse therapist chiropractor doctor doctors dr physician surgeon
    specialist cardiologist pcp primary care provider ex buddy pal lady guy man woman person people someone client
    patient patients colleague classmate church work gym school group office hospital clinic er esposo esposa marido
    mama papa madre padre hermana hermano hijo hija tia tio prima primo abuela abuelo amiga amigo vecina vecino jefe
    jefa novia novio pareja familia familiar suegra suegro cunada cunado doctora medico medica enfermera senora senor
    companera companero una trabajo iglesia escuela
    """
)
_SAID = words(
    """
    call me later now please again told sent recommended here there yes yep yeah ok okay thanks thank you no not nope
    google facebook yelp instagram internet online radio tv insurance website chest pain pains hurt hurts leg legs arm
    back head sick help emergency what who when where why how which is was are were it its he she they him her them his
    hers their the a an my our your of from at in on and or but with for to by that this these those very really good
    best great nice sweet works worked goes went comes lives lived old new same all both two three one first last
    something somebody anybody think guess maybe probably believe remember recall know sure idk dunno don dont doesn
    doesnt didn didnt want wants wanted rather prefer stay said says say tell name names named spell spelling called
    goes by also just only too used been had has have does do did gave give mi su sus de del la el los las un una que
    como quien cuando donde por para con en y o pero no si fue era es llama nombre llamada llamado creo
    monday tuesday wednesday thursday friday saturday sunday today tomorrow yesterday appointment bill
    """
)


def name_in(text: str, reading: AnswerReading | None = None) -> str:
    """The name that a reply gives, with what they say about the person; empty when it names nobody.

    `reading`: what matching reads in the same words, whose people and doctors are names.
    """
    body = " ".join(text.split())[:LONGEST_NAME]
    if body.strip(" .,!") in _NAMES_AS_WRITTEN:
        return body.strip(" .,!")
    plain = plain_form(body)
    if not plain or plain.replace(" ", "").isdigit() or len(plain) == 1 or is_courtesy(body):
        return ""
    rest = introduced(_SPELLING.sub("", body, count=1).strip() or body)
    if _REFUSED.search(plain_form(rest)):
        return ""
    said = set(plain_form(_POSSESSIVE.sub("", rest)).split())
    if said <= word_set("nameless") | _SAID | _PEOPLE and not _TITLED.match(rest):
        return ""
    read = reading is not None and any(mention.person or mention.doctor_name for mention in reading.mentions)
    if read or _TITLED.match(rest) or _has_a_name(rest):
        return rest
    # "Idk how to spell it" is read as not remembering; what comes after it is remembered.
    forgotten = rest == introduced(body) and reading is not None and reading.outcome in _NOBODY
    return "" if forgotten else _bare_name(rest)


def introduced(body: str) -> str:
    """A name without the words that introduce it; what people say about the person stays."""
    return _INTRODUCED.sub("", body.strip(), count=1).strip(" .,!") or body.strip()


def _has_a_name(rest: str) -> bool:
    """Whether a given name stands in it, or a capital on a word that nobody uses otherwise."""
    flat = shouted(rest)
    for at, word in enumerate(re.findall(r"[^\W\d_](?:[^\W\d_]|['’-](?=[^\W\d_]))*", rest)):
        plain = plain_form(word)
        if plain in _SAID | _PEOPLE:
            continue
        if plain in FIRST_NAMES - NAMES_NOT_ALONE:
            return True
        cased = word[:1].isupper() and not flat and (at > 0 or len(rest.split()) == 1)
        if cased and len(word) > 1 and plain not in _usual():
            return True
    return False


def _bare_name(rest: str) -> str:
    """One or two words of which nothing else is known are a name: that is what was asked for."""
    said = plain_form(rest).split()
    known = [word for word in said if word in _SAID | _PEOPLE or word in word_set("nameless")]
    unknown = [word for word in said if word not in known and word not in _usual()]
    if unknown and len(said) - len(known) <= _BARE_NAME + 1:
        return rest
    capital = len(said) <= _BARE_NAME and rest[:1].isupper() and not known
    return rest if capital else ""


@cache
def _usual() -> frozenset[str]:
    return ORDINARY | ORDINARY_SPANISH | SMALL_WORDS | frozenset(lexicon().root.children)
