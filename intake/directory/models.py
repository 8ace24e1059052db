"""Tables of the practice, its locations and sources, the clinicians who refer, patients and their visits."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from intake.db import Base, BigId, Numbered


class SourceKind(StrEnum):
    PHYSICIAN = "physician"
    PATIENT = "patient"
    NON_PERSON = "non_person"


class VisitType(StrEnum):
    NEW = "new"
    ESTABLISHED = "established"


class VisitStatus(StrEnum):
    SCHEDULED = "scheduled"
    ARRIVED = "arrived"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


DID_NOT_COME = (VisitStatus.CANCELLED, VisitStatus.NO_SHOW)


class Practice(Base):
    """The one organisation that this deployment belongs to; row 1, made by the set-up page."""

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    phone_e164: Mapped[str | None] = mapped_column(String(16))
    time_zone: Mapped[str] = mapped_column(String(64))
    # Language codes that patients may choose, the first one being the default.
    languages: Mapped[list[str]] = mapped_column(JSON)
    # After how many years without a visit somebody is a new patient again; NULL: never.
    new_again_after_years: Mapped[int | None] = mapped_column(SmallInteger)
    # The first day of a week in reports, as `date.isoweekday` counts: 1 is Monday, 7 is Sunday.
    week_starts_on: Mapped[int] = mapped_column(SmallInteger, default=7, server_default="7")
    # What may be spent on sources in a month; NULL: nobody has said.
    monthly_budget_cents: Mapped[int | None]
    set_up_at: Mapped[datetime]
    # What texts call it, where the whole name leaves no room for the answers.
    text_name: Mapped[str | None] = mapped_column(String(60))
    # Whether patients who sent others may be given a token of thanks.
    patient_tokens: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())


class PracticeText(Numbered):
    """A text that the practice wrote itself; the newest of its kind holds, an empty one is the return to ours."""

    kind: Mapped[str] = mapped_column(String(30), index=True)
    body: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class PracticeLook(Base):
    """The practice's own colour and logo on patients' pages."""

    practice_id: Mapped[int] = mapped_column(ForeignKey("practice.id"), primary_key=True, autoincrement=False)
    # '#0b5154'; empty for the product's own.
    accent: Mapped[str] = mapped_column(String(7), default="", server_default="")
    logo: Mapped[bytes | None] = mapped_column(LargeBinary)
    logo_type: Mapped[str] = mapped_column(String(20), default="", server_default="")
    changed_at: Mapped[datetime]


class Location(Numbered):
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    time_zone: Mapped[str] = mapped_column(String(64))
    city: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[str] = mapped_column(String(2), default="")
    phone_e164: Mapped[str | None] = mapped_column(String(16))
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    # Percent of the eligible who should answer; new patients a month whom physicians should send. NULL: no goal.
    coverage_goal: Mapped[int | None] = mapped_column(SmallInteger)
    referrals_goal: Mapped[int | None] = mapped_column(Integer)


class ReferralSource(Numbered):
    """An entry of the practice's own list; nested one level. Never deleted once used."""

    code: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(12))
    # Label in the practice's default language as staff wrote it; NULL means the built-in wording of `code`.
    label: Mapped[str | None] = mapped_column(String(80))
    hint: Mapped[str | None] = mapped_column(String(120))
    icon: Mapped[str] = mapped_column(String(40), default="signpost")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("referral_source.id"), index=True)
    position: Mapped[int] = mapped_column(Integer, default=0)
    asks_which: Mapped[bool] = mapped_column(Boolean, default=False)
    active_from: Mapped[date | None] = mapped_column(Date)
    active_until: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("kind IN ('physician', 'patient', 'non_person')", name="kind"),)


class SourceTranslation(Base):
    source_id: Mapped[int] = mapped_column(ForeignKey("referral_source.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(10), primary_key=True)
    label: Mapped[str] = mapped_column(String(80))
    hint: Mapped[str | None] = mapped_column(String(120))


class SourceAlias(Numbered):
    """Other words for a source; matched after `normal` (casefolded, unaccented, single spaces)."""

    source_id: Mapped[int] = mapped_column(ForeignKey("referral_source.id"), index=True)
    text: Mapped[str] = mapped_column(String(80))
    normal: Mapped[str] = mapped_column(String(80), unique=True)


class MergeColumns:
    """A merge is applied when reading and undone by setting `undone_at`: no row that names the record changes."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    merged_at: Mapped[datetime]
    merged_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    undone_at: Mapped[datetime | None]


class SourceMerge(MergeColumns, Base):
    """A source that counts as another; answers keep the source as recorded."""

    source_id: Mapped[int] = mapped_column(ForeignKey("referral_source.id"), index=True)
    into_id: Mapped[int] = mapped_column(ForeignKey("referral_source.id"))


class SourceBefore(Numbered):
    """An earlier version of a source, so that old reports can be read as recorded."""

    source_id: Mapped[int] = mapped_column(ForeignKey("referral_source.id"), index=True)
    until: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(12))
    label: Mapped[str | None] = mapped_column(String(80))
    hint: Mapped[str | None] = mapped_column(String(120))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("referral_source.id"), index=True)


class ReferringPractice(Numbered):
    """The group that physicians work in."""

    name: Mapped[str] = mapped_column(String(160))
    phone_e164: Mapped[str | None] = mapped_column(String(16))
    city: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[str] = mapped_column(String(2), default="")
    created_at: Mapped[datetime]


class PracticeNickname(Numbered):
    """What patients call a referring practice besides its name: "St. Joe's"."""

    practice_id: Mapped[int] = mapped_column(ForeignKey("referring_practice.id"), index=True)
    text: Mapped[str] = mapped_column(String(80))


class Provider(Numbered):
    """A name under which somebody sees patients here, as a schedule or a person wrote it."""

    name: Mapped[str] = mapped_column(String(120), unique=True)
    # Off for what schedules list beside people (a room, a machine) and for whoever has left.
    ours: Mapped[bool] = mapped_column(Boolean, default=True)
    added_at: Mapped[datetime]


class Physician(Numbered):
    """A clinician who can refer. Rows from the registry carry an NPI; one added by hand may lack it."""

    npi: Mapped[str | None] = mapped_column(String(10), unique=True)
    # Names as given in the registry; a deactivation increment never blanks them. Empty, not NULL, when unknown.
    first_name: Mapped[str] = mapped_column(String(60), default="")
    middle_name: Mapped[str] = mapped_column(String(60), default="")
    last_name: Mapped[str] = mapped_column(String(80), default="")
    suffix: Mapped[str] = mapped_column(String(20), default="")
    credential: Mapped[str] = mapped_column(String(40), default="")
    former_first_name: Mapped[str] = mapped_column(String(60), default="")
    former_last_name: Mapped[str] = mapped_column(String(80), default="")
    # NUCC code of the primary taxonomy; the plain words for it come from npi/specialties.
    taxonomy_code: Mapped[str] = mapped_column(String(10), default="")
    street: Mapped[str] = mapped_column(String(120), default="")
    city: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[str] = mapped_column(String(40), default="")
    postal_code: Mapped[str] = mapped_column(String(20), default="")
    phone: Mapped[str] = mapped_column(String(24), default="")
    deactivated_on: Mapped[date | None] = mapped_column(Date)
    reactivated_on: Mapped[date | None] = mapped_column(Date)
    registry_updated_on: Mapped[date | None] = mapped_column(Date)
    # Of the registry's row as last taken over; what staff change here doesn't alter it.
    registry_fingerprint: Mapped[int | None]
    replacement_npi: Mapped[str] = mapped_column(String(10), default="")
    # Whether searches offer this clinician: not deactivated by the registry and not set aside by staff.
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    set_aside_at: Mapped[datetime | None]
    added_by_hand: Mapped[bool] = mapped_column(Boolean, default=False)
    referring_practice_id: Mapped[int | None] = mapped_column(ForeignKey("referring_practice.id"), index=True)
    created_at: Mapped[datetime]

    referring_practice: Mapped[ReferringPractice | None] = relationship()


class PhysicianMerge(MergeColumns, Base):
    """Two records of one clinician."""

    physician_id: Mapped[int] = mapped_column(ForeignKey("physician.id"), index=True)
    into_id: Mapped[int] = mapped_column(ForeignKey("physician.id"))


class ReferringPracticeMerge(MergeColumns, Base):
    """Two entries for one referring practice."""

    practice_id: Mapped[int] = mapped_column(ForeignKey("referring_practice.id"), index=True)
    into_id: Mapped[int] = mapped_column(ForeignKey("referring_practice.id"))


class PatientMerge(MergeColumns, Base):
    """Two charts of one person. Visits stay with their chart."""

    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    into_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))


class KnownApart(Numbered):
    """Two records that somebody said aren't one; they aren't proposed again."""

    # What the two ids are of: physicians, practices, patients or sources.
    kind: Mapped[str] = mapped_column(String(12))
    lower_id: Mapped[int] = mapped_column(BigInteger)
    higher_id: Mapped[int] = mapped_column(BigInteger)
    decided_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    undone_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_known_apart_kind", "kind"),)


class Taxonomy(Base):
    """Specialty names from the NUCC file, loaded by the practice itself; our own words take precedence."""

    code: Mapped[str] = mapped_column(String(10), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))


class Patient(Numbered):
    mrn: Mapped[str] = mapped_column(String(40), unique=True)
    first_name: Mapped[str] = mapped_column(String(80))
    last_name: Mapped[str] = mapped_column(String(80))
    birth_date: Mapped[date | None] = mapped_column(Date)
    mobile_e164: Mapped[str | None] = mapped_column(String(16), index=True)
    language: Mapped[str | None] = mapped_column(String(10))
    created_at: Mapped[datetime]
    # Names and numbers are gone since then; the row stands for the person in what was counted.
    erased_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_patient_name", "last_name", "first_name"),)


class Visit(Numbered):
    """One appointment. Which of a person's visits is that of a new patient: see patients/new_patients."""

    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    # The practice system's own number; NULL for a visit added by hand.
    appointment_id: Mapped[str | None] = mapped_column(String(60))
    scheduled_at: Mapped[datetime]
    # Calendar day of `scheduled_at` in the location's zone, so that day totals don't move with the clock.
    visit_date: Mapped[date] = mapped_column(Date)
    arrived_at: Mapped[datetime | None]
    visit_type: Mapped[str] = mapped_column(String(12))
    status: Mapped[str] = mapped_column(String(12))
    provider: Mapped[str] = mapped_column(String(120), default="")
    language: Mapped[str | None] = mapped_column(String(10))
    # The referring physician whom the practice's own system names, in its words; the id is NULL while nobody fits.
    documented_physician_id: Mapped[int | None] = mapped_column(ForeignKey("physician.id"))
    documented_name: Mapped[str] = mapped_column(String(160), default="")
    created_at: Mapped[datetime]

    patient: Mapped[Patient] = relationship()
    location: Mapped[Location] = relationship()

    __table_args__ = (
        UniqueConstraint("location_id", "appointment_id"),
        Index("ix_visit_day", "location_id", "visit_date", "status"),
        # Names that charts give are looked through when a person is erased.
        Index(
            "ix_visit_documented_name",
            "documented_name",
            sqlite_where=text("documented_name <> ''"),
            postgresql_where=text("documented_name <> ''"),
        ),
        # In the order in which visits are listed.
        Index("ix_visit_newest", "visit_date", "scheduled_at", "id"),
        # The first visit of a patient.
        Index("ix_visit_patient_day", "patient_id", "visit_date", "status"),
        CheckConstraint("visit_type IN ('new', 'established')", name="visit_type"),
        CheckConstraint("status IN ('scheduled', 'arrived', 'completed', 'cancelled', 'no_show')", name="status"),
    )


ELIGIBLE_STATUSES = frozenset({VisitStatus.ARRIVED, VisitStatus.COMPLETED})


class Caller(Numbered):
    """Someone who phoned before having a chart; matched to a visit once there is one."""

    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"), index=True)
    first_name: Mapped[str] = mapped_column(String(80))
    last_name: Mapped[str] = mapped_column(String(80))
    phone_e164: Mapped[str | None] = mapped_column(String(16))
    called_at: Mapped[datetime]
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    matched_at: Mapped[datetime | None]
    matched_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
