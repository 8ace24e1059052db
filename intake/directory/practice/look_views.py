"""How patients' pages look: the practice's colour and logo."""

from flask import Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.db import db
from intake.directory.blueprint import bp
from intake.directory.models import PracticeLook
from intake.directory.practice import look as looks
from intake.web.http.route_guards import public
from intake.web.ttl_cache import forget
from intake.web.ui.template_context import tell

YEAR = 365 * 24 * 60 * 60


@bp.get("/practice/look", guard=roles("administrator"))
def look() -> str:
    return _page(looks.shown_look().accent or looks.OURS)


@bp.post("/practice/look", guard=roles("administrator", everywhere=True))
def change_look() -> AnyResponse | tuple[str, int]:
    """Keep colour and logo; a colour that some can't read is refused with the nearest that everybody can."""
    colour = looks.read_colour(request.form.get("accent", ""))
    logo = request.files.get("logo")
    content = logo.read(looks.LARGEST_LOGO + 1) if logo and logo.filename else b""
    picture = looks.read_picture(content) if content else (b"", "")
    if colour is None or looks.dark_enough(colour) != colour:
        better = looks.dark_enough(colour or looks.OURS)
        return _page(better, problem="colour", refused=colour or ""), 422
    if picture is None:
        return _page(colour, problem="logo"), 422
    held = db.session.get(PracticeLook, 1) or PracticeLook(practice_id=1, accent="", logo_type="")
    held.accent = "" if colour == looks.OURS else colour
    if content or request.form.get("without_logo"):
        held.logo, held.logo_type = picture[0] or None, picture[1]
    held.changed_at = clock.now()
    db.session.add(held)
    audit_trail.record("practice.changed", subject_kind="practice", subject_id=1, changed="look")
    db.session.commit()
    forget()
    tell("Saved. Tablets follow within a minute.")
    return redirect(url_for("directory.look"), 303)


@bp.get("/look.css", guard=public("the colour of patients' pages"))
def look_css() -> Response:
    accent = looks.shown_look().accent
    return _kept(looks.style_sheet(accent) if accent else "", "text/css; charset=utf-8")


@bp.get("/look/logo", guard=public("the practice's logo"))
def logo() -> Response:
    held = db.session.get(PracticeLook, 1)
    if held is None or held.logo is None:
        abort(404)
    return _kept(held.logo, held.logo_type)


def _kept(content: str | bytes, content_type: str) -> Response:
    response = Response(content, content_type=content_type)
    # The address holds the version.
    response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    return response


def _page(accent: str, *, problem: str = "", refused: str = "") -> str:
    return render_template(
        "directory/practice/look.html",
        accent=accent,
        ground=looks.GROUND,
        least=looks.LEAST_CONTRAST,
        problem=problem,
        refused=refused,
        ratio=looks.contrast(accent, looks.GROUND),
        refused_ratio=looks.contrast(refused, looks.GROUND) if refused else 0,
    )
