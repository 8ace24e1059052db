"""The gift ledger: what is left of the year for whom, a look ahead, the entries, the limits."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.attribution.filters.lists import lists_as_of_now
from intake.db import db
from intake.directory.models import Location
from intake.directory.name_keys import normal
from intake.directory.patients import queries as directory
from intake.liaison.gifts import messages
from intake.liaison.gifts.forms import GiftLimitForm, planned_cents
from intake.liaison.gifts.ledger import Allowance, allowances, names
from intake.liaison.gifts.limits import enter_limit, limits
from intake.liaison.gifts.models import LimitKind
from intake.liaison.page.access import IN_CHARGE, PEOPLE, is_in_charge, of_my_locations
from intake.liaison.page.referrers import today
from intake.liaison.page.staff_names import staff_names
from intake.liaison.people.models import Relationship
from intake.liaison.touchpoints.kinds import KINDS, Shared
from intake.liaison.touchpoints.queries import Gift, gifts
from intake.web.http.route_guards import Pages
from intake.web.ui.downloads import csv_response
from intake.web.ui.template_context import tell

bp = Pages("gifts", __name__)

ROWS_A_PAGE = 50
MOST_EATERS = 500
HEADER = (
    "Day",
    "Location",
    "Physician",
    "NPI record",
    "What",
    "Kind",
    "Counts in dollars",
    "Shared",
    "Entered by",
    "Over the limit: why",
    "Allowed by",
)


@dataclass(frozen=True)
class Planned:
    """What a gift that is thought of would leave for one physician."""

    name: str
    counts: int
    left: int

    @property
    def fits(self) -> bool:
        return self.left >= 0


@bp.get("/relationships/gifts", endpoint="gifts", guard=roles(*PEOPLE))
def gift_page() -> str:
    return _page(GiftLimitForm(formdata=None))


@bp.get("/relationships/gifts.csv", endpoint="csv", guard=roles(*PEOPLE))
def gift_file() -> Response:
    """All entries of a year at the reader's locations."""
    year = _year()
    found = _entries(year)
    who, staff = names({each.physician_id for each in found}), staff_names()
    places = {each.id: each.name for each in db.session.scalars(select(Location))}
    audit_trail.record_reading("gifts.exported", subject_kind="practice", subject_id=1, year=year, entries=len(found))

    def rows() -> Iterable[tuple[Any, ...]]:
        for each in found:
            yield (
                each.day.isoformat(),
                places[each.location_id],
                who[each.physician_id],
                each.physician_id,
                each.words,
                KINDS[each.kind].label,
                f"{each.cents / 100:.2f}",
                "equal parts" if each.shared == Shared.SPLIT else "whole for each",
                staff.get(each.author_id or 0, ""),
                each.over_limit_reason,
                staff.get(each.over_limit_by_id or 0, ""),
            )

    return csv_response(f"gifts-{year}", HEADER, rows())


@bp.post("/relationships/gifts/limits", endpoint="enter_limit", guard=roles(*IN_CHARGE, everywhere=True))
def enter() -> AnyResponse | tuple[str, int]:
    form = GiftLimitForm()
    if not form.validate_on_submit():
        return _page(form), 422
    kind, first = LimitKind(form.kind.data), form.valid_from.data
    assert isinstance(first, date)
    source = " ".join((form.source.data or "").split())
    enter_limit(kind, valid_from=first, cents=form.cents, source=source, staff_id=current_staff().id)
    db.session.commit()
    tell(f"{messages.LIMIT_NAMES[kind]}: {messages.dollars(form.cents)} from {first:%Y-%m-%d} on.")
    return redirect(url_for("gifts.gifts", _anchor="limits"), 303)


@bp.post("/relationships/gifts/tokens", endpoint="switch_tokens", guard=roles(*IN_CHARGE, everywhere=True))
def switch_tokens() -> AnyResponse:
    """Let patients be given tokens of thanks, or no longer."""
    practice = directory.practice()
    practice.patient_tokens = request.form.get("on") == "yes"
    audit_trail.record("practice.changed", subject_kind="practice", subject_id=1, changed="patient_tokens")
    db.session.commit()
    tell("Tokens for patients are on, within the caps." if practice.patient_tokens else "Tokens for patients are off.")
    return redirect(url_for("gifts.gifts", _anchor="tokens"), 303)


def _page(form: GiftLimitForm) -> str:
    year, text = _year(), request.args.get("q", "")[:100].strip()
    known = allowances(year, None) | {}
    known |= allowances(year, _looked_after() - set(known))
    words = normal(text).split()
    who = {one: name for one, name in names(known).items() if all(word in normal(name) for word in words)}
    asked = {one for one in known if f"who-{one}" in request.args}
    page = max(1, request.args.get("page", 1, type=int))
    pages = max(1, -(-len(who) // ROWS_A_PAGE))
    page = min(page, pages)
    # Those chosen stay in sight, on whatever page they stand.
    here = list(who)[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE]
    rows = [(one, who.get(one) or names([one])[one], known[one]) for one in [*sorted(asked - set(here)), *here]]
    entries = list(reversed(_entries(year)))
    return render_template(
        "liaison/gifts/gifts.html",
        rows=rows,
        year=year,
        years=range(today().year, today().year - 4, -1),
        text=text,
        page=page,
        pages=pages,
        asked=asked,
        planned=_planned(asked, known),
        cost=request.args.get("cost", "")[:20],
        whole=request.args.get("counts") == "whole",
        others=_others(),
        entries=entries[:ROWS_A_PAGE],
        more_entries=max(0, len(entries) - ROWS_A_PAGE),
        names=names({each.physician_id for each in entries[:ROWS_A_PAGE]}),
        people=staff_names(),
        kinds=KINDS,
        limits=limits(),
        in_charge=is_in_charge(),
        tokens=directory.practice().patient_tokens,
        form=form,
        words=messages,
    )


def _year() -> int:
    year = request.args.get("year", today().year, type=int)
    return year if 1990 <= year <= today().year + 1 else today().year


def _others() -> int:
    return min(MOST_EATERS, max(0, request.args.get("others", 0, type=int)))


def _looked_after() -> set[int]:
    counts_as = lists_as_of_now().physician_counts_as
    query = select(Relationship.physician_id).where(
        Relationship.physician_id.is_not(None),
        Relationship.ended_at.is_(None),
        of_my_locations(Relationship.location_id),
    )
    return {counts_as.get(each, each) for each in db.session.scalars(query) if each}


def _entries(year: int) -> list[Gift]:
    return gifts(first_day=date(year, 1, 1), last_day=date(year, 12, 31), location_ids=current_locations())


def _planned(asked: set[int], known: dict[int, Allowance]) -> list[Planned] | None:
    """None where nothing was asked, or the cost can't be read."""
    whole = request.args.get("counts") == "whole"
    counts = planned_cents(request.args.get("cost", ""), len(asked) + _others(), whole) if asked else None
    if counts is None:
        return None
    return [
        Planned(name, counts, (known[one].limit or 0) - known[one].given - counts) for one, name in names(asked).items()
    ]
