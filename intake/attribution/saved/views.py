"""The pages of saved views."""

from typing import Any

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from intake.accounts.auth.guards import ONLY_EVERYWHERE, roles
from intake.accounts.current import current_staff
from intake.attribution.filters.access import READERS
from intake.attribution.filters.queries import practice_time_zone
from intake.attribution.page.opening import NotAReport, OpenedPage, find
from intake.attribution.saved import records
from intake.attribution.saved.forms import SavedViewForm
from intake.attribution.saved.models import SavedView
from intake.attribution.saved.naming import name_of
from intake.db import db
from intake.web.http.route_guards import Pages
from intake.web.ui.edit_conflict import conflict_message, fingerprint
from intake.web.ui.template_context import tell

bp = Pages("saved_views", __name__)


@bp.get("/reports/saved", endpoint="saved", guard=roles(*READERS))
def saved() -> str:
    reader = current_staff()
    return render_template(
        "attribution/saved/list.html",
        views=records.saved_views(reader),
        unopenable=records.unopenable_views(reader),
        reader=reader,
    )


@bp.get("/reports/saved/new", endpoint="new", guard=roles(*READERS))
def new_view() -> str:
    found = _found_or_404(request.args.get("of", "/reports"))
    name = name_of(found, time_zone=practice_time_zone())
    form = SavedViewForm(formdata=None, of=found.address, name=name, mail=request.args.get("mail", ""))
    return render_template("attribution/saved/form.html", form=form, view=None)


@bp.post("/reports/saved/new", endpoint="add", guard=roles(*READERS))
def add_view() -> Response | tuple[str, int]:
    form = SavedViewForm()
    form.of.data = _found_or_404(form.of.data or "/reports").address
    if not form.validate_on_submit():
        return render_template("attribution/saved/form.html", form=form, view=None), 422
    facts: dict[str, Any] = {
        "name": form.name.data or "",
        "address": form.of.data,
        "owner": current_staff(),
        "shared": form.shared.data,
    }
    if view := records.find_saved_as(**facts):
        tell(f"“{view.name}” is saved already.", kind="info")
    else:
        view = records.save_view(**facts)
        db.session.commit()
        tell(f"“{view.name}” is saved.")
    if form.mail.data:
        return redirect(url_for("digests.digests", view=view.id), 303)
    return redirect(url_for("saved_views.saved"), 303)


@bp.get("/reports/saved/<int:saved_view_id>", endpoint="open", guard=roles(*READERS))
def open_view(saved_view_id: int) -> Response:
    return redirect(_view(saved_view_id).address, 302)


@bp.get("/reports/saved/<int:saved_view_id>/change", endpoint="edit", guard=roles(*READERS))
def edit_view(saved_view_id: int) -> str:
    view = _view(saved_view_id)
    form = _filled(view)
    form.seen.data = fingerprint(form)
    return render_template("attribution/saved/form.html", form=form, view=view)


@bp.post("/reports/saved/<int:saved_view_id>/change", endpoint="change", guard=roles(*READERS))
def change_view(saved_view_id: int) -> Response | tuple[str, int]:
    view, form = _view(saved_view_id), SavedViewForm()
    form.of.data = view.address
    if not form.validate_on_submit():
        return render_template("attribution/saved/form.html", form=form, view=view), 422
    if problem := conflict_message(form, _filled(view)):
        return render_template("attribution/saved/form.html", form=form, view=view, problem=problem), 409
    # Whoever was given a shared view can't take it for themselves.
    shared = form.shared.data or view.owner_id != current_staff().id
    records.rename_view(view, name=form.name.data or "", shared=shared)
    db.session.commit()
    tell(f"“{view.name}” is saved.")
    return redirect(url_for("saved_views.saved"), 303)


@bp.post("/reports/saved/<int:saved_view_id>/delete", endpoint="delete", guard=roles(*READERS))
def delete_view(saved_view_id: int) -> Response:
    if (gone := records.saved_view(saved_view_id, reader=current_staff(), deleted=True, opens=False)) is not None:
        tell(f"“{gone.name}” is deleted already.", kind="info")
        return redirect(url_for("saved_views.saved"), 303)
    view = _changeable(_view(saved_view_id, opens=False))
    records.delete_view(view)
    db.session.commit()
    tell(f"“{view.name}” is deleted.", undo=url_for("saved_views.bring_back", saved_view_id=view.id))
    return redirect(url_for("saved_views.saved"), 303)


@bp.post("/reports/saved/<int:saved_view_id>/bring-back", endpoint="bring_back", guard=roles(*READERS))
def bring_view_back(saved_view_id: int) -> Response:
    reader = current_staff()
    view = records.saved_view(saved_view_id, reader=reader, deleted=True, opens=False)
    if view is None:
        # Brought back already, perhaps from another window.
        _view(saved_view_id, opens=False)
        return redirect(url_for("saved_views.saved"), 303)
    records.bring_view_back(_changeable(view))
    db.session.commit()
    tell(f"“{view.name}” is back.")
    return redirect(url_for("saved_views.saved"), 303)


def _view(saved_view_id: int, *, opens: bool = True) -> SavedView:
    return records.saved_view(saved_view_id, reader=current_staff(), opens=opens) or abort(404)


def _filled(view: SavedView) -> SavedViewForm:
    return SavedViewForm(formdata=None, of=view.address, name=view.name, shared=view.shared)


def _found_or_404(address: str) -> OpenedPage:
    try:
        found = find(address)
    except NotAReport:
        abort(404)
    return found if records.may_see(found, current_staff()) else abort(404)


def _changeable(view: SavedView) -> SavedView:
    """The view, for its owner; another's that is shared holds for the whole practice."""
    reader = current_staff()
    if view.owner_id != reader.id and not reader.all_locations:
        abort(403, ONLY_EVERYWHERE)
    return view
