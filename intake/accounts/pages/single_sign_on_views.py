"""Signing in by the practice's provider of single sign-on: there, and back."""

from flask import abort, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from intake.accounts.audit import audit_trail
from intake.accounts.auth.return_path import safe_path
from intake.accounts.auth.sign_in import LONGEST_CARRIED
from intake.accounts.current import Actor
from intake.accounts.pages.blueprint import bp
from intake.accounts.pages.letting_in import after_first_step
from intake.accounts.single_sign_on import identities, provider
from intake.config import current_settings
from intake.db import db, writing
from intake.web.http.route_guards import public
from intake.web.ui.template_context import tell

AWAY = "Single sign-on can't be reached just now. Try again in a moment, or sign in with a password."
REFUSED = "Single sign-on didn't work. Begin again here."
# What the person can do something about.
REASONS = {
    "nobody": "Nobody who works here has the e-mail address of that account. An administrator can add you.",
    "unverified": "Your provider doesn't say that your e-mail address is yours. Ask whoever looks after it.",
    "other_account": "You came with another account than before. Use that one, or ask an administrator to unlink it.",
    "too_late": "That took too long. Begin again here.",
    "not_fresh": "The provider didn't ask you again who you are. Type your password here instead.",
}


@bp.get("/sign-in/single-sign-on")
@public("leads to the practice's own provider, whose address is set on the server")
def go_to_provider() -> Response:
    _only_where_set_up()
    try:
        address = provider.address_to_ask(
            _back_here(),
            back=safe_path(request.args.get("next")),
            draft=request.args.get("draft", "")[:LONGEST_CARRIED],
            again=bool(request.args.get("again")),
        )
    except (provider.ProviderAway, provider.WordRefused):
        tell(AWAY, kind="problem")
        return redirect(url_for("accounts.ask_who", next=safe_path(request.args.get("next")) or None), 303)
    return redirect(address, 303)


@bp.get("/sign-in/single-sign-on/back")
@public("takes the provider's word for a try that this very browser began; anything else is refused")
def come_back_from_provider() -> Response:
    _only_where_set_up()
    db.session.commit()
    # The provider leads people back by an address, so this one writes: it begins their session.
    with writing():
        try:
            started = provider.started_here(request.args.get("state", ""))
            if "code" not in request.args:
                raise provider.WordRefused("declined")
            word = provider.word_of(
                started, request.args["code"], redirect_to=_back_here(), issuer=request.args.get("iss")
            )
            staff = identities.staff_of(word)
            if started.again and current_user.is_authenticated and current_user.id != staff.id:
                raise provider.WordRefused("somebody_else")
            return after_first_step(
                staff, method="single sign-on", back=started.back, draft=started.draft, strong=word.strong
            )
        except provider.ProviderAway:
            tell(AWAY, kind="problem")
        except provider.WordRefused as refused:
            audit_trail.record_refusal("single_sign_on.refused", actor=Actor("system"), reason=str(refused))
            tell(REASONS.get(str(refused), REFUSED), kind="problem")
    return redirect(url_for("accounts.ask_who"), 303)


def _only_where_set_up() -> None:
    if not current_settings().single_sign_on:
        abort(404)


def _back_here() -> str:
    return f"{current_settings().public_url}{url_for('accounts.come_back_from_provider')}"
