"""The pages of the second step: asked for at sign-in, changed under one's own account, taken away by others."""

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from intake.accounts import one_time_display
from intake.accounts.auth import sessions, throttle
from intake.accounts.auth.guards import EVERY_ROLE, roles
from intake.accounts.auth.return_path import safe_path
from intake.accounts.current import current_staff
from intake.accounts.models import Staff
from intake.accounts.pages.blueprint import bp
from intake.accounts.pages.forms import PasskeyForm, SecondStepForm
from intake.accounts.pages.letting_in import begin, first_page, second_step_page, setup_page
from intake.accounts.pages.people_views import managed
from intake.accounts.second_step import passkeys, pending, records
from intake.accounts.single_sign_on import identities
from intake.accounts.staff.records import may_sign_in_as
from intake.db import db
from intake.web.http.route_guards import public
from intake.web.ui.template_context import practice_facts, tell

WRONG = "This isn't one of the codes that count now. Wait for the app's next code and type that one."
WRONG_SETUP = (
    "This isn't the code the app shows for this drawing. Look whether the phone's clock is right, then type the next."
)
TOO_OFTEN = "Too many wrong codes. Each further try waits longer; an administrator can help you."
NO_PASSKEY = "The passkey didn't answer as it should. Try again, or type a code."
_SHOWN = "recovery codes"


@bp.get("/sign-in/second-step")
@public("somebody whose password was right a moment ago is asked for their second step")
def ask_second_step() -> Response:
    waiting = pending.find()
    if waiting is None:
        return redirect(url_for("accounts.ask_who"), 303)
    return second_step_page(waiting.staff, SecondStepForm(formdata=None))


@bp.post("/sign-in/second-step")
@public("the second step of signing in; wrong codes are counted per person and browser, with waits that grow")
def take_second_step() -> Response:
    waiting = pending.find()
    if waiting is None:
        tell("That took too long. Begin again with your password.", kind="info")
        return redirect(url_for("accounts.ask_who"), 303)
    form, staff = SecondStepForm(), waiting.staff
    sets_up = not records.state(staff).any
    taken, status = _tried(staff, form, sets_up=sets_up)
    if not taken:
        return second_step_page(staff, form, status=status)
    response = begin(staff, method=f"{waiting.method}, {taken}", back=waiting.back, draft=form.draft.data or "")
    if sets_up and form.draft.data:
        tell("Make recovery codes under Your account, for the day when the phone isn't at hand.", kind="info")
    elif sets_up:
        _make_codes(staff)
        response.headers["Location"] = url_for("accounts.recovery_codes", next=waiting.back or None)
    return response


@bp.post("/account/second-step", guard=roles(*EVERY_ROLE, fresh=True))
def begin_second_step() -> Response:
    records.begin_setup(current_staff())
    db.session.commit()
    return redirect(url_for("accounts.set_up_second_step"), 303)


@bp.get("/account/second-step", guard=roles(*EVERY_ROLE))
def set_up_second_step() -> Response:
    return setup_page(current_staff(), SecondStepForm(formdata=None), signed_in=True)


@bp.post("/account/second-step/confirm", guard=roles(*EVERY_ROLE, fresh=True))
def confirm_second_step() -> Response:
    staff, form = current_staff(), SecondStepForm()
    right, status = _tried(staff, form, sets_up=True)
    if not right:
        return setup_page(staff, form, status=status, signed_in=True)
    return _now_it_counts(staff, "The app")


@bp.post("/account/second-step/give-up", guard=roles(*EVERY_ROLE, fresh=True))
def give_up_second_step() -> Response:
    staff = current_staff()
    try:
        records.give_up(staff)
    except records.StepNeeded:
        tell("What you do here needs a second step. You can set another one up in its place.", kind="problem")
        return redirect(url_for("accounts.account"), 303)
    _end_the_others(staff)
    tell("You sign in by password alone again. Everywhere else you are signed out.")
    return redirect(url_for("accounts.account"), 303)


@bp.post("/account/recovery-codes", guard=roles(*EVERY_ROLE, fresh=True))
def make_recovery_codes() -> Response:
    staff = current_staff()
    if not records.state(staff).any:
        tell("Set up a second step first.", kind="problem")
        return redirect(url_for("accounts.account"), 303)
    _make_codes(staff)
    return redirect(url_for("accounts.recovery_codes"), 303)


@bp.get("/account/recovery-codes", guard=roles(*EVERY_ROLE))
def recovery_codes() -> str | Response:
    codes = one_time_display.take(_SHOWN, current_staff().id)
    if codes is None:
        return redirect(url_for("accounts.account"), 303)
    onwards = safe_path(request.args.get("next")) or first_page(current_staff())
    return render_template("accounts/second_step/recovery_codes.html", codes=codes.split(), onwards=onwards)


@bp.get("/account/passkey", guard=roles(*EVERY_ROLE))
def new_passkey() -> Response:
    if not passkeys.are_possible():
        tell("Passkeys need this service's own address with https.", kind="problem")
        return redirect(url_for("accounts.account"), 303)
    return _passkey_page(PasskeyForm(formdata=None))


@bp.post("/account/passkey", guard=roles(*EVERY_ROLE, fresh=True))
def add_passkey() -> Response:
    staff, form = current_staff(), PasskeyForm()
    if not form.validate_on_submit():
        return _passkey_page(form, status=422)
    try:
        passkeys.add(staff, form.passkey.data or "", name=form.name.data or "")
    except passkeys.PasskeyRefused:
        form.name.errors = ["The browser made no passkey, or one that is known already. Try once more."]
        return _passkey_page(form, status=422)
    return _now_it_counts(staff, "The passkey")


@bp.post("/account/passkey/remove", guard=roles(*EVERY_ROLE, fresh=True))
def remove_passkey() -> Response:
    try:
        removed = passkeys.remove(current_staff(), request.form.get("passkey", 0, type=int))
    except records.StepNeeded:
        tell("It is your only second step, and what you do here needs one. Add another first.", kind="problem")
        return redirect(url_for("accounts.account"), 303)
    db.session.commit()
    if removed:
        tell("The passkey is removed.")
    return redirect(url_for("accounts.account"), 303)


@bp.post("/people/second-step", guard=roles("administrator", everywhere=True, fresh=True))
def ask_managers_for_second_step() -> Response:
    asked = request.form.get("asked") == "yes"
    try:
        count = records.ask_of_managers(asked, by=current_staff())
    except records.StepNeeded:
        tell("Set up a second step for yourself first, under Your account.", kind="problem")
        return redirect(url_for("accounts.people"), 303)
    db.session.commit()
    if not asked:
        tell("Managers and administrators may sign in by password alone.")
    else:
        tell(f"Managers and administrators need a second step from now on. {_signed_out(count)}")
    return redirect(url_for("accounts.people"), 303)


@bp.post("/people/<int:staff_id>/second-step/reset", guard=roles("administrator", fresh=True))
def reset_second_step(staff_id: int) -> Response:
    staff = managed(staff_id)
    if not may_sign_in_as(current_staff(), staff):
        tell(
            f"{staff.name} may do more than you. Only an administrator who is a manager too does this.", kind="problem"
        )
        return redirect(url_for("accounts.person", staff_id=staff_id), 303)
    try:
        records.reset(staff, by=current_staff())
        identities.unlink(staff)
    except records.NotYourself:
        tell(
            "Change your own under Your account. When it is lost, another administrator takes it away.", kind="problem"
        )
        return redirect(url_for("accounts.person", staff_id=staff_id), 303)
    db.session.commit()
    tell(f"{staff.name}'s second step is taken away, and they are signed out everywhere.")
    return redirect(url_for("accounts.person", staff_id=staff_id), 303)


def _tried(staff: Staff, form: SecondStepForm, *, sets_up: bool) -> tuple[str, int]:
    """How this form proves who it is, and the status; where it doesn't, '' and the form says why."""
    if not form.validate_on_submit():
        return "", 422
    try:
        if sets_up:
            taken = "app" if records.finish_setup(staff, form.code.data or "") else ""
        elif form.passkey.data:
            taken = "passkey" if passkeys.prove(staff, form.passkey.data) else ""
        else:
            taken = records.take(staff, form.code.data or "") or ""
    except throttle.TooManyTries:
        form.code.errors = [TOO_OFTEN]
        return "", 429
    if not taken:
        form.code.errors = [WRONG_SETUP if sets_up else NO_PASSKEY if form.passkey.data else WRONG]
    return taken, 401


def _now_it_counts(staff: Staff, what: str) -> Response:
    _end_the_others(staff)
    if records.state(staff).codes_left:
        tell(f"{what} counts from now on. Everywhere else you are signed out.")
        return redirect(url_for("accounts.account"), 303)
    _make_codes(staff)
    return redirect(url_for("accounts.recovery_codes"), 303)


def _make_codes(staff: Staff) -> None:
    """New codes, for the next page alone: the owner's own browser holds them until then."""
    codes = records.make_codes(staff)
    db.session.commit()
    one_time_display.put(_SHOWN, staff.id, " ".join(codes))


def _end_the_others(staff: Staff) -> None:
    """A change of how one signs in ends every session but this one, which goes on under a new token. Commits."""
    sessions.end_everywhere(staff)
    sessions.begin(staff)
    db.session.commit()


def _passkey_page(form: PasskeyForm, *, status: int = 200) -> Response:
    form.passkey.data = ""
    question = passkeys.question_to_add(current_staff(), practice=practice_facts()[0])
    return make_response(render_template("accounts/second_step/passkey_new.html", form=form, question=question), status)


def _signed_out(count: int) -> str:
    if not count:
        return "All of them have one."
    return f"{count} of them {'has' if count == 1 else 'have'} none yet and set it up at the next sign-in."
