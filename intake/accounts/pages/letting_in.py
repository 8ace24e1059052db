"""Letting somebody in whose first step was right: at once, or after their second step."""

from flask import make_response, redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from intake.accounts.audit import audit_trail
from intake.accounts.auth import drafts, known_browsers, sessions
from intake.accounts.auth.return_path import safe_path
from intake.accounts.current import Actor
from intake.accounts.models import RoleName, Staff
from intake.accounts.pages.forms import SecondStepForm
from intake.accounts.second_step import passkeys, pending, records
from intake.db import db
from intake.web.ui.navigation import first_on_line
from intake.web.ui.qr_code import qr_code
from intake.web.ui.template_context import practice_facts

# By the first of their roles in this order somebody's day begins with the first page of its line, a manager's here.
ROLES_IN_ORDER = (RoleName.FRONT_DESK, RoleName.MANAGER, RoleName.LIAISON, RoleName.ADMINISTRATOR)
MANAGERS_FIRST = "reports.totals"


def first_page(staff: Staff) -> str:
    held = {role.name for role in staff.roles}
    role = next((role for role in ROLES_IN_ORDER if role in held), None)
    if role is None:
        return url_for("accounts.account")
    return url_for(MANAGERS_FIRST) if role == RoleName.MANAGER else first_on_line(role)


def after_first_step(staff: Staff, *, method: str, back: str, draft: str = "", strong: bool = False) -> Response:
    """Return the answer to a right password or a provider's word. Commits.

    `strong`: the provider has seen a second step of its own, so that none is asked for here.
    """
    has = records.state(staff)
    if strong or not (has.any or has.needed):
        return begin(staff, method=method, back=back, draft=draft)
    if not has.any:
        records.begin_setup(staff)
    pending.put(staff, method=method, back=safe_path(back))
    db.session.commit()
    if draft:
        # Too long for an address: it travels in the page.
        return second_step_page(staff, SecondStepForm(formdata=None, draft=draft))
    return redirect(url_for("accounts.ask_second_step"), 303)


def begin(staff: Staff, *, method: str, back: str, draft: str = "") -> Response:
    """Begin their session and lead them on. Commits."""
    if current_user.is_authenticated:
        # Whoever proves again who they are goes on in a session of its own.
        sessions.end()
    sessions.begin(staff, method=method)
    audit_trail.record("sign_in.done", actor=Actor("staff", staff.id), **audit_trail.about(staff), method=method)
    db.session.commit()
    response = _lead_on(staff, back, draft)
    known_browsers.remember(response, staff.id)
    return response


def second_step_page(staff: Staff, form: SecondStepForm, *, status: int = 200) -> Response:
    """Return the page that asks for the second step, or shows what to set up where there is none yet."""
    has = records.state(staff)
    # An answer counts once: the next one is to the question that this page asks.
    form.passkey.data = ""
    if not has.any:
        return setup_page(staff, form, status=status)
    question = passkeys.question_to_use(staff) if has.passkeys and passkeys.are_possible() else ""
    text = render_template("accounts/second_step/ask.html", form=form, has=has, question=question)
    return make_response(text, status)


def setup_page(staff: Staff, form: SecondStepForm, *, status: int = 200, signed_in: bool = False) -> Response:
    """Return the page with the drawing for an app's camera; where there is none, the way to begin again."""
    found = records.address_to_scan(staff, issuer=practice_facts()[0])
    if found is None:
        return redirect(url_for("accounts.account" if signed_in else "accounts.ask_who"), 303)
    address, key = found
    page = "accounts/second_step/set_up.html"
    return make_response(
        render_template(page, form=form, qr=qr_code(address), key=key, signed_in=signed_in, staff=staff), status
    )


def _lead_on(staff: Staff, back: str, sealed: str) -> Response:
    draft = drafts.unseal(sealed, staff_id=staff.id)
    if draft is not None:
        return make_response(render_template("accounts/draft.html", draft=draft, first_page=first_page(staff)))
    return redirect(safe_path(back) or first_page(staff), 303)
