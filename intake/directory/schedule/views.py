"""Pages of the schedule import: upload, preview, confirm."""

from collections.abc import Mapping

from flask import current_app, redirect, render_template, request, url_for
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.config import Settings
from intake.db import db
from intake.directory.kept_files import HOURS_KEPT, UploadGone, claim
from intake.directory.models import Location
from intake.directory.patients import queries
from intake.directory.schedule import preview, uploads
from intake.directory.schedule.applying import import_schedule
from intake.directory.schedule.file.reader import ScheduleFile
from intake.directory.schedule.forms import UploadForm
from intake.directory.schedule.models import ScheduleUpload
from intake.directory.schedule.plan import Plan
from intake.directory.schedule.planning import plan_import
from intake.directory.schedule.undoing import undo_import, undone_in_words
from intake.web.http.route_guards import Pages
from intake.web.ui.template_context import tell

bp = Pages("schedule", __name__)

MOST_SHOWN = 100
NOBODY = "There is no patient’s appointment in this file, only lines that are nobody’s."
NOT_UNDONE = "This import can’t be taken back any more."
GONE = "That file is no longer kept here. Choose it again; nothing was imported."


@bp.get("/schedule", guard=roles("front_desk", "manager", "administrator"))
def upload_page() -> str:
    return _upload_page(_form(request.args.get("location", type=int)))


@bp.post("/schedule", guard=roles("front_desk", "manager", "administrator"))
def take_upload() -> Response | tuple[str, int]:
    form = _form()
    if not form.validate_on_submit():
        return _upload_page(form), 422
    location = queries.location(form.location_id.data, within=current_locations())
    data = form.file.data.read()
    schedule = uploads.read_for_writing(location, data)
    if not schedule.rows and not any(problem.row for problem in schedule.errors):
        # No table at all: there is nothing to preview, so say it where the next file is chosen.
        form.file.errors = [str(schedule.errors[0]) if schedule.errors else NOBODY]
        return _upload_page(form), 422
    kept = uploads.keep_upload(
        data,
        schedule,
        file_name=form.file.data.filename,
        location_id=location.id,
        staff_id=current_staff().id,
        secret=_secret(),
    )
    audit_trail.record("schedule.uploaded", subject_kind="schedule_upload", subject_id=kept.id, location_id=location.id)
    db.session.commit()
    return redirect(url_for("schedule.show_preview", upload_id=kept.id), 303)


@bp.get("/schedule/<int:upload_id>", guard=roles("front_desk", "manager", "administrator"))
def show_preview(upload_id: int) -> str | Response:
    kept = uploads.upload(upload_id, within=current_locations())
    location = queries.location(kept.location_id, within=current_locations())
    if kept.applied_at:
        return render_template(
            "directory/schedule/done.html", upload=kept, location=location, desk_url=_desk_url(location)
        )
    try:
        schedule, answers = uploads.reading_of(kept, location, secret=_secret())
    except UploadGone:
        return _choose_again(location)
    return _preview(kept, location, schedule, plan_import(schedule, location, clock.now(), answers))


@bp.post("/schedule/<int:upload_id>", guard=roles("front_desk", "manager", "administrator"))
def confirm(upload_id: int) -> Response | tuple[str, int]:
    kept = uploads.upload(upload_id, within=current_locations())
    location = queries.location(kept.location_id, within=current_locations())
    done = redirect(url_for("schedule.show_preview", upload_id=kept.id), 303)
    if kept.applied_at:
        return done
    try:
        schedule, answers = uploads.reading_of(kept, location, secret=_secret())
    except UploadGone:
        return _choose_again(location)
    skip_wrong = request.form.get("wrong_rows") == "left out"
    try:
        plan = _apply(kept, location, schedule, answers, skip_wrong=skip_wrong)
    except IntegrityError:
        # Somebody added the same chart or appointment at this very moment; now it is known.
        db.session.rollback()
        plan = _apply(kept, location, schedule, answers, skip_wrong=skip_wrong)
    if plan is None:
        return done
    db.session.rollback()
    return _preview(kept, location, schedule, plan), 422


@bp.post("/schedule/<int:upload_id>/answers", guard=roles("front_desk", "manager", "administrator"))
def answer_questions(upload_id: int) -> Response:
    kept = uploads.upload(upload_id, within=current_locations())
    location = queries.location(kept.location_id, within=current_locations())
    given = zip(request.form.getlist("question"), request.form.getlist("choice"), strict=False)
    answers = {key[:300]: choice for key, choice in given if choice}
    try:
        uploads.answer_upload(kept, location, answers, staff_id=current_staff().id, secret=_secret())
    except UploadGone:
        return _choose_again(location)
    db.session.commit()
    return redirect(url_for("schedule.show_preview", upload_id=kept.id), 303)


@bp.post("/schedule/<int:upload_id>/undo", guard=roles("front_desk", "manager", "administrator"))
def undo(upload_id: int) -> Response:
    kept = uploads.upload(upload_id, within=current_locations())
    try:
        done = undo_import(kept, secret=_secret())
    except UploadGone:
        db.session.rollback()
        tell(NOT_UNDONE, kind="problem")
    else:
        db.session.commit()
        tell(" ".join(undone_in_words(done)), kind="info")
    return redirect(url_for("schedule.upload_page", location=kept.location_id), 303)


@bp.post("/schedule/<int:upload_id>/discard", guard=roles("front_desk", "manager", "administrator"))
def discard(upload_id: int) -> Response:
    kept = uploads.upload(upload_id, within=current_locations())
    if not kept.applied_at:
        uploads.discard_upload(kept)
        db.session.commit()
        tell("Nothing was imported.", kind="info")
    return redirect(url_for("schedule.upload_page", location=kept.location_id), 303)


def _apply(
    kept: ScheduleUpload,
    location: Location,
    schedule: ScheduleFile,
    answers: Mapping[str, str],
    *,
    skip_wrong: bool,
) -> Plan | None:
    """Import and commit; the plan when something keeps it from being imported, None when it is imported."""
    if not claim(kept):
        # Another click of the same button was first.
        db.session.rollback()
        return None
    plan, done = import_schedule(schedule, location, answers=answers, skip_wrong=skip_wrong)
    if done is None:
        return plan
    uploads.mark_applied(kept, done, secret=_secret())
    db.session.commit()
    return None


def _form(location_id: int | None = None) -> UploadForm:
    choices = queries.locations(within=current_locations())
    chosen = location_id if location_id in {location.id for location in choices} else None
    return UploadForm(choices, location_id=chosen or (choices[0].id if choices else None))


def _upload_page(form: UploadForm) -> str:
    settings: Settings = current_app.config["SETTINGS"]
    places = {location.id: location for location in queries.locations(within=current_locations())}
    return render_template(
        "directory/schedule/upload.html",
        form=form,
        locations=places,
        most_megabytes=settings.upload_megabytes,
        recent=[each for each in uploads.recent_uploads(within=current_locations()) if each.location_id in places],
    )


def _preview(kept: ScheduleUpload, location: Location, schedule: ScheduleFile, plan: Plan) -> str:
    audit_trail.record_reading(
        "schedule.preview", subject_kind="schedule_upload", subject_id=kept.id, location_id=location.id
    )
    return render_template(
        "directory/schedule/preview.html",
        upload=kept,
        location=location,
        schedule=schedule,
        plan=plan,
        wrong=plan.errors[:MOST_SHOWN],
        warnings=plan.warnings[:MOST_SHOWN],
        left_out=plan.left_out[:MOST_SHOWN],
        lines=preview.preview_lines(plan, location),
        days=preview.visits_per_day(plan, location),
        today=clock.clinic_today(location.time_zone),
        kept_hours=HOURS_KEPT,
    )


def _choose_again(location: Location) -> Response:
    tell(GONE, kind="problem")
    return redirect(url_for("schedule.upload_page", location=location.id), 303)


def _desk_url(location: Location) -> str | None:
    """Address of the imported day, for those who work at the desk."""
    held = {role.name for role in current_staff().roles}
    return url_for("desk.arrivals", location=location.id) if held & {"front_desk", "manager"} else None


def _secret() -> str:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.secret_key.get_secret_value()
