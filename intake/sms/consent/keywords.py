"""Keywords on which the carrier itself acts. All other wishes are read by survey.text_kind.

Twilio acts on single English words only (help.twilio.com/articles/223134027); everything else that clearly takes
consent back is ours to honour (47 CFR 64.1200(a)(10)).
"""

from intake.survey.text_kind.reply_words import plain_form

_CARRIER_STOP = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
_CARRIER_START = frozenset({"start", "yes", "unstop"})
_CARRIER_HELP = frozenset({"help", "info"})


def is_carrier_start(body: str) -> bool:
    """Return whether the carrier takes this text for START. YES is one, so no answer may be asked for with it."""
    return plain_form(body) in _CARRIER_START


def is_carrier_stop(body: str) -> bool:
    """Return whether the carrier itself stops this phone and confirms it."""
    return plain_form(body) in _CARRIER_STOP


def is_carrier_help(body: str) -> bool:
    """Return whether the carrier itself may answer this text, unless it was told not to."""
    return plain_form(body) in _CARRIER_HELP
