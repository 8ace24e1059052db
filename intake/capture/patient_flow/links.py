"""Personal links to the question. Only a hash of the token is kept."""

from datetime import timedelta

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import joinedload

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.models import Staff
from intake.accounts.tokens import hash_token, new_link_token
from intake.capture.models import Handover, SurveyLink
from intake.capture.patient_flow.handover import AlreadyAnswered, save_visit_ask
from intake.config import current_settings
from intake.db import db
from intake.directory.models import Visit
from intake.survey.answers.counted_reply import answered_visits
from intake.survey.models import Channel

# Who points a phone at the tablet goes on at once.
GOING_ON = timedelta(minutes=30)
# What a messenger or a sentence may have put behind an address.
AFTER_ADDRESS = ".,;:!?)]}>'\"”’»"


def issue_link(visit: Visit, staff: Staff | None, *, going_on: Handover | None = None) -> str:
    """Make a link and return its token, to be shown once. Earlier unused links of the visit stop working.

    `going_on`: with the question as the tablet has put it, from the page that is due there: one ask, one answer. Else
    keeps an ask with its options in the order drawn. Flushes; the caller commits. Raises AlreadyAnswered.
    """
    begun = going_on is not None and bool(going_on.steps_done)
    if not begun and answered_visits([visit.id]):
        raise AlreadyAnswered
    now = clock.now()
    db.session.execute(
        update(SurveyLink)
        .where(SurveyLink.visit_id == visit.id, SurveyLink.used_at.is_(None), SurveyLink.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    ask = going_on.ask if going_on else save_visit_ask(visit, Channel.LINK, staff=staff, device=None)
    token = new_link_token()
    link = SurveyLink(
        token_hash=hash_token(token),
        visit_id=visit.id,
        ask_id=ask.id,
        created_at=now,
        created_by_id=staff.id if staff else None,
        expires_at=now + (GOING_ON if going_on else timedelta(days=current_settings().link_days)),
        steps_done=list(going_on.steps_done) if going_on else [],
    )
    db.session.add(link)
    db.session.flush()
    audit_trail.record("link.issued", **audit_trail.about(visit), link=link.id)
    return token


def revoke_links(visit: Visit) -> int:
    """Revoke the visit's unused links; returns how many. Flushes."""
    revoked = db.session.execute(
        update(SurveyLink)
        .where(SurveyLink.visit_id == visit.id, SurveyLink.used_at.is_(None), SurveyLink.revoked_at.is_(None))
        .values(revoked_at=clock.now())
        .returning(SurveyLink.id)
    ).all()
    for row in revoked:
        audit_trail.record("link.revoked", **audit_trail.about(visit), link=row.id)
    return len(revoked)


def link_url(token: str) -> str:
    """Return the link's address, built on the configured public address, never on the Host header."""
    return f"{current_settings().public_url}/a/{token}"


_LINK = (
    select(SurveyLink)
    .where(
        SurveyLink.token_hash == bindparam("token_hash"),
        SurveyLink.revoked_at.is_(None),
        SurveyLink.expires_at > bindparam("now"),
    )
    .options(joinedload(SurveyLink.ask, innerjoin=True), joinedload(SurveyLink.visit, innerjoin=True))
)
_LOCKED_LINK = _LINK.with_for_update(of=SurveyLink)


def find_link(token: str, *, lock: bool = False) -> SurveyLink | None:
    """The link of this token while it may be opened: not revoked, not expired. Used ones are found too.

    `lock` makes a second tap wait for the first.
    """
    found = {"token_hash": hash_token(token.rstrip(AFTER_ADDRESS)), "now": clock.now()}
    return db.session.scalars(_LOCKED_LINK if lock else _LINK, found).one_or_none()
