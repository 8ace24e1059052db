"""What a reply says beside an answer: a question back, yes, no, a courtesy, the name inside "his name is Tom Baker".

Only the words of the text count here; English and Spanish, whatever the case, accents and punctuation.
"""

import re

from intake.sms.wishes import plain_form
from intake.survey.lexicon import words

_ASKING = re.compile(
    r"^(?:(?:hi|hello|hey|hola|ok|sorry|wait|um|perdon|disculpe|buenas|oiga) )*"
    r"(?:(?:who|what|whats|when|where|wheres|why|how|hows|which|whos|huh)\b"
    r"|(?:do|does|did|can|could|will|would|may|should|is|are|am|was|have|has) "
    r"(?:i|you|u|we|they|he|she|this|it|that|there|the|your|ur|my|someone|anyone|somebody)\b"
    r"|(?:quien|quienes|que|cual|cuales|cuando|donde|adonde|como|cuanto|cuantos|cuanta)\b"
    r"|(?:por|a|de|para|con) (?:que|quien|cuando|donde)\b"
    r"|(?:puedo|puede|pueden|podria|podrian|tienen|aceptan|hay|necesito|quisiera) "
    r"|es (?:esto|este|usted|una?)\b|son ustedes\b)"
)
# What a practice's front desk is asked for, whatever the words around it.
_BUSINESS = re.compile(
    r"\b(?:appointments?|appts?|reschedule\w*|resched|refills?|prescriptions?|invoice|billing|copay|directions|"
    r"cita|citas|reagendar|reprogramar|receta|recetas|factura|cobro)\b"
)
_OTHER = re.compile(
    r"(?:none|neither|nothing|ningun[oa]?s?|nada|no es ningun[oa]?)"
    r"(?: (?:of|de|del|the|these|those|them|above|that|listed|here|on|list|options?|choices?|apply|applies|"
    r"est[aeo]s?|es[aeo]s?|las|los|la|lista|ell[ao]s|arriba|anterior(?:es)?|opciones|aqui))+"
    r"|(?:its |it was )?not (?:on|in) (?:the|your|this) list|no (?:esta|aparece) en la lista"
)
_AGREEING = words("yes yep yeah yup ya si sip correct right exactly exacto correcto ok okay sure claro cierto")
_AGREED = re.compile(r"(?:thats|that is|it is|its|es) (?:him|her|it|the one|right|correct|ella|el|esa|ese|correcto)\b")
_OBJECTING = re.compile(
    r"\s*(?:no|nope|nah|wrong|incorrect|not (?:her|him|that(?: one)?|the one)|otr[oa]|another(?: one)?|neither|"
    r"someone else|2)\b[\s.,!;:–—-]*",
    re.IGNORECASE,
)
# Left when "no, it's Dr" says no name.
_POINTING = words(
    "no es ella el la her him it is its not that thats the one this else someone other doctor doctora dr dra another "
    "mi my esa ese un una a it was fue era otro otra sorry perdon"
)
_COURTEOUS = words(
    "ok okay thank thanks thx ty you u so much very gracias muchas sure yes yep yeah si k great fine welcome de nada "
    "good bye have a nice day lol haha jaja hi hello hola please por favor perfect perfecto bueno vale listo"
)
_INTRODUCED = re.compile(
    r"^\s*(?:(?:his|her|their|the) name(?:'s|’s|s| is| was)|(?:he|she)(?:'s|’s| is)(?: called| named)?|"
    r"(?:se llama|su nombre es|es|fue|era)|(?:it|that)(?:'s|’s| is| was| would be)|"
    r"(?:you can |please )?(?:thank|agradecer(?:le|an(?:le)?)? a|den(?:le)? las gracias a)|"
    r"i think(?: it was| it's| its)?|creo que(?: fue| es)?|name(?: is|:))\s+",
    re.IGNORECASE,
)


def asks_back(body: str) -> bool:
    """Whether this asks us something, or is about an appointment or a bill, instead of answering."""
    plain = plain_form(body)
    return "?" in body or bool(_ASKING.search(plain) or _BUSINESS.search(plain))


def wants_another_option(body: str) -> bool:
    """'None of these', in any of the ways people say it."""
    return _OTHER.fullmatch(plain_form(body)) is not None


def agrees(body: str) -> bool:
    """Yes to "is it this one?"."""
    plain = plain_form(body)
    said = plain.split()
    return (bool(said) and said[0] in _AGREEING) or bool(_AGREED.match(plain)) or "\U0001f44d" in body


def objection(body: str) -> str | None:
    """What follows a no to "is it this one?": another name, or nothing; None when it isn't a no."""
    match = _OBJECTING.match(body)
    if match is None:
        return None
    rest = body[match.end() :].strip()
    return "" if set(plain_form(rest).split()) <= _POINTING else rest


def is_courtesy(body: str) -> bool:
    """Thanks, a greeting, or nothing in words: no name in it."""
    return set(plain_form(body).split()) <= _COURTEOUS


def introduced(body: str) -> str:
    """A name without the words that introduce it; what people say about the person stays."""
    return _INTRODUCED.sub("", body.strip(), count=1).strip(" .,!") or body.strip()
