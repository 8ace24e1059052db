"""The page of one's own account: password, PIN for tablets, signing out everywhere."""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from intake.accounts.audit import audit_trail
from intake.accounts.auth import passwords, sessions, throttle
from intake.accounts.auth.guards import EVERY_ROLE, roles
from intake.accounts.current import current_staff
from intake.accounts.pages.blueprint import bp
from intake.accounts.pages.forms import ChangePasswordForm, KioskPinForm
from intake.accounts.pages.people_views import what_is_known_of
from intake.accounts.pages.sign_in_views import TOO_OFTEN
from intake.accounts.second_step import passkeys
from intake.accounts.second_step import records as second_steps
from intake.accounts.single_sign_on import identities
from intake.accounts.staff import records
from intake.db import db
from intake.web.ui.template_context import practice_facts, tell


@bp.get("/account", guard=roles(*EVERY_ROLE))
def account() -> str:
    return _page(ChangePasswordForm(formdata=None), KioskPinForm(formdata=None))


@bp.post("/account/password", guard=roles(*EVERY_ROLE))
def change_own_password() -> Response | tuple[str, int]:
    staff = current_staff()
    form = ChangePasswordForm()
    form.personal = what_is_known_of(staff)
    if not form.validate_on_submit():
        return _page(form, KioskPinForm(formdata=None)), 422
    # No transaction may be open while passwords are compared; nothing is written yet.
    db.session.commit()
    claimed = throttle.claim([throttle.bucket("own password", staff.id)])
    if claimed is None:
        form.current.errors = [TOO_OFTEN]
        return _page(form, KioskPinForm(formdata=None)), 429
    if not passwords.is_right(staff, form.current.data or ""):
        form.current.errors = ["That is not your password now."]
        return _page(form, KioskPinForm(formdata=None)), 422
    throttle.forget(claimed)
    records.change_password(staff, form.new_password.data or "")
    sessions.begin(staff)
    db.session.commit()
    tell("Your password is changed. Everywhere else you are signed out.")
    return redirect(url_for("accounts.account"), 303)


@bp.post("/account/kiosk-pin", guard=roles(*EVERY_ROLE, fresh=True))
def set_own_kiosk_pin() -> Response | tuple[str, int]:
    form = KioskPinForm()
    if not form.validate_on_submit():
        return _page(ChangePasswordForm(formdata=None), form), 422
    records.set_kiosk_pin(current_staff(), form.pin.data or "")
    db.session.commit()
    tell("Your PIN for tablets is set.")
    return redirect(url_for("accounts.account"), 303)


@bp.post("/account/kiosk-pin/remove", guard=roles(*EVERY_ROLE, fresh=True))
def remove_own_kiosk_pin() -> Response:
    records.set_kiosk_pin(current_staff(), None)
    db.session.commit()
    tell("Your PIN for tablets is removed.")
    return redirect(url_for("accounts.account"), 303)


@bp.post("/account/sessions/end", guard=roles(*EVERY_ROLE, fresh=True))
def end_own_session() -> Response:
    staff = current_staff()
    if sessions.end_one(staff, request.form.get("session", 0, type=int)):
        audit_trail.record("person.session_ended", **audit_trail.about(staff))
        tell("That browser is signed out.")
    db.session.commit()
    return redirect(url_for("accounts.account"), 303)


@bp.post("/account/sign-out-everywhere", guard=roles(*EVERY_ROLE, fresh=True))
def sign_myself_out_everywhere() -> Response:
    records.sign_out_everywhere(current_staff())
    db.session.commit()
    return redirect(url_for("accounts.sign_in"), 303)


def _page(password_form: ChangePasswordForm, pin_form: KioskPinForm) -> str:
    staff = current_staff()
    return render_template(
        "accounts/account.html",
        staff=staff,
        password_form=password_form,
        pin_form=pin_form,
        role_words=records.ROLE_WORDS,
        browsers=sessions.open_ones(staff),
        is_this_one=sessions.is_this_one,
        second_step=second_steps.state(staff),
        own_passkeys=passkeys.of(staff),
        passkeys_possible=passkeys.are_possible(),
        linked=identities.is_linked(staff),
        time_zone=practice_facts()[1],
    )
