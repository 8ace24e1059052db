"""What a physician of ours takes to a talk with a referring office: seen, then taken away as slides or a sheet."""

from flask import Response, abort, render_template, request

from intake.accounts.current import current_locations
from intake.attribution.filters.queries import locations
from intake.attribution.tables.pdf_writer import why_off
from intake.directory.models import Location
from intake.directory.practice.look import look
from intake.liaison.letters.sheets import pdf_response, refuse_without_pdf
from intake.liaison.letters.words import STILL_TO_WRITE, TALK
from intake.liaison.meeting.facts import facts, location_of, why_silent_of_results
from intake.liaison.meeting.slides import Slide, as_pptx, as_sections_pdf, slides_of, written
from intake.liaison.page.edges import of_party
from intake.liaison.page.parties import Party
from intake.web.http.route_guards import Pages
from intake.web.ui.downloads import file_name

bp = Pages("meeting", __name__)
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


@of_party(bp, "talk", "meeting")
def meeting_page(party: Party) -> str:
    place = _place(party)
    return render_template(
        "liaison/meeting/meeting.html",
        party=party,
        place=place,
        places=locations(within=current_locations()),
        slides=_slides(party, place),
        silent=why_silent_of_results(party),
        unwritten=[line for line in TALK.body.splitlines() if line.startswith(STILL_TO_WRITE)],
        pdf_off=why_off(),
    )


@of_party(bp, "talk.pptx", "pptx")
def slides_file(party: Party) -> Response:
    made = as_pptx(_title(party), _slides(party, _place(party)), look())
    headers = {"Content-Disposition": f'attachment; filename="{file_name(_title(party))}.pptx"'}
    return Response(made, content_type=PPTX, headers={**headers, "Cache-Control": "no-store"})


@of_party(bp, "talk.pdf", "pdf")
def slides_pdf(party: Party) -> Response:
    return _pdf(party, "css/talk.css", "")


@of_party(bp, "leave-behind.pdf", "sheet")
def sheet_pdf(party: Party) -> Response:
    return _pdf(party, "css/leave-behind.css", " sheet")


def _pdf(party: Party, style: str, more: str) -> Response:
    refuse_without_pdf()
    made = as_sections_pdf(_title(party), _slides(party, _place(party)), style, look())
    return pdf_response(made, file_name(_title(party) + more))


def _place(party: Party) -> Location:
    """The location that is spoken for: the one asked for, else the office's own, else the reader's first."""
    places = locations(within=current_locations())
    if code := request.args.get("location", ""):
        return next((each for each in places if each.code == code), None) or abort(404)
    theirs = location_of(party)
    return next((each for each in places if each.id == theirs), places[0] if places else None) or abort(404)


def _slides(party: Party, place: Location) -> list[Slide]:
    """The slides without what the practice has still to write."""
    return written(slides_of(TALK.filled(facts(party, place))))


def _title(party: Party) -> str:
    return f"For {party.name}"
