"""The carrier's message statuses.

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
    """Return how final a status is; an unknown one ranks 0 and changes nothing."""
    return RANKS.get(status, 0)
