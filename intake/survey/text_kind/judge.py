"""What a text is, before anybody asks what it answers. Plain values in and out: no database, no web.

The rules and the classifier judge together. The rules alone decide where there is nothing to weigh: bare words for the
line, numbers, a machine's or a phone's own texts. A wish that only one of the two sees is asked about, not acted upon.
"""

from collections.abc import Sequence
from dataclasses import replace

from intake.survey.text_kind.classifier import Likelihood, likelihood
from intake.survey.text_kind.emergencies import Danger, danger_in, wishes_to_die
from intake.survey.text_kind.kinds import Judged, LastQuestion, TextKind
from intake.survey.text_kind.misspellings import is_mash
from intake.survey.text_kind.no_answers import leaves_it_to_another
from intake.survey.text_kind.numbers_said import numbers_in, wants_another_option
from intake.survey.text_kind.opt_outs import OptOut, asks_to_go_on, says_stop_plainly
from intake.survey.text_kind.reply_words import (
    LONGEST_READ,
    phrases,
    plain_form,
    sentences,
    whole_texts,
    word_set,
)
from intake.survey.text_kind.rules import judge_by_rules, may_object, said_instead

# An alarm too many costs a line about 911.
DANGER_FROM = 0.3
# Of words on a page that asks who sent them: most are an answer, and each alarm calls the desk.
DANGER_ON_A_PAGE_FROM = 0.7
# What the rules call danger isn't, only where the classifier is nearly certain.
NO_DANGER_BELOW = 0.2
# Of so few words the classifier knows too little to say that there is none.
FEW_WORDS = 4
# Where the rules see none, the kind must be as likely: an emergency, or a stop beside one.
DANGEROUS_KIND_FROM = 0.3
# Texting ends for good on an inferred stop: below this the sender is asked whether they meant it.
STOP_FROM = 0.5
# Where the rules see no wish at all.
STOP_ALONE_FROM = 0.65
STOP_ASKED_FROM = 0.25
SELF_HARM_FROM = 0.5
# What somebody must have seen in the rules, or be this likely: it ends texts, or keeps a text from people's eyes.
LEAST = {TextKind.WRONG_NUMBER: 0.5, TextKind.REACTION: 0.6, TextKind.AUTO_REPLY: 0.6, TextKind.START: 0.6}
LEAST_OF_OTHERS = 0.35
OTHER_KINDS = tuple(set(TextKind) - {TextKind.STOP, TextKind.EMERGENCY, TextKind.UNCLEAR})
# What the rules take a text for is as much likelier; of answers they know least, which are what is left.
RULES_MULTIPLY = 2
# What is an answer, though nobody can read from it which, isn't asked for again.
ANSWER_FROM = 0.7
_RULES_ALONE = frozenset({TextKind.START, TextKind.HELP, TextKind.REACTION, TextKind.AUTO_REPLY})


def judge(
    text: str,
    *,
    asked: LastQuestion = LastQuestion.QUESTION,
    language: str | None = None,
    sent: Sequence[str] = (),
) -> Judged:
    """What `text` is, in any of the languages; always the same for the same arguments, never raises.

    `language`: the survey's, in which a name that is a stop elsewhere is none. `sent`: our last texts to this phone.
    """
    text = text[:LONGEST_READ]
    by_rules = judge_by_rules(text, asked=asked, language=language, sent=sent)
    if by_rules.kind == TextKind.ERRAND and leaves_it_to_another(text):
        by_rules = Judged(TextKind.ANSWER)
    if asked == LastQuestion.NOTHING and ((by_rules.kind == TextKind.ANSWER and is_courtesy(text)) or _parts(text)):
        # After the thanks a courtesy wants as little as a thumbs-up.
        return Judged(TextKind.REACTION)
    certain = by_rules.kind in _RULES_ALONE or by_rules.opt_out == OptOut.WORD or is_courtesy(text)
    certain = (
        certain
        or leaves_it_to_another(text)
        or (by_rules.kind == TextKind.CORRECTION and text.lstrip().startswith("*"))
    )
    answers = by_rules.kind == TextKind.ANSWER and (_is_no_prose(text) or may_object(text, asked))
    if certain or answers or not any(map(str.isalpha, text)):
        return by_rules
    return _weighed(text, asked, by_rules, likelihood(text, asked))


def danger_on_a_page(text: str, *, asked: LastQuestion = LastQuestion.QUESTION) -> Danger | None:
    """The danger that somebody in front of a tablet or on their link writes of, or None. Never raises."""
    text = text[:LONGEST_READ]
    if not any(map(str.isalpha, text)):
        return None
    return _danger(text, danger_in(text), likelihood(text, asked), unseen_from=DANGER_ON_A_PAGE_FROM)


def is_courtesy(text: str) -> bool:
    """Whether a text is thanks, a greeting, or nothing in words: no name and no answer in it."""
    plain = plain_form(text)
    return set(plain.split()) <= word_set("courtesy") or plain in whole_texts("thanks")


def _parts(text: str) -> bool:
    """ "Great, see you Tuesday"; whoever puts it as a question wants to know."""
    return "?" not in text and phrases("parting").fullmatch(plain_form(text)) is not None


def _is_no_prose(text: str) -> bool:
    """Whether a text is only numbers, "none of these", or keys pressed at random: nothing for the classifier."""
    return numbers_in(text) is not None or wants_another_option(text) or is_mash(text)


def _weighed(text: str, asked: LastQuestion, by_rules: Judged, likely: Likelihood) -> Judged:
    if by_rules.kind != TextKind.ANSWER:
        likely = _likelier(likely, by_rules.kind)
    danger = _danger(text, by_rules.danger, likely, unseen_from=DANGER_FROM)
    no_wish = asks_to_go_on(text) or (by_rules.opt_out is None and phrases("no_wish").search(plain_form(text)))
    stop = 0.0 if no_wish else likely.kinds[TextKind.STOP]
    sure = by_rules.death or stop >= STOP_ASKED_FROM or says_stop_plainly(text)
    agreed = by_rules.kind == TextKind.STOP and sure
    unseen = by_rules.opt_out is None and not by_rules.death
    if agreed or stop >= (STOP_ALONE_FROM if unseen else STOP_FROM):
        rest = by_rules.rest if by_rules.kind == TextKind.STOP else _beside_the_wish(text, asked)
        # "She died, send nothing more" is wished for the dead, and tells what the chart must say.
        kind = TextKind.WRONG_NUMBER if by_rules.death and danger is None else TextKind.STOP
        return replace(by_rules, kind=kind, danger=danger, opt_out=OptOut.SENTENCE, rest=rest)
    if danger is not None:
        return Judged(TextKind.EMERGENCY, danger)
    in_doubt = by_rules.opt_out is not None or stop >= STOP_ASKED_FROM
    kind = _other_kind(by_rules, likely)
    if kind != by_rules.kind:
        rest = said_instead(text) if kind == TextKind.CORRECTION else ""
        wrong = kind == TextKind.WRONG_NUMBER
        by_rules = Judged(kind, rest=rest, wrong_phone=wrong and not by_rules.death, death=wrong and by_rules.death)
    return replace(
        by_rules,
        danger=None,
        opt_out=OptOut.DOUBTFUL if in_doubt else None,
        surely_answers=kind == TextKind.ANSWER and likely.kinds[kind] >= ANSWER_FROM,
    )


def _likelier(likely: Likelihood, kind: TextKind) -> Likelihood:
    more = likely.kinds[kind] * (RULES_MULTIPLY - 1)
    kinds = {each: (share + more * (each == kind)) / (1 + more) for each, share in likely.kinds.items()}
    return replace(likely, kinds=kinds)


def _danger(text: str, seen: Danger | None, likely: Likelihood, *, unseen_from: float) -> Danger | None:
    """`seen`: what the rules see; where they see none, the classifier must be this sure."""
    if seen == Danger.SELF_HARM and wishes_to_die(text):
        return Danger.SELF_HARM
    least = unseen_from if seen is None else NO_DANGER_BELOW if len(text.split()) > FEW_WORDS else 0.0
    if likely.danger < least:
        return None
    if seen is None and likely.kinds[TextKind.EMERGENCY] + likely.kinds[TextKind.STOP] < DANGEROUS_KIND_FROM:
        return None
    from_themselves = seen == Danger.SELF_HARM or likely.self_harm >= SELF_HARM_FROM
    return Danger.SELF_HARM if from_themselves else Danger.MEDICAL


def _other_kind(by_rules: Judged, likely: Likelihood) -> TextKind:
    """The likeliest of what is neither a stop nor danger; an answer where each other is too unlikely to act upon."""
    shares = dict(likely.kinds)
    # What nobody can read is asked about as an answer is.
    shares[TextKind.ANSWER] += shares[TextKind.UNCLEAR]
    possible = {by_rules.kind, TextKind.ANSWER} & set(OTHER_KINDS)
    possible |= {kind for kind in OTHER_KINDS if shares[kind] >= LEAST.get(kind, LEAST_OF_OTHERS)}
    return max(possible, key=shares.__getitem__)


def _beside_the_wish(text: str, asked: LastQuestion) -> str:
    """The sentences of a text that ask nobody to stop."""
    said = [(each, likelihood(each, asked)) for each in sentences(text)]
    return " ".join(each for each, likely in said if likely.kinds[TextKind.STOP] < STOP_ASKED_FROM)
