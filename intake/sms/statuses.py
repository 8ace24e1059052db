"""The carrier's words for how far a text has come, and what its error numbers mean to the people who read them.

https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
"""

RANKS = {
    "accepted": 1,
    "scheduled": 1,
    "queued": 2,
    "sending": 3,
    "sent": 4,
    "delivered": 6,
    "read": 7,
    "undelivered": 6,
    "failed": 6,
    "canceled": 6,
}
ARRIVED = frozenset({"delivered", "read"})
LOST = frozenset({"undelivered", "failed", "canceled"})

# One static word an error number, for counts; pages put it into a sentence.
REASONS = {
    21211: "not_a_number",
    21610: "stopped",
    21612: "unreachable",
    21614: "not_a_mobile",
    21408: "country_not_allowed",
    30003: "unreachable",
    30004: "blocked",
    30005: "unknown_number",
    30006: "landline",
    30007: "filtered",
    30008: "carrier_error",
    30034: "not_registered",
    20003: "credentials",
}


def rank_of(status: str) -> int:
    """How final a status is; an unknown word ranks 0 and moves nothing."""
    return RANKS.get(status, 0)


def reason_for(code: int | None) -> str:
    """The static word for an error number; 'carrier_error' for one that isn't listed."""
    return REASONS.get(code or 0, "carrier_error")
