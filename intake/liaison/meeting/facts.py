"""What the text of a talk is filled in with. Days only: no number says how many anybody sent."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from statistics import median

from intake.directory.models import Location
from intake.directory.patients import queries as directory
from intake.liaison.loops.owed import LOOK_BACK, Owed
from intake.liaison.loops.referrals import Referral, referrals
from intake.liaison.loops.stages import Stage
from intake.liaison.page.parties import Party
from intake.liaison.page.referrers import referring_records, today
from intake.liaison.people.queries import relationships_of
from intake.liaison.promises.models import IssueKind
from intake.liaison.promises.queries import open_issues
from intake.phone import national
from intake.web.ttl_cache import remembered

# Of fewer a median says more about one patient than about us.
FEWEST = 5


def facts(party: Party, place: Location) -> dict[str, str]:
    """Place of the text → words, for this office at this location."""
    theirs = referrals(since=today() - LOOK_BACK, physician_ids=referring_records(party))
    return {
        "practice": directory.practice().name,
        "location": place.name,
        "phone": national(place.phone_e164 or directory.practice().phone_e164 or ""),
        "office": party.name,
        "how_soon": how_soon_at(place.id),
        "results": "" if _why_silent(party, theirs) else how_long_results_took(theirs, today()),
    }


def why_silent_of_results(party: Party) -> str:
    """Why the talk says nothing of how long results take, for whoever holds it; empty where it does."""
    return _why_silent(party, referrals(since=today() - LOOK_BACK, physician_ids=referring_records(party)))


def _why_silent(party: Party, theirs: list[Referral]) -> str:
    if any(each.kind == IssueKind.RESULTS for each in open_issues(of=party)):
        return "that results don’t reach them is an open issue"
    took, owed = _result_days(theirs, today())
    if owed and max(owed) > _middle(took, owed):
        return f"a result for this office has been owed for {_days(max(owed))}"
    return ""


def location_of(party: Party) -> int | None:
    """The location of ours that looks after this office, else the one that it sent most to in a year."""
    if found := relationships_of(party):
        return found[0].location_id
    theirs = referrals(since=today() - LOOK_BACK, physician_ids=referring_records(party))
    return next((place for place, _ in Counter(each.location_id for each in theirs).most_common(1)), None)


@remembered(seconds=900)
def how_soon_at(location_id: int) -> str:
    """How fast a year's referrals to this location were seen, as of the last quarter of an hour."""
    return how_soon(referrals(since=today() - LOOK_BACK, location_ids=[location_id]))


def how_soon(found: Iterable[Referral]) -> str:
    """How fast patients were seen who were referred to us."""
    days = [
        (each.reached[Stage.SEEN] - each.received).days
        for each in found
        if each.came and Stage.SEEN in each.reached and each.reached[Stage.SEEN] >= each.received
    ]
    if len(days) < FEWEST:
        return "Tell us how soon your patient must be seen, and we make room."
    return f"Half of the patients referred to us were seen within {_days(median(days))}."


def how_long_results_took(found: Iterable[Referral], day: date) -> str:
    """How long this office waited for results, one that is still owed at least until now; empty for too few to tell."""
    took, owed = _result_days(found, day)
    if len(took) < FEWEST:
        return ""
    return f"Half of the results for your office reached you within {_days(_middle(took, owed))} of the visit."


def _result_days(found: Iterable[Referral], day: date) -> tuple[list[int], list[int]]:
    """Days from visit to result, and the days for which each that is owed has been waited for."""
    took, owed = [], []
    for each in found:
        seen, told = each.reached.get(Stage.SEEN), each.told.get(Owed.RESULT)
        if seen is None:
            continue
        if told is not None and told.day >= seen:
            took.append((told.day - seen).days)
        elif told is None and each.came and each.is_sure:
            owed.append((day - seen).days)
    return took, owed


def _middle(took: list[int], owed: list[int]) -> float:
    return median([*took, *owed])


def _days(count: float) -> str:
    whole = max(1, round(count))
    return "a day" if whole == 1 else f"{whole} days"
