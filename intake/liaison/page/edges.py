"""What the room's views share: addresses of either kind of office, pages of a list, what follows a step, choices."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, redirect, request
from wtforms.fields.choices import SelectChoice

from intake.accounts.auth.guards import roles
from intake.db import db
from intake.liaison.page.access import PEOPLE, staff_names
from intake.liaison.page.parties import party_named
from intake.liaison.page.patient_names import patient_names
from intake.web.ui.edit_conflict import conflict_message, fingerprint
from intake.web.ui.template_context import tell

BOTH = ("GET", "POST")
View = TypeVar("View", bound=Callable[..., Any])
Row = TypeVar("Row")


def of_party(bp: Blueprint, path: str, endpoint: str, methods: Sequence[str] = ("GET",)) -> Callable[[View], Any]:
    """Put a view, given the party, at this path of physicians and of practices, for whoever works on relationships."""

    def decorate(view: View) -> Any:
        @roles(*PEOPLE)
        @wraps(view)
        def found(physician_id: int | None = None, practice_id: int | None = None) -> Any:
            return view(party_named(physician_id, practice_id))

        for kind in ("physician", "practice"):
            rule = f"/relationships/{kind}s/<int:{kind}_id>/{path}"
            bp.add_url_rule(rule, endpoint=endpoint, view_func=found, methods=methods)
        return found

    return decorate


def paged(rows: Sequence[Row], a_page: int) -> tuple[Sequence[Row], int, int]:
    """(rows of the page that the address asks for, its number, how many there are)."""
    pages = max(1, -(-len(rows) // a_page))
    page = min(max(1, request.args.get("page", 1, type=int)), pages)
    return rows[(page - 1) * a_page : page * a_page], page, pages


def commit_and_go(
    back: str, told: str, undo: str | None = None, shown_at: str | None = None, *, noted: str = "", about: str = ""
) -> Any:
    """Commit, go to this address, and say there what was done, and whether what was `noted` `about` somebody looks as
    if it named a patient. Not which: what is said waits in a cookie.
    """
    if noted and patient_names(noted, known=[about, *staff_names().values()]):
        told += " It may name a patient, and notes hold no patient’s name: look at it again."
    db.session.commit()
    tell(told, undo=undo, shown_at=shown_at)
    return redirect(back, 303)


def page_of(form: Any, page: str, problem: str = "") -> tuple[str, int]:
    """A form's page: as it was asked for, or sent back; `problem` says what somebody else saved meanwhile."""
    return page, 409 if problem else 422 if form is not None and form.is_submitted() else 200


def overtaken(form: Any, stands: Any) -> str:
    """What somebody else saved since this form was opened, in words; of one just opened, remember what `stands`."""
    if not form.is_submitted():
        form.seen.data = fingerprint(stands)
    return conflict_message(form, stands) if form.validate_on_submit() else ""


def choices(of: Mapping[Any, str] | Iterable[tuple[Any, str]], none: str = "") -> list[SelectChoice]:
    """Choices of a field from labels by value, after one for nothing where `none` names it."""
    pairs = of.items() if isinstance(of, Mapping) else of
    return [*([SelectChoice("", none)] if none else []), *(SelectChoice(str(value), label) for value, label in pairs)]
