"""Signing in and out, and where each role begins."""

from flask import Blueprint, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from intake.accounts import attempts, audit, passwords, people, sessions, sign_in
from intake.accounts.current import Actor, current_staff
from intake.accounts.forms import SignInForm
from intake.accounts.guards import EVERY_ROLE, roles
from intake.accounts.models import RoleName, Staff
from intake.db import db, reading
from intake.web.guarding import public

bp = Blueprint("accounts", __name__)

WRONG = "That e-mail address and password don't go together. Check both and try again."
TOO_OFTEN = "Too many tries in a row. Wait a minute, then try again."
# Where somebody's day begins, by the first of their roles in this order.
FIRST_PAGES = (
    (RoleName.FRONT_DESK, "/desk"),
    (RoleName.MANAGER, "/desk"),
    (RoleName.LIAISON, "/reports"),
    (RoleName.ADMINISTRATOR, "/people"),
)


@bp.get("/")
@roles(*EVERY_ROLE)
def home() -> Response:
    return redirect(first_page(current_staff()), 303)


def first_page(staff: Staff) -> str:
    held = {role.name for role in staff.roles}
    return next((path for role, path in FIRST_PAGES if role in held), url_for("accounts.sign_in"))


@bp.get("/sign-in")
@public("whoever isn't signed in is sent here")
def ask_who() -> Response:
    target = sign_in.safe_path(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(target or first_page(current_staff()), 303)
    return sign_in.page(SignInForm(next=target))


@bp.post("/sign-in", endpoint="sign_in")
@public("signing in; counted per account and per address")
def check_and_sign_in() -> Response:
    form = SignInForm()
    if not form.validate_on_submit():
        return sign_in.page(form, status=422)
    email = (form.email.data or "").strip().lower()
    claimed = attempts.claim([attempts.account_bucket(email), attempts.address_bucket(request.remote_addr)])
    if claimed is None:
        form.password.errors = [TOO_OFTEN]
        return sign_in.page(form, status=429)
    with reading():
        staff = people.find_by_email(email)
        db.session.rollback()
    # Hashing takes a tenth of a second, during which no transaction may be open.
    right = passwords.is_right(staff, form.password.data or "")
    if staff is None or not right or not staff.active:
        audit.record("sign_in.refused", actor=Actor("system"), subject_kind="staff", subject_id=staff and staff.id)
        db.session.commit()
        form.password.errors = [WRONG]
        return sign_in.page(form, status=401)
    attempts.forget(claimed)
    sessions.begin(staff)
    audit.record("sign_in.done", actor=Actor("staff", staff.id), subject_kind="staff", subject_id=staff.id)
    db.session.commit()
    return redirect(sign_in.safe_path(form.next.data) or first_page(staff), 303)


@bp.post("/sign-out")
@roles(*EVERY_ROLE)
def sign_out() -> Response:
    audit.record("sign_in.ended", subject_kind="staff", subject_id=current_staff().id)
    sessions.end()
    db.session.commit()
    return redirect(url_for("accounts.sign_in"), 303)
