"""Concepts: what an answer can mean, apart from any practice's list. A tree whose trunk is the default list's codes."""

from intake.survey.spotting.lexicon import words

# Child → parent. A practice that keeps "Google" apart from other searches gets "google"; another one gets its
# "Internet search", by any name, by walking up.
PARENTS: dict[str, str] = {
    "referral": "doctor",
    "clinician": "doctor",
    "friend": "friend_family",
    "family": "friend_family",
    "neighbor": "friend_family",
    "coworker": "friend_family",
    "somebody": "friend_family",
    "congregation": "friend_family",
    "other_patient": "friend_family",
    "online": "online_search",
    "google": "online_search",
    "google_maps": "google",
    "bing": "online_search",
    "yahoo": "online_search",
    "chatbot": "online_search",
    "commercial": "tv",
    "web_address": "website",
    "yelp": "online_reviews",
    "healthgrades": "online_reviews",
    "zocdoc": "online_reviews",
    "twitter": "social_media",
    "linkedin": "social_media",
    "pinterest": "social_media",
    "reddit": "social_media",
    "snapchat": "social_media",
    "telegram": "social_media",
    "discord": "social_media",
    "mastodon": "social_media",
    "whatsapp": "social_media",
    "facebook": "social_media",
    "instagram": "social_media",
    "tiktok": "social_media",
    "youtube": "social_media",
    "nextdoor": "social_media",
    "tv": "advertising",
    "radio": "advertising",
    "print": "advertising",
    "mail": "advertising",
    "billboard": "advertising",
    "email": "advertising",
    "podcast": "advertising",
    "online_ad": "advertising",
    "newspaper": "print",
    "magazine": "print",
    "phone_book": "print",
    "flyer": "print",
    "emergency": "hospital_er",
    "urgent_care": "hospital_er",
    "school": "employer_school",
    "employer": "employer_school",
    "medicare": "insurance",
    "medicaid": "insurance",
}

DEFAULT_CODES = words(
    "doctor friend_family returning insurance online_search website online_reviews social_media advertising event "
    "drove_by hospital_er employer_school other"
)

PEOPLE = frozenset({"friend_family", "friend", "family", "neighbor", "coworker", "other_patient"})

# Plain names for reasons: "'hermana' means a relative or friend".
NAMES: dict[str, str] = {
    "doctor": "a doctor",
    "clinician": "a clinician",
    "referral": "a referral",
    "pharmacy": "a pharmacy",
    "friend_family": "a friend or relative",
    "friend": "a friend",
    "family": "a relative",
    "neighbor": "a neighbor",
    "coworker": "a coworker",
    "somebody": "somebody they know",
    "congregation": "people they know",
    "other_patient": "another patient",
    "returning": "having been here before",
    "insurance": "an insurer",
    "online_search": "searching online",
    "online": "searching online",
    "chatbot": "asking a chatbot",
    "website": "the practice's website",
    "online_reviews": "online reviews",
    "social_media": "social media",
    "advertising": "an advertisement",
    "online_ad": "an advertisement",
    "event": "an event",
    "drove_by": "seeing or being near the office",
    "hospital_er": "a hospital or emergency room",
    "emergency": "a hospital or emergency room",
    "urgent_care": "urgent care",
    "employer_school": "work or school",
    "school": "a school",
    "employer": "an employer",
    "other": "something else",
    "tv": "television",
    "print": "something printed",
    "mail": "something in the mail",
}


def chain(concept: str) -> list[str]:
    """The concept and its ever more general meanings."""
    found = [concept]
    while found[-1] in PARENTS:
        found.append(PARENTS[found[-1]])
    return found


def top(concept: str) -> str:
    """The code of the default list at the trunk: "yelp" is "online_reviews", "facebook" is "social_media"."""
    return chain(concept)[-1]


def name(concept: str) -> str:
    """How a reason says it; a brand says its own name."""
    return NAMES.get(concept) or concept.replace("_", " ").title()
