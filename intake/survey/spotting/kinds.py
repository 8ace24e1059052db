"""Kinds of concepts: those that behave alike when two of them are said in one breath."""

from intake.survey.spotting.concepts import PEOPLE
from intake.survey.spotting.lexicon import words

SOCIAL = words(
    "facebook instagram tiktok youtube nextdoor twitter linkedin pinterest reddit snapchat whatsapp telegram"
)
PRINT = words("print newspaper magazine phone_book flyer")
MEDIA = words("tv commercial radio mail billboard podcast email") | PRINT
PLACES = words("hospital_er emergency urgent_care employer_school employer school congregation")
INSURERS = words("insurance medicare medicaid")
ENGINES = words("google google_maps bing yahoo chatbot")
SEARCH = words("online_search online") | ENGINES
REVIEWS = words("online_reviews yelp healthgrades zocdoc")
SOMEBODY = PEOPLE | {"somebody", "congregation"}
ADVERTS = words("advertising online_ad")
# Who can send a patient: a bare "I was referred" says nothing beside one of them.
REFERRERS = SOMEBODY | PLACES | INSURERS | {"doctor", "event"}
# Where people look for a doctor: what they looked for there sent nobody.
LOOKED_IN = SEARCH | REVIEWS | SOCIAL | INSURERS | {"website", "social_media"}

# Concepts and what they swallow: "google reviews" are reviews, "ad on Facebook" is Facebook.
SWALLOWS: tuple[tuple[frozenset[str], frozenset[str]], ...] = (
    (REVIEWS, SEARCH | {"website"}),
    (INSURERS, SEARCH | PRINT | {"website", "mail", "email", "employer", "employer_school"}),
    (SOCIAL, ADVERTS | {"social_media", "online", "website"}),
    (frozenset({"social_media"}), ADVERTS | {"online", "website"}),
    (MEDIA | SOCIAL, frozenset({"advertising", "commercial"})),
    (frozenset({"commercial"}), frozenset({"advertising"})),
    (frozenset({"mail"}), PRINT),
    (ENGINES, ADVERTS | {"online"}),
    (frozenset({"website"}), frozenset({"online"})),
    (frozenset({"online_ad"}), frozenset({"online", "advertising"})),
    (LOOKED_IN, frozenset({"web_address"})),
    (frozenset({"billboard"}), frozenset({"drove_by"})),
    (frozenset({"podcast"}), frozenset({"radio", "online"})),
)


def swallows(larger: str, smaller: str) -> bool:
    """Whether the first concept makes the second one, said with it, a mere part."""
    return any(larger in strong and smaller in weak for strong, weak in SWALLOWS)
