"""Sentences about gifts and their limits."""

from intake.liaison.gifts.models import LimitKind

NOT_ADVICE = (
    "A record, not legal advice: what may be given also depends on your state, on what you bill, and on why it is"
    " given."
)
LIMIT_NAMES = {
    LimitKind.PHYSICIAN_YEAR: "A referring physician, in a calendar year",
    LimitKind.TOKEN_PIECE: "A token to a patient, each",
    LimitKind.TOKEN_YEAR: "Tokens to a patient, in a calendar year",
}


def dollars(cents: int) -> str:
    """'$535.00': an account is kept to the cent."""
    return f"${cents / 100:,.2f}"


def over_limit(name: str, year: int, given: int, limit: int | None, cents: int) -> str:
    """Why a physician can't be given so many cents more."""
    if limit is None:
        return (
            f"No limit is entered for {year}, so nothing can be given to {name}. A manager can enter one under Gifts."
        )
    left = max(0, limit - given)
    return (
        f"{name} has {dollars(left)} left of {dollars(limit)} in {year}; this would count {dollars(cents)}."
        " Give less, or have a manager say why it may be more."
    )
