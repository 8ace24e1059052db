"""A physician's card: who they are, where they are reached, which records are theirs."""

from typing import Any

from flask_login import current_user

from intake.accounts.current import current_locations
from intake.directory.models import Physician
from intake.directory.npi.specialties import specialty_name
from intake.directory.physician_search.referral_counts import REFERRALS
from intake.directory.physicians import queries

EDITORS = frozenset({"manager", "administrator"})


def may_edit() -> bool:
    """Whether buttons that change records would work for this reader."""
    return bool({role.name for role in getattr(current_user, "roles", ())} & EDITORS)


def card_of(found: Physician) -> dict[str, Any]:
    """What the template of the card takes."""
    counts = REFERRALS.filled.new_patients([found.id], within=current_locations())
    return {
        "physician": found,
        "specialty": specialty_name(found.taxonomy_code),
        "referrals": counts.get(found.id, (0, None)),
        "merges": queries.active_merges_of(found.id),
        "duplicates": queries.duplicates_of(found) if found.active else [],
        "may_edit": may_edit(),
    }
