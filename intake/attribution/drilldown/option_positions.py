"""Places on the list as rows of a report: what an address calls them, and whose answers stood there."""

import re
from collections.abc import Collection

from intake.attribution.drilldown.ask_counts import BELOW_FOLD, positions
from intake.attribution.filters.lists import Lists
from intake.attribution.filters.ordinals import ordinal_range
from intake.attribution.filters.periods import Period

# Every answer from a list in a drawn order, wherever on it the answer stood.
ANYWHERE = "any-place"
_KEY = re.compile(r"place-(\d{1,3})(?:-(\d{1,3}))?", re.ASCII)


def place_key(first: int, last: int) -> str:
    """What an address calls these places, counted from 1."""
    return f"place-{first}" if first == last else f"place-{first}-{last}"


# Tiles that were seen only by scrolling.
BELOW_KEY, BELOW_WORDS = place_key(BELOW_FOLD + 1, BELOW_FOLD + 1), "Below the first screen"


def positions_of_key(key: str) -> tuple[int, int] | None:
    """First and last of the places that a key means; None for a key of something else."""
    if key == ANYWHERE:
        return 1, 999
    found = _KEY.fullmatch(key)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    return (first, last) if 1 <= first <= last else None


def title_of(key: str) -> str:
    """The heading over the visits of these places."""
    places = positions_of_key(key)
    if places is None or key == ANYWHERE:
        return "Answers from lists in a drawn order"
    if key == BELOW_KEY:
        return "Chosen from below the first screen"
    return f"Chosen from the {ordinal_range(*places)} place on the list"


def visits_at(key: str, *, period: Period, location_ids: Collection[int], lists: Lists) -> list[int]:
    """The visits whose first answer stood at these places, as the table by place counts them."""
    first, last = positions_of_key(key) or (0, -1)
    found = positions(period=period, location_ids=location_ids, lists=lists)
    return [visit_id for place, ids in found.visits_at.items() if first <= place + 1 <= last for visit_id in ids]
