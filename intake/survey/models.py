"""The question, its answer as given, what the answer names, whom it links, and the ledger that counts it."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    false,
    literal_column,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from intake.db import Base, Numbered


class Channel(StrEnum):
    DESK = "desk"
    KIOSK = "kiosk"
    CALL = "call"
    LINK = "link"
    TEXT = "text"


class Outcome(StrEnum):
    ANSWERED = "answered"
    DONT_REMEMBER = "dont_remember"
    DECLINED = "declined"
    # Staff took a mistaken entry back: the visit counts as not asked again.
    WITHDRAWN = "withdrawn"


class MentionRole(StrEnum):
    REFERRED_BY = "referred_by"
    FIRST_HEARD = "first_heard"
    DECIDED_BECAUSE = "decided_because"


class MatchState(StrEnum):
    EXACT = "exact"
    SUGGESTED = "suggested"
    CONFIRMED = "confirmed"
    UNMATCHED = "unmatched"


class Evidence(StrEnum):
    """How a link is known, strongest first. Never blended: a conflict is shown."""

    DOCUMENTED = "documented"
    STAFF_CONFIRMED = "staff_confirmed"
    PATIENT_STATED = "patient_stated"
    INFERRED = "inferred"


class View(StrEnum):
    PRIMARY = "primary"
    ANY = "any"
    FRACTIONAL = "fractional"


def _index_where(condition: str, name: str, *columns: str) -> Index:
    """An index of the rows that meet the condition."""
    return Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))


def _one_of(column: str, words: type[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Ask(Numbered):
    """The moment the question was put: where, in which language, with which options in which order, by whom."""

    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    caller_id: Mapped[int | None] = mapped_column(ForeignKey("caller.id"), index=True)
    channel: Mapped[str] = mapped_column(String(8))
    language: Mapped[str] = mapped_column(String(10))
    # Source codes in the order shown; empty when they were read from a form that keeps one order.
    options: Mapped[list[str]] = mapped_column(JSON)
    asked_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    device_id: Mapped[int | None] = mapped_column(ForeignKey("kiosk_device.id"))

    __table_args__ = (
        _one_of("channel", Channel),
        CheckConstraint("(visit_id IS NULL) <> (caller_id IS NULL)", name="one_subject"),
    )


class Answer(Numbered):
    """An answer. Append-only: a correction is a new row whose `turn` is the next one.

    `turn` counts the answers that were current for a visit (or caller), from 1; the highest is the current answer.
    NULL marks one that arrived when another door had already answered: kept as history, never counted.
    """

    submission_id: Mapped[str] = mapped_column(String(36), unique=True)
    ask_id: Mapped[int] = mapped_column(ForeignKey("ask.id"), index=True)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"))
    caller_id: Mapped[int | None] = mapped_column(ForeignKey("caller.id"))
    turn: Mapped[int | None] = mapped_column(Integer)
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("answer.id"))
    outcome: Mapped[str] = mapped_column(String(14))
    verbatim: Mapped[str] = mapped_column(Text, default="")
    # When it was said, by the device's clock if it was offline; when it reached the database.
    answered_at: Mapped[datetime] = mapped_column(index=True)
    recorded_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    device_id: Mapped[int | None] = mapped_column(ForeignKey("kiosk_device.id"))
    # How many of the ask's options stood on the first screen, without scrolling; NULL: nobody measured it.
    in_view: Mapped[int | None] = mapped_column(SmallInteger)

    ask: Mapped[Ask] = relationship()
    mentions: Mapped[list["Mention"]] = relationship(order_by="Mention.rank", viewonly=True)

    __table_args__ = (
        UniqueConstraint("visit_id", "turn"),
        UniqueConstraint("caller_id", "turn"),
        _one_of("outcome", Outcome),
        CheckConstraint("(visit_id IS NULL) <> (caller_id IS NULL)", name="one_subject"),
    )


class Mention(Numbered):
    """One source named in an answer. Rank 1 is the one that was named first or marked as the main one."""

    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id"))
    rank: Mapped[int] = mapped_column(SmallInteger)
    # NULL only while unmatched.
    source_id: Mapped[int | None] = mapped_column(ForeignKey("referral_source.id"), index=True)
    role: Mapped[str | None] = mapped_column(String(16))
    match_state: Mapped[str] = mapped_column(String(10))
    # Thousandths; NULL when a person chose.
    confidence: Mapped[int | None] = mapped_column(SmallInteger)
    # Their words about this source: "which doctor", "who can we thank", or the write-in.
    detail: Mapped[str] = mapped_column(Text, default="")
    # `detail` in the form that rules and groups compare; empty when there are no words. Derived, for its index.
    detail_normal: Mapped[str] = mapped_column(String(200), default="", server_default="", index=True)

    __table_args__ = (
        UniqueConstraint("answer_id", "rank"),
        # The review queue asks for these among millions of exact ones.
        _index_where("match_state = 'suggested'", "ix_mention_suggested", "id"),
        # And for those that have words, most of which are picked from a list and have none.
        _index_where("detail_normal <> ''", "ix_mention_words", "source_id"),
        _one_of("match_state", MatchState),
    )


def has_words() -> ColumnElement[bool]:
    """Condition for mentions with words. Written out, since no index is found for a parameter."""
    return Mention.detail_normal != literal_column("''")


class PhysicianReferral(Numbered):
    """A physician, or a practice of which none was named, sent this visit's patient, and how we know.

    Documented and stated ones stand side by side.
    """

    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    caller_id: Mapped[int | None] = mapped_column(ForeignKey("caller.id"))
    physician_id: Mapped[int | None] = mapped_column(ForeignKey("physician.id"), index=True)
    practice_id: Mapped[int | None] = mapped_column(ForeignKey("referring_practice.id"), index=True)
    evidence: Mapped[str] = mapped_column(String(16))
    mention_id: Mapped[int | None] = mapped_column(ForeignKey("mention.id"), index=True)
    recorded_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    # Set when a later correction or import replaced it; the row stays.
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        _one_of("evidence", Evidence),
        CheckConstraint("(physician_id IS NULL) <> (practice_id IS NULL)", name="one_referrer"),
        # What charts say now.
        _index_where(
            "evidence = 'documented' AND ended_at IS NULL",
            "ix_physician_referral_documented",
            "visit_id",
            "physician_id",
        ),
        # Few have one: what callers said is read without what visits say.
        _index_where("caller_id IS NOT NULL", "ix_physician_referral_caller", "caller_id"),
    )


class PatientReferral(Numbered):
    """A patient sent this visit's patient. `referring_patient_id` is NULL until staff match the name given."""

    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    caller_id: Mapped[int | None] = mapped_column(ForeignKey("caller.id"))
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"), index=True)
    referring_patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"), index=True)
    referrer_name: Mapped[str] = mapped_column(Text, default="")
    evidence: Mapped[str] = mapped_column(String(16))
    mention_id: Mapped[int | None] = mapped_column(ForeignKey("mention.id"), index=True)
    recorded_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("patient_id <> referring_patient_id", name="no_self_referral"),
        _one_of("evidence", Evidence),
        _index_where("caller_id IS NOT NULL", "ix_patient_referral_caller", "caller_id"),
    )


class MentionDecision(Numbered):
    """A decision of a person, or of a rule a person made, about what a mention means. The newest not undone holds.

    The mention itself stays as recorded. `source_id` NULL means: names no source (noise, a greeting).
    """

    mention_id: Mapped[int] = mapped_column(ForeignKey("mention.id"), index=True)
    source_id: Mapped[int | None] = mapped_column(ForeignKey("referral_source.id"))
    # Link rows made with it, ended again when it is undone.
    physician_referral_id: Mapped[int | None] = mapped_column(ForeignKey("physician_referral.id"))
    patient_referral_id: Mapped[int | None] = mapped_column(ForeignKey("patient_referral.id"))
    rule_id: Mapped[int | None] = mapped_column(ForeignKey("review_rule.id"), index=True)
    decided_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    undone_at: Mapped[datetime | None]


class DecidedAlso(Numbered):
    """A further source that the words of a decided mention name beside `source_id`, in order of id."""

    owner_id: Mapped[int] = mapped_column(ForeignKey("mention_decision.id"), index=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("referral_source.id"))


class ReviewRule(Numbered):
    """These words mean this source (and this physician or practice, if given), for answers so far and from now on."""

    source_id: Mapped[int | None] = mapped_column(ForeignKey("referral_source.id"))
    physician_id: Mapped[int | None] = mapped_column(ForeignKey("physician.id"))
    practice_id: Mapped[int | None] = mapped_column(ForeignKey("referring_practice.id"))
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    # Turned off, not deleted: turning it on again is one act, and the list shows what once held.
    off_at: Mapped[datetime | None]
    off_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    # Whether it also settles what is recorded after it was made; off where the words alone could mean somebody else.
    for_later: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())

    # The source was made together with the rule, for these words.
    made_source: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())

    also: Mapped[list["RuleAlso"]] = relationship(order_by="RuleAlso.id", cascade="all, delete-orphan")
    texts: Mapped[list["ReviewRuleText"]] = relationship(order_by="ReviewRuleText.id", cascade="all, delete-orphan")


class RuleAlso(Numbered):
    """A further source that the words of a rule name beside `source_id`, in order of id."""

    owner_id: Mapped[int] = mapped_column(ForeignKey("review_rule.id"), index=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("referral_source.id"))


class ReviewRuleText(Numbered):
    """One spelling that a rule covers, in the form that `normal_form` gives, beside one way it was written."""

    rule_id: Mapped[int] = mapped_column(ForeignKey("review_rule.id"), index=True)
    normal: Mapped[str] = mapped_column(String(200), index=True)
    text: Mapped[str] = mapped_column(String(200))


class ChartVerdict(StrEnum):
    """What counts where a patient's answer and the chart disagree; both stay as they are beneath."""

    ANSWER = "answer"
    CHART = "chart"
    BOTH = "both"


class ChartDecision(Numbered):
    """A person said what counts for a visit whose chart names a physician that the answer doesn't.

    Holds for this answer and this entry of the chart: when either is replaced, the question is open again.
    """

    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id"), index=True)
    # The chart's entry; NULL where the chart has only words, which `charted_words` then holds.
    physician_referral_id: Mapped[int | None] = mapped_column(ForeignKey("physician_referral.id"))
    charted_words: Mapped[str] = mapped_column(String(160), default="", server_default="")
    # Whether staff said with this decision which physician the chart's words mean; undoing it takes that back.
    picked: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    # The source under which the chart's physician counts.
    source_id: Mapped[int] = mapped_column(ForeignKey("referral_source.id"))
    verdict: Mapped[str] = mapped_column(String(8))
    decided_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    undone_at: Mapped[datetime | None]

    __table_args__ = (_one_of("verdict", ChartVerdict),)


class CreditEntry(Numbered):
    """Ledger: what one mention adds, in 27,720ths, under each of the three views. Appended, never updated.

    A correction appends the reverse of what it takes back, then the new; only sums over rows mean anything.
    """

    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    # Clinic day of the visit.
    day: Mapped[date] = mapped_column(Date)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    # As recorded; merges are applied when reading. NULL: words that nobody has matched to a source yet.
    source_id: Mapped[int | None] = mapped_column(ForeignKey("referral_source.id"))
    physician_id: Mapped[int | None] = mapped_column(ForeignKey("physician.id"))
    # A referring practice of which no physician was named.
    practice_id: Mapped[int | None] = mapped_column(ForeignKey("referring_practice.id"))
    referring_patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"))
    channel: Mapped[str] = mapped_column(String(8))
    # Who asked; NULL for a tablet the patient used alone or a personal link.
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    primary_units: Mapped[int] = mapped_column(Integer)
    any_units: Mapped[int] = mapped_column(Integer)
    fractional_units: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        Index("ix_credit_entry_day_source", "day", "source_id"),
        _index_where("physician_id IS NOT NULL", "ix_credit_entry_physician_id", "physician_id", "day"),
        _index_where("practice_id IS NOT NULL", "ix_credit_entry_practice_id", "practice_id", "day"),
        _index_where(
            "referring_patient_id IS NOT NULL", "ix_credit_entry_referring_patient_id", "referring_patient_id", "day"
        ),
        # Whom each visit's answers name, without reading the entries.
        _index_where("physician_id IS NOT NULL", "ix_credit_entry_named", "visit_id", "physician_id", "any_units"),
    )


class CoverageEntry(Numbered):
    """Ledger of how many were eligible, asked and what came back: each column +1, -1 or 0, appended like credit.

    `eligible` rows carry neither channel nor staff; the others carry those of the ask.
    """

    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    day: Mapped[date] = mapped_column(Date, index=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    channel: Mapped[str | None] = mapped_column(String(8))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    eligible: Mapped[int] = mapped_column(SmallInteger, default=0)
    asked: Mapped[int] = mapped_column(SmallInteger, default=0)
    answered: Mapped[int] = mapped_column(SmallInteger, default=0)
    dont_remember: Mapped[int] = mapped_column(SmallInteger, default=0)
    declined: Mapped[int] = mapped_column(SmallInteger, default=0)

    # At which visits a new patient counts, without reading the entries.
    __table_args__ = (
        _index_where("eligible <> 0", "ix_coverage_entry_eligible", "visit_id", "day", "location_id", "eligible"),
    )


class ReplyElsewhere(Base):
    """Where a new patient replied, when that was at another of their visits than the one they count at.

    Kept by the ledger with its rows, so that reports find the answer behind them.
    """

    counted_visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), primary_key=True, autoincrement=False)
    reply_visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), unique=True)
