"""The texts of letters and sheets, each with what may be filled in."""

from intake.directory.practice.own_words import OwnWords

_OFFICE = {
    "today": "the day of printing",
    "physician": "the referring physician",
    "salutation": "“Dr.” and their surname, of whoever has no doctor’s credential the full name",
    "office": "where they work",
    "patient": "the patient’s name",
    "born": "the patient’s birth date, where it is known",
    "reference": "the office’s own number for the patient, where one is noted",
    "outcome": "what became of the patient, in a sentence",
    "practice": "your practice",
    "location": "the location",
    "address": "its city and state, where they are known",
    "phone": "its telephone number",
}
LETTER = OwnWords(
    "owed_letter",
    "Letter to a referring office",
    """{practice}, {location}
{address}
{phone}

{today}

{physician}
{office}

About: {patient} {born} {reference}

Dear {salutation},

Thank you for sending {patient} to us. {outcome}

If you would like to talk about it, please call us at {phone}.

With kind regards,

______________________________
{practice}, {location}""",
    _OFFICE,
    ("physician", "patient", "outcome"),
)
FAX = OwnWords(
    "owed_fax",
    "Fax sheet to a referring office",
    """FAX · {today} · 1 page

To: {physician}
{office}
Fax: ____________________

From: {practice}, {location}
{address}
{phone}

About: {patient} {born} {reference}

{outcome}

This sheet holds health information that is meant for the office named above and nobody else. \
If it reached you by mistake, please call us and destroy it.""",
    _OFFICE,
    ("physician", "patient", "outcome"),
)
_NO_NAME = "A thank-you without a name can’t say {friend}: the new patient didn’t agree to it."
_THANKS = {"today": "the day of printing", "name": "who is thanked", "practice": "your practice"}
THANKS = OwnWords(
    "thanks",
    "Thank-you letter, without the new patient’s name",
    """{today}

Dear {name},

Somebody came to us because you spoke well of us. Thank you for your trust; it means a lot to everybody here.

With kind regards,

{practice}""",
    _THANKS,
    ("name",),
    {"friend": _NO_NAME},
)
THANKS_NAMED = OwnWords(
    "thanks_named",
    "Thank-you letter that names the new patient, who agreed",
    """{today}

Dear {name},

Thank you for telling {friend} about us. Your trust means a lot to everybody here.

With kind regards,

{practice}""",
    _THANKS | {"friend": "the new patients who agreed to be named"},
    ("name", "friend"),
)
THANKS_TEXT = OwnWords(
    "thanks_text",
    "Thank-you text",
    "{practice}: Somebody came to us because you spoke well of us. Thank you for your trust. Reply STOP to end.",
    {"practice": "your practice"},
    ("practice",),
    {"name": "A text names nobody.", "friend": "A text names nobody."},
)
# Lines of the built-in talk that only the practice can write.
STILL_TO_WRITE = "Write here "
TALK = OwnWords(
    "talk",
    "Talk for a referring office: slides and a sheet to leave behind (a line with # opens a slide)",
    """# {practice} for {office}
What we do for your patients, and how to reach us

# What we treat
Write here what you treat, and whom you would rather see early.
Write here what you don’t treat, and who does.

# How a patient gets in
Call {phone}, or send what you have by fax.
{how_soon}

# What you hear from us
You are told when your patient came, and you get the result.
{results}

# Whom to call
{location}: {phone}
Write here who answers, and a doctor’s own line.""",
    {
        "practice": "your practice",
        "office": "the referring office or physician",
        "location": "the location",
        "phone": "its telephone number",
        "how_soon": "how fast referred patients are seen, in a sentence",
        "results": "how long results took for this office, in a sentence",
    },
    ("office",),
    {
        "patient": "No patient is named in a talk.",
        "count": "A talk says nothing of how many patients anybody sent.",
    },
)
