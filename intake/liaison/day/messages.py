"""What My day says of those whom today's round can't hold."""

from intake.liaison.day.rounds import UnmetToday


def say_left_out(found: UnmetToday) -> str:
    """'2 are in on other days, 1 is too far from the first stop.'; empty where all can be met."""
    told = (
        (found.on_other_days, "in on other days"),
        (found.no_more_today, "in no more today"),
        (found.too_far, "too far from the first stop"),
    )
    parts = [f"{count:,} {'is' if count == 1 else 'are'} {why}" for count, why in told if count]
    return f"{', '.join(parts)}." if parts else ""
