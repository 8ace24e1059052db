"""Whom a name or a telephone number means, among those whom the practice knows."""

import re
from collections.abc import Sequence

from sqlalchemy import select

from intake.db import db
from intake.directory.models import Physician, ReferringPractice
from intake.directory.name_keys import normal
from intake.directory.physician_search.referral_counts import REFERRALS
from intake.id_filters import among
from intake.liaison.people.models import OfficeContact, Relationship

# Fewer digits are no telephone number; of more the last ten tell numbers apart.
LEAST_DIGITS, LINE_DIGITS = 7, 10
MOST = 12

Found = tuple[Sequence[int], Sequence[int], Sequence[OfficeContact]]


def contacts_like(text: str) -> list[OfficeContact]:
    """Contacts still there whose name holds these words."""
    words = normal(text).split()
    rows = db.session.execute(select(OfficeContact.id, OfficeContact.name).where(OfficeContact.gone_at.is_(None)))
    ids = [row.id for row in rows if words and all(word in normal(row.name) for word in words)]
    return _contacts(ids)


def of_telephone(text: str) -> Found | None:
    """Physicians, practices and contacts with this number, whole or its end; None for what is no number."""
    digits = _digits(text)[-LINE_DIGITS:]
    if len(digits) < LEAST_DIGITS or re.search(r"[^\W\d_]", text):
        return None
    # The registry holds the country: those looked after and those who have referred are known here.
    looked_after = select(Relationship.physician_id).where(Relationship.physician_id.is_not(None))
    known = Physician.id.in_(looked_after) | Physician.id.in_(REFERRALS.filled.physician_ids())
    physicians = select(Physician.id, Physician.phone).where(Physician.phone != "", known)
    practices = select(ReferringPractice.id, ReferringPractice.phone_e164)
    contacts = select(OfficeContact.id, OfficeContact.phone_e164).where(OfficeContact.gone_at.is_(None))
    by_kind = [
        [row[0] for row in db.session.execute(query) if _digits(row[1] or "").endswith(digits)][:MOST]
        for query in (physicians, practices, contacts)
    ]
    return by_kind[0], by_kind[1], _contacts(by_kind[2])


def _contacts(ids: Sequence[int]) -> list[OfficeContact]:
    found = select(OfficeContact).where(among(OfficeContact.id, sorted(ids)))
    return list(db.session.scalars(found.order_by(OfficeContact.name, OfficeContact.id).limit(MOST)))


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
