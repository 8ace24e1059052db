"""Referral sources: the list a practice starts with, active dates, merges, how labels are compared."""

import unicodedata
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, or_, select

from intake import clock
from intake.db import db
from intake.directory.merge_mapping import merge_mapping
from intake.directory.models import ReferralSource, SourceKind, SourceMerge


@dataclass(frozen=True)
class DefaultSource:
    code: str
    kind: SourceKind
    icon: str
    asks_which: bool = False
    parent: str | None = None


OTHER_CODE, HOSPITAL_CODE = "other", "hospital_er"
DEFAULT_SOURCES = (
    DefaultSource("doctor", SourceKind.PHYSICIAN, "heart-pulse", asks_which=True),
    DefaultSource("friend_family", SourceKind.PATIENT, "people", asks_which=True),
    DefaultSource("returning", SourceKind.NON_PERSON, "arrow-repeat"),
    DefaultSource("insurance", SourceKind.NON_PERSON, "shield-check"),
    DefaultSource("online_search", SourceKind.NON_PERSON, "search"),
    DefaultSource("website", SourceKind.NON_PERSON, "globe2"),
    DefaultSource("online_reviews", SourceKind.NON_PERSON, "star"),
    DefaultSource("social_media", SourceKind.NON_PERSON, "chat-heart"),
    DefaultSource("facebook", SourceKind.NON_PERSON, "facebook", parent="social_media"),
    DefaultSource("instagram", SourceKind.NON_PERSON, "instagram", parent="social_media"),
    DefaultSource("tiktok", SourceKind.NON_PERSON, "tiktok", parent="social_media"),
    DefaultSource("youtube", SourceKind.NON_PERSON, "youtube", parent="social_media"),
    DefaultSource("nextdoor", SourceKind.NON_PERSON, "houses", parent="social_media"),
    DefaultSource("advertising", SourceKind.NON_PERSON, "megaphone"),
    DefaultSource("tv", SourceKind.NON_PERSON, "tv", parent="advertising"),
    DefaultSource("radio", SourceKind.NON_PERSON, "broadcast", parent="advertising"),
    DefaultSource("print", SourceKind.NON_PERSON, "newspaper", parent="advertising"),
    DefaultSource("mail", SourceKind.NON_PERSON, "envelope", parent="advertising"),
    DefaultSource("billboard", SourceKind.NON_PERSON, "signpost-2", parent="advertising"),
    DefaultSource("event", SourceKind.NON_PERSON, "calendar-event"),
    DefaultSource("drove_by", SourceKind.NON_PERSON, "car-front"),
    DefaultSource(HOSPITAL_CODE, SourceKind.NON_PERSON, "hospital"),
    DefaultSource("employer_school", SourceKind.NON_PERSON, "building"),
    DefaultSource(OTHER_CODE, SourceKind.NON_PERSON, "chat-left-text", asks_which=True),
)


def add_default_sources() -> None:
    """Give a new practice the list it starts with; codes already there are left alone. Flushes."""
    known = {source.code: source for source in db.session.scalars(select(ReferralSource))}
    for position, default in enumerate(DEFAULT_SOURCES):
        if default.code in known:
            continue
        source = ReferralSource(
            code=default.code,
            kind=default.kind,
            icon=default.icon,
            position=position * 10,
            asks_which=default.asks_which,
            parent_id=known[default.parent].id if default.parent else None,
            created_at=clock.now(),
        )
        db.session.add(source)
        db.session.flush()
        known[default.code] = source


def is_active_on(day: date) -> ColumnElement[bool]:
    """SQL condition: offered on `day`, both ends included."""
    return or_(ReferralSource.active_from.is_(None), ReferralSource.active_from <= day) & or_(
        ReferralSource.active_until.is_(None), ReferralSource.active_until >= day
    )


def source_mapping() -> dict[int, int]:
    """Id of each merged source → id of the one it counts as, chains followed to their end."""
    return merge_mapping(SourceMerge.source_id)


def normal_form(text: str) -> str:
    """Return a label as it is compared: casefolded, unaccented, letters and digits with single spaces."""
    plain = "".join(
        character
        for character in unicodedata.normalize("NFKD", text.casefold())
        if not unicodedata.combining(character)
    )
    return " ".join("".join(character if character.isalnum() else " " for character in plain).split())
