"""What a physician of ours takes to a talk with a referring office: seen, then taken away as slides or a sheet."""

from collections.abc import Callable, Sequence

from flask import Response, abort, render_template, request

from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations
from intake.attribution.filters.queries import locations
from intake.attribution.tables.pdf_writer import why_off
from intake.directory.models import Location
from intake.liaison.letters.sheets import pdf_response, refuse_without_pdf
from intake.liaison.letters.words import TALK
from intake.liaison.meeting.facts import facts
from intake.liaison.meeting.slides import Slide, as_pptx, as_sheet_pdf, as_talk_pdf, slides_of
from intake.liaison.page.access import PEOPLE, is_in_charge
from intake.liaison.page.parties import Party, party_named
from intake.web.http.route_guards import Pages
from intake.web.ui.downloads import file_name

bp = Pages("meeting", __name__)
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


@bp.get("/relationships/physicians/<int:physician_id>/talk", endpoint="meeting")
@bp.get("/relationships/practices/<int:practice_id>/talk", endpoint="meeting", guard=roles(*PEOPLE))
def meeting_page(physician_id: int | None = None, practice_id: int | None = None) -> str:
    party, place = party_named(physician_id, practice_id), _place()
    return render_template(
        "liaison/meeting/meeting.html",
        party=party,
        place=place,
        places=locations(within=current_locations()),
        slides=_slides(party, place),
        in_charge=is_in_charge(),
        pdf_off=why_off(),
    )


@bp.get("/relationships/physicians/<int:physician_id>/talk.pptx", endpoint="pptx")
@bp.get("/relationships/practices/<int:practice_id>/talk.pptx", endpoint="pptx", guard=roles(*PEOPLE))
def slides_file(physician_id: int | None = None, practice_id: int | None = None) -> Response:
    party = party_named(physician_id, practice_id)
    made = as_pptx(_title(party), _slides(party, _place()))
    name = file_name(_title(party))
    headers = {"Content-Disposition": f'attachment; filename="{name}.pptx"', "Cache-Control": "no-store"}
    return Response(made, content_type=PPTX, headers=headers)


@bp.get("/relationships/physicians/<int:physician_id>/talk.pdf", endpoint="pdf")
@bp.get("/relationships/practices/<int:practice_id>/talk.pdf", endpoint="pdf", guard=roles(*PEOPLE))
def slides_pdf(physician_id: int | None = None, practice_id: int | None = None) -> Response:
    return _pdf(party_named(physician_id, practice_id), as_talk_pdf, "")


@bp.get("/relationships/physicians/<int:physician_id>/leave-behind.pdf", endpoint="sheet")
@bp.get("/relationships/practices/<int:practice_id>/leave-behind.pdf", endpoint="sheet", guard=roles(*PEOPLE))
def sheet_pdf(physician_id: int | None = None, practice_id: int | None = None) -> Response:
    return _pdf(party_named(physician_id, practice_id), as_sheet_pdf, " sheet")


def _pdf(party: Party, make: Callable[[str, Sequence[Slide]], bytes], more: str) -> Response:
    refuse_without_pdf()
    return pdf_response(make(_title(party), _slides(party, _place())), file_name(_title(party) + more))


def _place() -> Location:
    """The location that is spoken for: the one asked for, else the reader's first."""
    places = locations(within=current_locations())
    code = request.args.get("location", "")
    return next((each for each in places if code in ("", each.code)), None) or abort(404)


def _slides(party: Party, place: Location) -> list[Slide]:
    return slides_of(TALK.filled(facts(party, place)))


def _title(party: Party) -> str:
    return f"For {party.name}"
