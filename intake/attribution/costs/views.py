"""The page of what new patients cost, and the form for what was spent."""

from typing import Any

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import ONLY_EVERYWHERE, roles
from intake.accounts.current import current_staff
from intake.accounts.models import RoleName
from intake.attribution.costs import messages, queries
from intake.attribution.costs.costs import costs, is_whole
from intake.attribution.costs.entries import CreditTooLarge, enter_spend, undo_together, was_just_entered
from intake.attribution.costs.forms import SpendForm, read_cents, read_month, read_signed_cents
from intake.attribution.costs.invoices import INVOICES, spent_on
from intake.attribution.filters import queries as sums_queries
from intake.attribution.filters.dimensions.sources import source_name
from intake.attribution.filters.lists import Lists, lists_as_of_now
from intake.attribution.filters.periods import add_months
from intake.attribution.filters.request import TotalsRequest, takes
from intake.attribution.page.blueprint import bp
from intake.attribution.page.report_page import asked_here, choices, request_here
from intake.attribution.page.scope import ReportScope
from intake.attribution.suppression.view import report_page
from intake.attribution.totals.messages import COSTS_PAGE
from intake.attribution.totals.on_record import records_began
from intake.clock import clinic_today
from intake.db import db
from intake.directory.brought_files.records import recent_files
from intake.directory.patients import queries as directory
from intake.web.ui.formatting import say_month
from intake.web.ui.template_context import tell

HERE = "reports.costs"
WRITERS = ("manager", "administrator")
AMOUNTS_A_PAGE = 20


@bp.get("/reports/costs", endpoint="costs")
@report_page(COSTS_PAGE, TotalsRequest)
def show_costs(asked: ReportScope) -> Any:
    return _page(asked, _form(lists_as_of_now(), asked))


@bp.post("/reports/costs", endpoint="enter_costs")
@takes(TotalsRequest)
@roles(*WRITERS)
def enter() -> Any:
    lists, asked = lists_as_of_now(), asked_here()
    form = _form(lists, asked)
    if not form.validate_on_submit():
        return _page(asked, form), 422
    month, cents = read_month(form.month.data or ""), read_signed_cents(form.amount.data or "")
    assert month is not None and cents is not None
    facts: dict[str, Any] = {
        "source_id": form.source.data,
        "month": month,
        "cents": cents,
        "note": " ".join((form.note.data or "").split()),
        "replaces": form.replaces,
    }
    label = source_name(lists, form.source.data).label
    if was_just_entered(**facts):
        tell(f"{messages.dollars(cents)} for {label} in {say_month(month)} is entered already.", kind="info")
        return _back()
    facts |= {"staff_id": current_staff().id, "entered_at": clock.now()}
    count = form.months.data or 1
    try:
        entry, *_ = [enter_spend(**facts | {"month": add_months(month, later)}) for later in range(count)]
    except CreditTooLarge as refused:
        db.session.rollback()
        why = messages.more_than_stands(-cents, refused.stands, label, refused.month)
        form.amount.errors = [f"{why[0].upper()}{why[1:]}."]
        return _page(asked, form), 422
    db.session.commit()
    said = f"{messages.dollars(cents)} for {label} in {say_month(month)} is entered."
    if count > 1:
        span = f"from {say_month(month)} to {say_month(add_months(month, count - 1))}"
        total = messages.dollars(cents * count)
        said = f"{messages.dollars(cents)} a month for {label}, {span}, is entered: {total} in all."
    tell(said, undo=request_here().after(url_for("reports.undo_costs", spend_id=entry.id)))
    return _back()


@bp.post("/reports/costs/budget", endpoint="set_budget")
@takes(TotalsRequest)
@roles(*WRITERS, everywhere=True)
def set_budget() -> Response:
    """Set what may be spent in a month; nothing typed means that nobody has said."""
    typed = request.form.get("budget", "").strip()
    cents = read_cents(typed) if typed else None
    if typed and cents is None:
        tell("Write the budget in dollars, such as 1,250.", kind="problem")
        return _back()
    practice = directory.practice()
    practice.monthly_budget_cents = cents
    audit_trail.record("practice.changed", subject_kind="practice", subject_id=1, changed="monthly_budget_cents")
    db.session.commit()
    tell(f"The budget is {messages.dollars(cents)} a month." if typed else "There is no budget any more.")
    return _back()


@bp.post("/reports/costs/<int:spend_id>/undo", endpoint="undo_costs")
@takes(TotalsRequest)
@roles(*WRITERS)
def undo(spend_id: int) -> Response:
    entry, staff = queries.find_spend(spend_id) or abort(404), current_staff()
    if entry.entered_by_id != staff.id and not staff.all_locations:
        abort(403, ONLY_EVERYWHERE)
    together = queries.entered_together(entry)
    amount = messages.entered(together)
    if entry.undone_at is None and queries.leaves_a_credit(together):
        tell("A credit stands against this amount: take that one back first.", kind="problem")
    elif undo_together(together, staff_id=staff.id):
        db.session.commit()
        tell(
            f"{amount} is taken back; what it replaced counts again." if entry.replaces else f"{amount} is taken back."
        )
    else:
        tell(f"{amount} was taken back already.", kind="info")
    return _back()


def _back() -> Response:
    """The page for the days that were being looked at."""
    return redirect(request_here().after(url_for(HERE)), 303)


def _page(asked: ReportScope, form: SpendForm) -> str:
    lists = lists_as_of_now()
    report = costs(**asked.scope)
    amounts = queries.entered_amounts(report.months)
    pages = max(1, -(-len(amounts) // AMOUNTS_A_PAGE))
    if asked.page > pages:
        abort(404)
    begin = (asked.page - 1) * AMOUNTS_A_PAGE
    counting = {entry.id for entry in queries.standing_entries(queries.EVER)}
    return render_template(
        "attribution/costs/costs.html",
        asked=asked,
        report=report,
        form=form,
        lately=recent_files(INVOICES.what),
        counting=counting,
        budget=queries.budget_cents(),
        is_whole=is_whole(asked.location_ids),
        amounts=[
            (each, source_name(lists, each.first.source_id).label) for each in amounts[begin : begin + AMOUNTS_A_PAGE]
        ],
        pages=pages,
        may_enter=bool({RoleName.MANAGER, RoleName.ADMINISTRATOR} & {role.name for role in current_staff().roles}),
        money=messages,
        here_query={
            "from": asked.period.first_day.isoformat(),
            "to": asked.period.last_day.isoformat(),
            "basis": str(asked.basis),
        },
        **choices(asked, page=HERE),
    )


def _form(lists: Lists, asked: ReportScope) -> SpendForm:
    """Return the form: any source on the list, campaigns after their channel; the last month that the page shows."""
    today = clinic_today(sums_queries.practice_time_zone())
    latest = add_months(today.replace(day=1), 12)
    usual = {"month": f"{min(asked.period.last_day, latest):%Y-%m}"}
    return SpendForm(sources=[("", "Choose"), *spent_on(lists)], latest=latest, began=records_began(), data=usual)
