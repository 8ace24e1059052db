"""The page on which a practice writes its own texts."""

from flask import abort, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, TextAreaField

from intake.accounts.auth.guards import roles
from intake.accounts.current import current_staff
from intake.capture.call.slip import REASONS
from intake.capture.desk.training_card import HOW_TO_ASK
from intake.db import db
from intake.directory.practice.own_words import OwnWords, WordingRefused
from intake.liaison.letters.words import FAX, LETTER, TALK, THANKS, THANKS_NAMED, THANKS_TEXT
from intake.web.http.route_guards import Pages
from intake.web.ui.edit_conflict import conflict_message, fingerprint
from intake.web.ui.template_context import tell

bp = Pages("letters", __name__)
TEXTS: dict[str, OwnWords] = {
    each.key: each for each in (LETTER, FAX, TALK, THANKS, THANKS_NAMED, THANKS_TEXT, HOW_TO_ASK, REASONS)
}


class _WordsForm(FlaskForm):
    """One text; `seen` is what it was when the page was opened."""

    body = TextAreaField("The text")
    seen = HiddenField()


@bp.get("/relationships/words", guard=roles("manager"))
def words() -> str:
    """Show every text of the practice's own, to change it."""
    return _page()


@bp.post("/relationships/words", guard=roles("manager", everywhere=True))
def save() -> Response | tuple[str, int]:
    """Save one text, its places checked; an empty one goes back to ours."""
    text = TEXTS.get(request.form.get("kind", "")) or abort(422)
    body = request.form.get("body", "").replace("\r\n", "\n")
    form = _WordsForm()
    try:
        text.check(body.strip() or text.built_in)
        if problem := conflict_message(form, _standing(text)):
            return _page(text.key, body, problem, form.seen.data), 409
        text.save(body, staff_id=current_staff().id)
    except WordingRefused as refused:
        return _page(text.key, body, str(refused), form.seen.data or ""), 422
    db.session.commit()
    tell(f"“{text.label}” is saved." if body.strip() else f"“{text.label}” is as it came.")
    return redirect(url_for("letters.words", _anchor=text.key), 303)


def _standing(text: OwnWords) -> _WordsForm:
    return _WordsForm(formdata=None, data={"body": text.body})


def _page(key: str = "", body: str = "", problem: str = "", opened: str = "") -> str:
    seen = {each.key: fingerprint(_standing(each)) for each in TEXTS.values()} | {key: opened}
    return render_template(
        "liaison/letters/words.html", texts=TEXTS.values(), key=key, body=body, problem=problem, seen=seen
    )
