"""Pages of files that are brought in: choose, look at what would happen, enter, take back."""

from flask import abort, redirect, render_template, request, url_for
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from intake.accounts.auth.guards import ONLY_EVERYWHERE, roles
from intake.accounts.current import current_locations, current_staff
from intake.config import current_settings
from intake.db import db
from intake.directory.brought_files import records
from intake.directory.brought_files.models import BroughtFile
from intake.directory.brought_files.plan import FileKind, WhoEnters, Wrong, file_kind
from intake.directory.kept_files import HOURS_KEPT, UploadGone
from intake.web.http.route_guards import Pages
from intake.web.ui.downloads import csv_response
from intake.web.ui.template_context import tell

bp = Pages("brought_files", __name__)

WRITERS = ("manager", "administrator")
GONE = "That file is no longer kept here. Choose it again; nothing was brought in."
NOT_TAKEN_BACK = "This file can’t be taken back any more."


@bp.post("/files", guard=roles(*WRITERS))
def take() -> Response:
    """Read a file and keep it for its preview; one without a table is told where it was chosen."""
    kind = file_kind(request.form.get("what", "")) or abort(422)
    file = request.files.get("file")
    if file is None or not file.filename:
        tell("Choose the file first.", kind="problem")
        return _back(kind)
    table = kind.read(file.read())
    if table.wrong or not (table.rows or table.broken):
        tell(table.wrong or "This file has titles and no rows below them.", kind="problem")
        return _back(kind)
    kept = records.keep_file(
        table,
        kind.plan(table, _who()),
        what=kind.what,
        file_name=file.filename,
        staff_id=current_staff().id,
        secret=_secret(),
    )
    db.session.commit()
    return _page(kept)


@bp.get("/files/<int:file_id>", guard=roles(*WRITERS))
def show(file_id: int) -> str | Response:
    """The preview, for whoever sent the file; then what it did."""
    kept, kind = _found(file_id)
    if kept.applied_at:
        return render_template("directory/files/done.html", file=kept, kind=kind, may_take_back=_may_take_back(kept))
    try:
        preview = records.preview_of(kept, secret=_secret())
    except UploadGone:
        return _gone(kind)
    return render_template(
        "directory/files/preview.html",
        file=kept,
        kind=kind,
        kept_hours=HOURS_KEPT,
        most=records.MOST_SHOWN,
        meanings=kind.names.choices() if kind.names and preview["unknown"] else (),
        **preview,
    )


@bp.post("/files/<int:file_id>", guard=roles(*WRITERS))
def enter(file_id: int) -> Response:
    kept, kind = _found(file_id)
    try:
        try:
            # False: another click of the same button was first.
            records.enter_file(kept, kind, _who(), secret=_secret())
        except IntegrityError:
            # Somebody wrote the same at this very moment; now it is known.
            db.session.rollback()
            records.enter_file(kept, kind, _who(), secret=_secret())
    except UploadGone:
        db.session.rollback()
        return _page(kept) if kept.applied_at else _gone(kind)
    db.session.commit()
    return _page(kept)


@bp.post("/files/<int:file_id>/names", guard=roles(*WRITERS))
def teach(file_id: int) -> Response:
    """Remember what names of the file mean, for this file and all later ones."""
    kept, kind = _found(file_id)
    try:
        unknown = records.preview_of(kept, secret=_secret())["unknown"]
        chosen = {name: request.form.get(f"name-{at}", type=int) for at, name in enumerate(unknown)}
        for name, meant in chosen.items():
            if meant and kind.names:
                kind.names.teach(name, meant)
        records.plan_again(kept, kind, _who(), secret=_secret())
    except UploadGone:
        return _gone(kind)
    except Wrong as wrong:
        db.session.rollback()
        tell(str(wrong), kind="problem")
    else:
        db.session.commit()
    return _page(kept)


@bp.get("/files/<int:file_id>/refused.csv", guard=roles(*WRITERS))
def refused(file_id: int) -> Response:
    """The rows that weren't taken as they stand in the file, each with what is wrong with it, to be mended."""
    kept, kind = _found(file_id)
    try:
        titles, rows = records.refused_rows(kept, secret=_secret())
    except UploadGone:
        return _gone(kind)
    return csv_response(f"{kind.what}-to-mend", titles, rows)


@bp.post("/files/<int:file_id>/discard", guard=roles(*WRITERS))
def discard(file_id: int) -> Response:
    kept, kind = _found(file_id)
    if not kept.applied_at:
        records.discard_file(kept)
        db.session.commit()
        tell("Nothing was brought in.", kind="info")
    return _back(kind)


@bp.post("/files/<int:file_id>/take-back", guard=roles(*WRITERS))
def take_back(file_id: int) -> Response:
    kept, kind = _found(file_id)
    if not _may_take_back(kept):
        abort(403, ONLY_EVERYWHERE)
    try:
        done = records.take_file_back(kept, kind, _who(), secret=_secret())
    except UploadGone:
        db.session.rollback()
        tell(NOT_TAKEN_BACK, kind="problem")
    else:
        db.session.commit()
        tell(records.taken_back_in_words(done, kind), kind="info")
    return _page(kept) if kept.undo else _back(kind)


def _found(file_id: int) -> tuple[BroughtFile, FileKind]:
    """The file and its kind; one that waits is there for whoever sent it only."""
    kept = records.brought_file(file_id)
    if not kept.applied_at and kept.staff_id != current_staff().id:
        abort(404)
    return kept, file_kind(kept.what) or abort(404)


def _may_take_back(kept: BroughtFile) -> bool:
    return kept.staff_id == current_staff().id or current_staff().all_locations


def _who() -> WhoEnters:
    return WhoEnters(current_staff().id, current_locations())


def _page(kept: BroughtFile) -> Response:
    return redirect(url_for("brought_files.show", file_id=kept.id), 303)


def _back(kind: FileKind) -> Response:
    return redirect(url_for(kind.page), 303)


def _gone(kind: FileKind) -> Response:
    tell(GONE, kind="problem")
    return _back(kind)


def _secret() -> str:
    return current_settings().secret_key.get_secret_value()
