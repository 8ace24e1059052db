"""The gift ledger: what is left of the year for whom, a look ahead, the entries, the limits."""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from flask import Response, redirect, render_template, request, url_for
from sqlalchemy import select

from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.attribution.filters.lists import lists_as_of_now
from intake.db import db
from intake.directory.models import Location
from intake.directory.name_keys import normal
from intake.directory.patients import queries as directory
from intake.directory.physicians.queries import members_of
from intake.id_filters import read_id
from intake.liaison.gifts import messages
from intake.liaison.gifts.forms import GiftLimitForm, planned_cents
from intake.liaison.gifts.ledger import Allowance, allowances, names
from intake.liaison.gifts.limits import enter_limit, limits
from intake.liaison.gifts.models import LimitKind
from intake.liaison.page.access import IN_CHARGE, PEOPLE, is_in_charge, of_my_locations, staff_names
from intake.liaison.page.edges import commit_and_go, paged
from intake.liaison.page.referrers import today
from intake.liaison.people.models import Relationship
from intake.liaison.touchpoints import queries as touchpoints
from intake.liaison.touchpoints.kinds import KINDS, Shared, TouchpointKind
from intake.liaison.touchpoints.models import Touchpoint
from intake.liaison.touchpoints.queries import Gift
from intake.liaison.touchpoints.recording import NOBODY_SAID_WHY, OverGiftLimit, decide_office_gift, party_met
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


class Planned(NamedTuple):
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
    found: list[tuple[Touchpoint, int, int]] = [*_entries(year)]
    found += [(row, 0, row.office_cents) for row in _undecided(year)]
    who, staff = names({one for _, one, _ in found}), staff_names()
    places = {each.id: each.name for each in db.session.scalars(select(Location))}
    audit_trail.record_reading("gifts.exported", subject_kind="practice", subject_id=1, year=year, entries=len(found))

    def rows() -> Iterable[tuple[Any, ...]]:
        for row, one, cents in found:
            yield (
                row.day.isoformat(),
                places[row.location_id],
                who[one] if one else "An office; for whom isn’t decided",
                one or "",
                row.words,
                KINDS[TouchpointKind(row.kind)].label,
                f"{cents / 100:.2f}",
                "equal parts" if row.shared == Shared.SPLIT else "whole for each",
                staff.get(row.author_id or 0, ""),
                row.over_limit_reason,
                staff.get(row.over_limit_by_id or 0, ""),
            )

    return csv_response(f"gifts-{year}", HEADER, rows())


@bp.post("/relationships/gifts/<int:touchpoint_id>/for", endpoint="office_gift", guard=roles(*IN_CHARGE))
def decide(touchpoint_id: int) -> Any:
    """Say for which physicians counts what their office received: those ticked, or nobody."""
    found, nobody = touchpoints.touchpoint(touchpoint_id), request.form.get("do") == "nobody"
    offered = dict(_physicians_of(found))
    ticked = {each for each in map(read_id, request.form.getlist("for")) if each in offered and not nobody}
    back = url_for("gifts.gifts", year=found.day.year, _anchor="offices")
    problem = "Tick the physicians for whom it was, or say that it was for nobody of them."
    try:
        if ticked or nobody:
            reason = request.form.get("reason", "").strip()[:300]
            decide_office_gift(found, ticked, by_id=current_staff().id, reason=reason)
            told = ", ".join(offered[one] for one in ticked) or "nobody: it was for those who received it"
            return commit_and_go(back, f"It counts for {told}.")
    except OverGiftLimit as refused:
        db.session.rollback()
        problem = f"{refused} To keep it all the same, write why."
    tell(problem, kind="problem")
    return redirect(back, 303)


@bp.post("/relationships/gifts/limits", endpoint="enter_limit", guard=roles(*IN_CHARGE, everywhere=True))
def enter() -> Any:
    form = GiftLimitForm()
    if not form.validate_on_submit():
        return _page(form), 422
    kind, first = LimitKind(form.kind.data), form.valid_from.data
    assert isinstance(first, date)
    source = " ".join((form.source.data or "").split())
    enter_limit(kind, valid_from=first, cents=form.cents, source=source, staff_id=current_staff().id)
    told = f"{messages.LIMIT_NAMES[kind]}: {messages.dollars(form.cents)} from {first:%Y-%m-%d} on."
    return commit_and_go(url_for("gifts.gifts", _anchor="limits"), told)


@bp.post("/relationships/gifts/tokens", endpoint="switch_tokens", guard=roles(*IN_CHARGE, everywhere=True))
def switch_tokens() -> Any:
    """Let patients be given tokens of thanks, or no longer."""
    practice = directory.practice()
    practice.patient_tokens = request.form.get("on") == "yes"
    audit_trail.record("practice.changed", subject_kind="practice", subject_id=1, changed="patient_tokens")
    told = "on, within the caps" if practice.patient_tokens else "off"
    return commit_and_go(url_for("gifts.gifts", _anchor="tokens"), f"Tokens for patients are {told}.")


def _page(form: GiftLimitForm) -> str:
    year, text = _year(), request.args.get("q", "")[:100].strip()
    known = allowances(year)
    known |= allowances(year, _looked_after() - set(known))
    words = normal(text).split()
    who = {one: name for one, name in names(known).items() if all(word in normal(name) for word in words)}
    asked = {one for one in known if f"who-{one}" in request.args}
    # Those chosen stay in sight, on whatever page they stand.
    here, page, pages = paged(list(who), ROWS_A_PAGE)
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
        unexplained=[each for each in entries if each.touchpoint.over_limit_reason == NOBODY_SAID_WHY],
        words_missing=NOBODY_SAID_WHY,
        undecided=[(row, party_met(row.participants).name, _physicians_of(row)) for row in _undecided(year)],
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


def _of_year(year: int) -> dict[str, Any]:
    return {"first_day": date(year, 1, 1), "last_day": date(year, 12, 31), "location_ids": current_locations()}


def _entries(year: int) -> list[Gift]:
    return touchpoints.gifts(**_of_year(year))


def _undecided(year: int) -> list[Touchpoint]:
    return touchpoints.undecided_gifts(**_of_year(year))


def _physicians_of(found: Touchpoint) -> list[tuple[int, str]]:
    """Physicians for whom a gift to this office may be: those there and all others of the practice."""
    practices = {each.practice_id for each in found.participants if each.practice_id}
    there = {each.physician_id for each in found.participants if each.physician_id}
    members = {one.id for practice_id in practices for one in members_of(practice_id)}
    return list(names(there | members).items())


def _planned(asked: set[int], known: dict[int, Allowance]) -> list[Planned] | None:
    """None where nothing was asked, or the cost can't be read."""
    whole = request.args.get("counts") == "whole"
    counts = planned_cents(request.args.get("cost", ""), len(asked) + _others(), whole) if asked else None
    if counts is None:
        return None
    return [
        Planned(name, counts, (known[one].limit or 0) - known[one].given - counts) for one, name in names(asked).items()
    ]
