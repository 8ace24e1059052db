"""On which words the carrier acts by itself. What else a text may ask of the line is for survey.text_kind to say.

Twilio acts on single English words only (help.twilio.com/articles/223134027); everything else that clearly takes
consent back is ours to honour (47 CFR 64.1200(a)(10)).
"""

from intake.survey.text_kind.reply_words import plain_form

_CARRIER_STOP = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
_CARRIER_START = frozenset({"start", "yes", "unstop"})


def is_carrier_start(body: str) -> bool:
    """Whether the carrier itself takes this text for START. YES is one, so no answer may ever be asked for with it."""
    return plain_form(body) in _CARRIER_START


def is_carrier_stop(body: str) -> bool:
    """Whether the carrier stops this person, and tells them so, by itself."""
    return plain_form(body) in _CARRIER_STOP
