"""The page that says whether contacts helped. Nobody's name stands on it, and no money."""

from dataclasses import dataclass
from datetime import date

from flask import abort, render_template, request

from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.queries import locations
from intake.attribution.referrers.history import records
from intake.liaison.effect import messages
from intake.liaison.effect.estimation.conclusion import Conclusion, conclude
from intake.liaison.effect.estimation.drawn_order import DrawnOrder
from intake.liaison.effect.estimation.lookalikes import Comparison
from intake.liaison.effect.estimation.referrers import MAIN_WINDOW, WEEKS, WINDOWS, Observed
from intake.liaison.effect.estimation.weekly import EffectWeek, weeks_around
from intake.liaison.effect.queries import drawn_targets, draws, referrers
from intake.liaison.page.access import PEOPLE
from intake.liaison.page.referrers import today
from intake.liaison.touchpoints.kinds import KINDS
from intake.web.http.route_guards import Pages
from intake.web.ttl_cache import worked_out_aside

bp = Pages("effect", __name__)


@dataclass(frozen=True)
class ShownEffect:
    """Everything that the page shows."""

    conclusion: Conclusion
    weeks: list[EffectWeek]
    referrers: int
    contacted: int


@bp.get("/relationships/effect", endpoint="effect", guard=roles(*PEOPLE))
def effect_page() -> str:
    places = {each.code: each for each in locations(within=current_locations())}
    code = request.args.get("location", "")
    if code and code not in places:
        abort(404)
    ids = frozenset({places[code].id} if code else current_locations())
    found = found_for(ids, today())
    if found is None:
        return render_template("liaison/effect/being_worked_out.html")
    top = max([1.0, *(max(week.contacted, week.alike) for week in found.weeks)])
    return render_template(
        "liaison/effect/effect.html",
        found=found,
        conclusion=found.conclusion,
        places=places,
        code=code,
        top=top,
        weeks_shown=WEEKS,
        windows=WINDOWS,
        main=MAIN_WINDOW,
        kinds=KINDS,
        words=messages,
    )


@worked_out_aside(seconds=900)
def found_for(location_ids: frozenset[int], day: date) -> ShownEffect:
    """The conclusion for these locations as of this day, at most a quarter of an hour old."""
    lists = lists_as_of_now()
    known = records(today=day, location_ids=location_ids, lists=lists)
    people = referrers(known, location_ids=location_ids, lists=lists)
    observed = Observed(known.windows.records_began.toordinal(), day.toordinal())
    drawn = draws(location_ids=location_ids, today=day)
    comparison = Comparison(people, observed)
    targets = {each.id: each for each in drawn_targets(drawn, known, lists)}
    conclusion = conclude(comparison, DrawnOrder(targets, drawn, observed))
    contacted = sum(1 for each in people if each.contacted_on is not None)
    return ShownEffect(conclusion, weeks_around(comparison, observed), len(people), contacted)
