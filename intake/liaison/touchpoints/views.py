"""Pages of touchpoints: write one down, find one, correct one's own; what a telephone kept without a connection."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from flask import Response, abort, redirect, render_template, request, url_for
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import MultiDict

from intake import log
from intake.accounts import sealing
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.attribution.filters.queries import practice_time_zone
from intake.db import db
from intake.directory.patients import queries as directory
from intake.directory.physician_search.search import search_physicians
from intake.liaison.page.access import PEOPLE, colleagues, is_in_charge, staff_names
from intake.liaison.page.edges import BOTH, commit_and_go, page_of
from intake.liaison.page.parties import Party, party, party_of, party_of_physician, party_of_practice
from intake.liaison.page.patient_names import patient_names
from intake.liaison.page.referrers import today
from intake.liaison.people import messages as people_messages
from intake.liaison.people import queries as people
from intake.liaison.people.models import OfficeContact, OfficePreference
from intake.liaison.people.search import contacts_like, of_telephone
from intake.liaison.people.whom import PersonToMeet, contacts_of, people_at, person
from intake.liaison.touchpoints import queries
from intake.liaison.touchpoints.forms import TouchpointForm, new_submission_id, read_author, signed_author
from intake.liaison.touchpoints.kinds import KINDS, TouchpointKind
from intake.liaison.touchpoints.late import NeverTaken, take_late
from intake.liaison.touchpoints.models import Touchpoint
from intake.liaison.touchpoints.recording import (
    NOBODY_SAID_WHY,
    OverGiftLimit,
    correct_touchpoint,
    party_met,
    record_touchpoint,
    restore_touchpoint,
    withdraw_touchpoint,
)
from intake.web.http.route_guards import Pages
from intake.web.ui.edit_conflict import conflict_message, fingerprint
from intake.web.ui.template_context import tell

bp = Pages("touchpoints", __name__)


LONGEST_SEARCH = 200
MOST_FIELDS = 200
KEPT, NEVER = 204, 422


@bp.get("/relationships/touchpoints", endpoint="list", guard=roles(*PEOPLE))
def touchpoint_list() -> str:
    """Newest first; of one kind, of one colleague."""
    kind = request.args.get("kind", "")
    author = request.args.get("by", 0, type=int)
    page = max(1, request.args.get("page", 1, type=int))
    rows, pages = queries.newest(kind=kind if kind in KINDS else "", author_id=author or None, page=page)
    return render_template(
        "liaison/touchpoints/list.html",
        rows=rows,
        names=queries.names_met(rows),
        staff_names=staff_names(),
        people=colleagues(),
        kinds=KINDS,
        kind=kind,
        author=author,
        page=min(page, pages),
        pages=pages,
    )


@bp.get("/relationships/touchpoints/new", endpoint="new", guard=roles(*PEOPLE))
def new_touchpoint() -> str:
    """Asks who first, unless the address says so."""
    if key := request.args.get("with", ""):
        found = party(key)
        who = person(request.args.get("who", "")) or person(found.key)
        kind = first_kind(people.preferences_at(found))
        return _form_page(touchpoint_form(found, kind=kind, who=[who.key] if who else []), found)[0]
    text = request.args.get("q", "")[:LONGEST_SEARCH].strip()
    physicians, practices, contacts = of_telephone(text) or _called(text)
    return render_template(
        "liaison/touchpoints/whom.html",
        text=text,
        hits=[party_of_physician(physician_id) for physician_id in physicians],
        practices=[party_of_practice(practice_id) for practice_id in practices],
        contacts=[(each, party_of(each)) for each in contacts],
        jobs=people_messages.JOBS,
    )


def _called(text: str) -> tuple[Sequence[int], Sequence[int], Sequence[OfficeContact]]:
    """Physicians, practices and contacts of a name."""
    if not text:
        return [], [], []
    hits = [hit.physician_id for hit in search_physicians(text, limit=12)]
    return hits, queries.practices_like(text), contacts_like(text)


@bp.post("/relationships/touchpoints", endpoint="record", guard=roles(*PEOPLE))
def record() -> Any:
    """Keep it; a form sent twice is kept once."""
    if not (key := request.form.get("party", "")):
        return new_touchpoint(), 422
    found = party(key)
    form = touchpoint_form(found)
    warned = _warned(form, found) if form.validate_on_submit() else None
    if warned is None or warned:
        return _form_page(form, found, warned=warned or ())
    submission_id = (form.submission_id.data or "")[:64] or new_submission_id()
    try:
        made = record_touchpoint(
            form.touchpoint,
            submission_id=submission_id,
            author_id=current_staff().id,
            location_ids=current_locations(),
            may_override=is_in_charge(),
        )
        db.session.commit()
    except OverGiftLimit as refused:
        return _refused(form, found, refused)
    except IntegrityError:
        # The same form a moment ago, from the same telephone's queue.
        db.session.rollback()
        made = queries.of_submission(submission_id) or abort(409)
    told = f"Saved: {KINDS[TouchpointKind(made.kind)].label}, {found.name}."
    if made.office_cents and made.office_gift_for is None:
        told += " What others than physicians received counts once a manager says for whom, under Gifts."
    told += directory.closed_remark(form.promise_due.data, today=today(), within=current_locations())
    back = url_for("liaison_day.my_day") if request.form.get("back") == "day" else found.address
    undo, shown_at = (url_for(f"touchpoints.{each}", touchpoint_id=made.id) for each in ("take_back", "show"))
    answer = commit_and_go(back, told, undo, shown_at)
    if request.headers.get("X-Requested-With") != "fetch":
        return answer
    # A fetch follows a redirect by itself: the note would be said on a page that nobody sees.
    return Response(status=204, headers={"Content-Location": back})


@bp.post("/relationships/touchpoints/late", endpoint="late", guard=roles(*PEOPLE))
def late() -> Response:
    """Keep what a telephone sealed without a connection. 204: kept, now or before. 422: nobody could ever read it."""
    try:
        opened = sealing.open_sealed(request.form.get("sealed", ""))
        typed = MultiDict(parse_qsl(str(opened.get("form", "")), keep_blank_values=True, max_num_fields=MOST_FIELDS))
        author_id = read_author(typed.get("author", ""))
        take_late(typed, author_id=author_id or abort(NEVER))
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
    except (NeverTaken, ValueError):
        db.session.rollback()
        log.logger().warning("late_touchpoint_not_taken", staff=current_staff().id)
        return Response(status=NEVER)
    return Response(status=KEPT)


@bp.route("/relationships/touchpoints/<int:touchpoint_id>", endpoint="show", methods=BOTH, guard=roles(*PEOPLE))
def correct(touchpoint_id: int) -> Any:
    """What it says, what it said before, and for its author the form to correct it."""
    found = queries.touchpoint(touchpoint_id)
    of = party_met(found.participants)
    if request.method == "POST" and not may_correct(found):
        abort(403, "Only whoever wrote it may correct it.")
    if not may_correct(found):
        return _form_page(None, of, touchpoint=found)
    form, stands = (touchpoint_form(of, as_sent=as_sent, **_typed_before(found)) for as_sent in (True, False))
    if request.method == "GET":
        form.seen.data = fingerprint(stands)
    warned = _warned(form, of) if form.validate_on_submit() else None
    if warned is None or warned:
        return _form_page(form, of, touchpoint=found, warned=warned or ())
    # Neither says anything of the touchpoint: they answer a question of the page.
    stands.sure.data, stands.long_ago.data = form.sure.data, form.long_ago.data
    if problem := conflict_message(form, stands):
        return _form_page(form, of, touchpoint=found, problem=problem)[0], 409
    try:
        correct_touchpoint(found, form.touchpoint, by_id=current_staff().id, may_override=is_in_charge())
    except OverGiftLimit as refused:
        return _refused(form, of, refused, touchpoint_id)
    back = url_for("touchpoints.show", touchpoint_id=found.id)
    return commit_and_go(back, "It is corrected. What it said before is kept.")


@bp.post("/relationships/touchpoints/<int:touchpoint_id>/take-back", endpoint="take_back", guard=roles(*PEOPLE))
def take_back(touchpoint_id: int) -> Any:
    found = _own(touchpoint_id)
    withdraw_touchpoint(found, by_id=current_staff().id)
    undo = url_for("touchpoints.restore", touchpoint_id=found.id)
    return commit_and_go(
        party_met(found.participants).address, "It is taken back, with what was promised and its issue.", undo
    )


@bp.post("/relationships/touchpoints/<int:touchpoint_id>/restore", endpoint="restore", guard=roles(*PEOPLE))
def restore(touchpoint_id: int) -> Any:
    found = _own(touchpoint_id)
    address = party_met(found.participants).address
    try:
        restore_touchpoint(found)
    except OverGiftLimit as refused:
        db.session.rollback()
        tell(f"It stays taken back. {refused}", kind="problem")
        return redirect(address, 303)
    return commit_and_go(address, "It counts again.")


def touchpoint_form(
    found: Party, *, people: Sequence[PersonToMeet] | None = None, as_sent: bool = True, **values: Any
) -> TouchpointForm:
    """The form for a touchpoint with this party, or these people of it; the party itself is chosen at first. It holds
    what the request sends, unless `as_sent` is false.
    """
    sent = {} if as_sent else {"formdata": None}
    given: dict[str, Any] = {
        "who": [found.key],
        "submission_id": new_submission_id(),
        "author": signed_author(current_staff().id),
        "promise_owner": str(current_staff().id),
    }
    people = people_at(found) if people is None else people
    return TouchpointForm(people=people, owners=colleagues(), data=given | values, **sent)


def touchpoint_forms(parties: Sequence[Party]) -> list[TouchpointForm]:
    """Forms for a page that only draws them, one for each party."""
    if not parties:
        return []
    first, contacts = touchpoint_form(parties[0], people=()), contacts_of(*parties)
    return [first.drawn_for(each.key, people_at(each, contacts)) for each in parties]


def first_kind(wishes: Sequence[OfficePreference]) -> str:
    """What a form begins with: whoever wants no visits is called."""
    return str(TouchpointKind.PHONE if any(each.do_not_visit for each in wishes) else TouchpointKind.VISIT)


def may_correct(found: Touchpoint) -> bool:
    """Its author may; of one that came in a file anybody, and where the author has left, a manager."""
    if found.author_id in (None, current_staff().id):
        return True
    return is_in_charge() and not queries.is_at_work(found.author_id)


def _own(touchpoint_id: int) -> Touchpoint:
    found = queries.touchpoint(touchpoint_id)
    return found if may_correct(found) else abort(403, "Only whoever wrote it may take it back.")


def _warned(form: TouchpointForm, found: Party) -> Sequence[str]:
    """What looks like a patient's name, unless the writer has said that it is none."""
    if form.sure.data == "yes":
        return []
    text = "\n".join(filter(None, (form[name].data for name in ("words", "purpose", "need", "promise_text"))))
    known = [found.name, *(name for _, name in colleagues()), *(each.name for each in people_at(found))]
    chosen = [each.name for key in form.who.data or [] if (each := person(key))]
    return patient_names(text, known=[*known, *chosen])


def _typed_before(found: Touchpoint) -> dict[str, Any]:
    keys = {each.id: queries.key_of_participant(each) for each in found.participants}
    same = ("day", "kind", "words", "purpose", "need", "materials")
    of_a_new_one = dict.fromkeys(("submission_id", "author", "promise_owner"), "")
    return (
        {name: getattr(found, name) for name in same}
        | of_a_new_one
        | {
            "over_limit_reason": found.over_limit_reason if found.over_limit_reason != NOBODY_SAID_WHY else "",
            "who": list(keys.values()),
            "cost": f"{found.cost_cents / 100:.2f}" if found.cost_cents else "",
            "shared": found.shared or "split",
            "received": [keys[each.id] for each in found.participants if each.received_cents],
        }
    )


def _refused(form: TouchpointForm, found: Party, refused: OverGiftLimit, touchpoint_id: int | None = None) -> Any:
    db.session.rollback()
    form.cost.errors = [*form.cost.errors, str(refused)]
    return _form_page(form, found, touchpoint=queries.touchpoint(touchpoint_id) if touchpoint_id else None)


def _form_page(
    form: TouchpointForm | None,
    found: Party,
    *,
    touchpoint: Touchpoint | None = None,
    warned: Sequence[str] = (),
    problem: str = "",
) -> tuple[str, int]:
    page = render_template(
        "liaison/touchpoints/touchpoint.html",
        form=form,
        party=found,
        touchpoint=touchpoint,
        before=queries.earlier_versions(touchpoint) if touchpoint else [],
        staff_names=staff_names() if touchpoint else {},
        kinds=KINDS,
        warned=warned,
        problem=problem,
        in_charge=is_in_charge(),
        zone=practice_time_zone(),
    )
    return page_of(form, page)
