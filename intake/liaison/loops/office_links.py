"""Links that show a referring office what became of its own referrals. Only a hash of the token is kept."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select, update

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.models import Staff
from intake.accounts.tokens import hash_token, new_link_token
from intake.attribution.filters.lists import Lists
from intake.config import current_settings
from intake.db import db
from intake.liaison.loops import queries
from intake.liaison.loops.models import OfficeLink
from intake.liaison.loops.owed import LOOK_BACK
from intake.liaison.loops.referrals import Referral, records_of, referrals
from intake.liaison.loops.stages import LABELS

VALID = timedelta(days=30)


@dataclass(frozen=True)
class OfficeRow:
    """One referral as its office sees it: by its own number or the patient's initials, and no more of the patient."""

    called: str
    received: date
    stage: str
    since: date


def issue_office_link(referral: Referral, *, location_ids: Collection[int], staff: Staff) -> str:
    """Make a link for the office of this referral and return its address, to be shown once. Earlier ones stop."""
    revoke_office_links(referral.physician_id)
    token, now = new_link_token(), clock.now()
    link = OfficeLink(
        token_hash=hash_token(token),
        physician_id=referral.physician_id,
        location_ids=sorted(location_ids),
        created_at=now,
        created_by_id=staff.id,
        expires_at=now + VALID,
    )
    db.session.add(link)
    db.session.flush()
    audit_trail.record("office_link.issued", subject_kind="physician", subject_id=referral.physician_id, link=link.id)
    return f"{current_settings().public_url}/office/{token}"


def revoke_office_links(physician_id: int) -> None:
    """End every link of this physician's office. Flushes."""
    ended = update(OfficeLink).where(OfficeLink.physician_id == physician_id, OfficeLink.revoked_at.is_(None))
    for row in db.session.execute(ended.values(revoked_at=clock.now()).returning(OfficeLink.id)).all():
        audit_trail.record("office_link.revoked", subject_kind="physician", subject_id=physician_id, link=row.id)


def find_office_link(token: str) -> OfficeLink | None:
    """The link of this token while it may be opened: neither revoked nor expired."""
    query = select(OfficeLink).where(
        OfficeLink.token_hash == hash_token(token), OfficeLink.revoked_at.is_(None), OfficeLink.expires_at > clock.now()
    )
    return db.session.scalars(query).one_or_none()


def open_until(physician_id: int) -> date | None:
    """The day until which a link of this office may be opened; None where there is none."""
    query = select(OfficeLink.expires_at).where(
        OfficeLink.physician_id == physician_id, OfficeLink.revoked_at.is_(None), OfficeLink.expires_at > clock.now()
    )
    expires_at = db.session.scalar(query.limit(1))
    return expires_at.date() if expires_at else None


def office_rows(link: OfficeLink, *, today: date, lists: Lists) -> list[OfficeRow]:
    """The office's referrals of the last 180 days, the newest first."""
    kept = lists.physician_counts_as.get(link.physician_id, link.physician_id)
    found = referrals(
        since=today - LOOK_BACK,
        until=today,
        location_ids=link.location_ids,
        lists=lists,
        physician_ids=records_of(kept, lists),
    )
    names = queries.people(found)
    return [
        OfficeRow(each.reference or queries.initials(names[each.id]), each.received, LABELS[each.stage], each.since)
        for each in reversed(found)
    ]
