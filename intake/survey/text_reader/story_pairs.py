"""What happened to whom in a story: who was cared for, who drove, who cut out the article.

Like `pairs`: each rule names the one of two that goes, if any.
"""

from intake.survey.spotting import kinds
from intake.survey.spotting.lexicon import SMALL_WORDS, words
from intake.survey.spotting.spotter import SpottedTerm
from intake.survey.text_reader.pair import MINE, TOLD, Pair

# What is done for somebody who is then no source: "delivered my kids", "treats my wife".
_CARED = words(
    "delivered delivers did does treated treats sees saw helped helps fixed cured takes took care of operated on "
    "atendio atiende opero curo ve vio"
)
_CLIPPED = words("cut clipped clips saved saves kept keeps tore brought brings recorto guardo")
_BROUGHT = words("drove took brought rushed carried llevo trajo")


def patient_of(pair: Pair) -> SpottedTerm | None:
    """ "I was a patient of Dr. Park", "Dr. Park did my other leg": a doctor who saw the patient here."""
    one, other = pair.one, pair.other
    if one.concept == "returning" and other.titled and pair.between in (["of"], ["with"], ["de"]):
        return other
    if one.titled and other.concept == "returning" and not pair.between and pair.marked.word(other.first) in _CARED:
        return one
    return None


def clipped_for_me(pair: Pair) -> SpottedTerm | None:
    """ "My husband cut out an article", "a clipping my mom saved": the paper is the source."""
    printed = kinds.PRINT | {"mail"}
    if pair.one.concept in kinds.SOMEBODY and pair.other.concept in printed:
        return pair.one if _CLIPPED & set(pair.between[:1]) else None
    if pair.one.concept in printed and pair.other.concept in kinds.SOMEBODY and pair.adjoining:
        return pair.other if pair.marked.word(pair.other.last + 1) in _CLIPPED else None
    return None


def shown_to_me(pair: Pair) -> SpottedTerm | None:
    """ "My granddaughter showed me a TikTok": what was shown is the source."""
    if pair.one.concept not in kinds.SOMEBODY or pair.one.person or pair.other.concept not in kinds.SOCIAL:
        return None
    shown = pair.between[:2] in (["showed", "me"], ["shows", "me"], ["me", "enseno"], ["me", "mostro"])
    return pair.one if shown else None


def drove_me(pair: Pair) -> SpottedTerm | None:
    """ "My husband drove me to the ER": the ER is the source."""
    brought = (
        bool(pair.between) and pair.between[0] in _BROUGHT and not TOLD - {"to", "for", "with"} & set(pair.between[1:])
    )
    return pair.one if pair.one.concept in kinds.SOMEBODY and pair.other.concept in kinds.PLACES and brought else None


def the_one_there(pair: Pair) -> SpottedTerm | None:
    """ "the ER... the doctor there": one source."""
    there = pair.marked.word(pair.other.last + 1) in ("there", "alli", "ahi")
    doctor = pair.other.concept == "doctor" and not pair.other.person
    return pair.other if pair.one.concept in kinds.PLACES and doctor and there else None


def cared_for(pair: Pair) -> SpottedTerm | None:
    """ "my OB, she delivered both my kids", "you did my mother and me": the one cared for sent nobody."""
    cares = kinds.PLACES | {"doctor", "returning"}
    if pair.one.concept not in cares or pair.other.concept not in kinds.SOMEBODY or pair.other.person:
        return None
    edge = [pair.marked.word(pair.one.last - 1), pair.marked.word(pair.one.last)]
    before = [*(edge if pair.one.concept == "returning" else []), *pair.between]
    while before and (before[-1] in SMALL_WORDS or before[-1] in MINE or before[-1] in ("both", "all", "ambos")):
        before.pop()
    return pair.other if before and before[-1] in _CARED else None
