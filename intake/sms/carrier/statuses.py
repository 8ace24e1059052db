"""The carrier's words for how far a text has come.

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


def rank_of(status: str) -> int:
    """How final a status is; an unknown word ranks 0 and moves nothing."""
    return RANKS.get(status, 0)
