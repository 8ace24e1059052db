"""Tables of texting: outbox, inbound texts, consent, stops, plans, surveys."""

from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    Time,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from intake import clock
from intake.db import Base, Numbered


class TextState(StrEnum):
    """queued → claimed → sending → sent → delivered or failed; uncertain when nobody knows whether it left."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    # Not sent because it no longer should be: answered meanwhile, STOP, the day's window closed.
    CANCELLED = "cancelled"


class TextPurpose(StrEnum):
    SURVEY = "survey"
    REMINDER = "reminder"
    REPLY = "reply"
    STOP_CONFIRMATION = "stop_confirmation"
    HELP = "help"
    EMERGENCY = "emergency"
    TEST = "test"
    # What somebody at the practice wrote to whoever had texted.
    STAFF = "staff"


# What the key of our answer to a text begins with; its message SID follows.
REPLY_KEY = "reply:"
# Answers to what a person just wrote go out at any hour; they are part of a conversation that the person began.
ANSWERING = frozenset({TextPurpose.REPLY, TextPurpose.HELP, TextPurpose.STOP_CONFIRMATION, TextPurpose.EMERGENCY})
# Also to a phone that has said stop: the confirmation of that, and whom to call in an emergency.
DESPITE_STOP = frozenset({TextPurpose.STOP_CONFIRMATION, TextPurpose.EMERGENCY})
_OPEN = text("state IN ('queued', 'claimed', 'sending', 'uncertain')")
# Say this in every question about open texts, beside what is asked: only with the very words of the partial index,
# and no parameter in their place, does either database know that the index will do.
# (Not a Boolean column either: the embedded database would be asked whether it "= 1", and scan the table.)
IS_OPEN = text("outbox_text.state IN ('queued', 'claimed', 'sending', 'uncertain')")
_UNARRIVED = text("purpose = 'staff' AND state IN ('failed', 'cancelled') AND seen_at IS NULL")
# A text of the staff that did not arrive, which nobody has seen yet.
STAFF_UNARRIVED = text(
    "outbox_text.purpose = 'staff' AND outbox_text.state IN ('failed', 'cancelled') AND outbox_text.seen_at IS NULL"
)


class OutboxText(Numbered):
    """One text to one phone, saved before it is sent. `once_key` makes a second one of the same kind impossible."""

    # 'survey:17', 'reminder:17', 'reply:SM…': at most one text for each.
    once_key: Mapped[str] = mapped_column(String(80), unique=True)
    purpose: Mapped[str] = mapped_column(String(20))
    phone_e164: Mapped[str] = mapped_column(String(16), index=True)
    body: Mapped[str] = mapped_column(Text)
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    state: Mapped[str] = mapped_column(String(10))
    queued_at: Mapped[datetime]
    # Not before this moment, and not after that one: what has not left by then is cancelled, never sent late.
    not_before: Mapped[datetime]
    not_after: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(60))
    claim_expires_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    error_code: Mapped[int | None] = mapped_column(Integer)
    # Why it failed or was cancelled: a static word such as 'stopped', 'landline', 'answered', 'window_closed'.
    reason: Mapped[str | None] = mapped_column(String(40))
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    # Of a text that staff wrote: who, and when somebody has seen that it did not arrive.
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    seen_at: Mapped[datetime | None]

    def end(self, state: TextState, reason: str) -> None:
        """Close it as failed or cancelled, with a static word as the reason."""
        self.state, self.reason, self.closed_at = state, reason, clock.now()
        self.claimed_by = self.claim_expires_at = None

    __table_args__ = (
        # Only what is open: look-ups stay flat however many old rows there are.
        Index("ix_outbox_text_open", "state", "not_before", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_outbox_text_sent_at", "sent_at"),
        Index("ix_outbox_text_queued_at", "queued_at"),
        Index("ix_outbox_text_unarrived", "id", sqlite_where=_UNARRIVED, postgresql_where=_UNARRIVED),
        CheckConstraint(
            "state IN ('queued', 'claimed', 'sending', 'sent', 'delivered', 'failed', 'uncertain', 'cancelled')",
            name="state",
        ),
    )


_UNWIPED_SENT = text("wiped_at IS NULL AND message_sid IS NOT NULL")


class SendAttempt(Base):
    """One call to the carrier, noted before it is made. Its id travels in the status callback's address."""

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    outbox_id: Mapped[int] = mapped_column(ForeignKey("outbox_text.id"), index=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    message_sid: Mapped[str | None] = mapped_column(String(34), unique=True)
    # The carrier's word for it, and how far along that is; a later callback never moves it back.
    status: Mapped[str | None] = mapped_column(String(20))
    status_rank: Mapped[int] = mapped_column(SmallInteger, default=0)
    error_code: Mapped[int | None] = mapped_column(Integer)
    segments: Mapped[int | None] = mapped_column(SmallInteger)
    # How its outcome became known: 'response', 'callback', 'listing' or 'person'.
    known_by: Mapped[str | None] = mapped_column(String(10))
    # When the carrier was told to forget the words.
    wiped_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_send_attempt_unwiped", "started_at", sqlite_where=_UNWIPED_SENT, postgresql_where=_UNWIPED_SENT),
    )


# What needs nobody. Every other outcome waits for a person: one that nobody thought of here is seen, not hidden.
NEEDS_NOBODY = (
    *("answer", "auto_reply", "correction", "courtesy", "help", "joined"),
    *("late", "reaction", "short_code", "start", "stop"),
)
# The most urgent outcome; it stands above all others.
EMERGENCY = "emergency"
# Written out, so that the index below can serve it.
FOR_A_PERSON = text(
    "inbound_text.seen_at IS NULL AND inbound_text.outcome NOT IN ("
    + ", ".join(f"'{each}'" for each in NEEDS_NOBODY)
    + ")"
)
UNSEEN_EMERGENCY = text(f"inbound_text.seen_at IS NULL AND inbound_text.outcome = '{EMERGENCY}'")
# Handed to somebody by name: theirs until it is done, whatever it was read as.
HANDED_ON = text("inbound_text.seen_at IS NULL AND inbound_text.handed_to_id IS NOT NULL")
_HANDED_ON = text(HANDED_ON.text.replace("inbound_text.", ""))
_UNWIPED = text("wiped_at IS NULL")
_PICTURES_THERE = text("media_count > 0 AND pictures_gone_at IS NULL")
_FOR_A_PERSON = text(FOR_A_PERSON.text.replace("inbound_text.", ""))
_UNSEEN_EMERGENCY = text(UNSEEN_EMERGENCY.text.replace("inbound_text.", ""))
# An emergency whose alert is still to be opened.
UNOPENED = text(f"outcome = '{EMERGENCY}' AND opened_at IS NULL")


class InboundText(Numbered):
    """A text that came in, kept as given. The carrier may deliver it many times; `message_sid` makes it one."""

    message_sid: Mapped[str] = mapped_column(String(34), unique=True)
    from_e164: Mapped[str] = mapped_column(String(20), index=True)
    # 'sms', or how else the person wrote ('whatsapp', 'rcs'): what we text doesn't reach them there.
    channel: Mapped[str] = mapped_column(String(10), default="sms", server_default="sms")
    to_number: Mapped[str] = mapped_column(String(20))
    body: Mapped[str] = mapped_column(Text)
    media_count: Mapped[int] = mapped_column(SmallInteger, default=0)
    received_at: Mapped[datetime]
    # 'webhook', 'spool' or 'poll': how it reached us.
    arrived_by: Mapped[str] = mapped_column(String(8))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    # Set once the conversation has dealt with it; NULL is the reading queue.
    handled_at: Mapped[datetime | None]
    # What it became: 'answer', 'stop', 'start', 'help', 'unreadable', 'unknown_sender', 'late' …
    outcome: Mapped[str | None] = mapped_column(String(20))
    # When a person looked at what the conversation could not deal with, and who (a staff id).
    seen_at: Mapped[datetime | None]
    seen_by_id: Mapped[int | None]
    # The colleague it was handed to, by whom and when (staff ids).
    handed_to_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    handed_by_id: Mapped[int | None]
    handed_at: Mapped[datetime | None]
    # When the carrier was told to forget the words, and the pictures.
    wiped_at: Mapped[datetime | None]
    pictures_gone_at: Mapped[datetime | None]
    # An emergency: when it was mailed, when somebody opened it, and when managers were told that nobody had.
    mailed_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    alerted_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_inbound_text_unopened", "id", sqlite_where=UNOPENED, postgresql_where=UNOPENED),
        Index("ix_inbound_text_for_a_person", "id", sqlite_where=_FOR_A_PERSON, postgresql_where=_FOR_A_PERSON),
        Index(
            "ix_inbound_text_emergency",
            "id",
            sqlite_where=_UNSEEN_EMERGENCY,
            postgresql_where=_UNSEEN_EMERGENCY,
        ),
        Index("ix_inbound_text_handed", "handed_to_id", sqlite_where=_HANDED_ON, postgresql_where=_HANDED_ON),
        Index("ix_inbound_text_unwiped", "received_at", sqlite_where=_UNWIPED, postgresql_where=_UNWIPED),
        Index("ix_inbound_text_pictures", "id", sqlite_where=_PICTURES_THERE, postgresql_where=_PICTURES_THERE),
        Index(
            "ix_inbound_text_unhandled",
            "id",
            sqlite_where=text("handled_at IS NULL"),
            postgresql_where=text("handled_at IS NULL"),
        ),
    )


class EmergencyMail(Numbered):
    """One mail that tells one address of an emergency, without its content. `due_at` is NULL once it is over."""

    inbound_id: Mapped[int] = mapped_column(ForeignKey("inbound_text.id"), index=True)
    address: Mapped[str] = mapped_column(String(254))
    queued_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    sent_at: Mapped[datetime | None]
    # The last failure, as a static word of `intake.web.ops.mailing`, or 'uncertain'.
    problem: Mapped[str | None] = mapped_column(String(20))

    __table_args__ = (
        Index(
            "ix_emergency_mail_due",
            "due_at",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
    )


class CarrierErasure(Base):
    """A message that was erased here and that the carrier has still to delete; the row goes when it has."""

    message_sid: Mapped[str] = mapped_column(String(34), primary_key=True)
    asked_at: Mapped[datetime]


class TextConsent(Numbered):
    """A patient agreed to be texted: when, how, and to which wording. No row, no text."""

    phone_e164: Mapped[str] = mapped_column(String(16), index=True)
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"), index=True)
    given_at: Mapped[datetime]
    # 'desk', 'kiosk', 'schedule', 'paper', 'start_word'.
    source: Mapped[str] = mapped_column(String(20))
    wording_version: Mapped[str] = mapped_column(String(40))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    withdrawn_at: Mapped[datetime | None]


class TextStop(Numbered):
    """An opt-out: nothing is sent to this phone; with a patient, nothing about them."""

    phone_e164: Mapped[str] = mapped_column(String(16))
    stopped_at: Mapped[datetime]
    # 'word' or 'carrier', which only START from the phone lifts; 'phrase' (inferred from a sentence), 'wrong_number',
    # 'died' or 'staff', which the desk can set right with the patient present.
    reason: Mapped[str] = mapped_column(String(20))
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"))
    inbound_id: Mapped[int | None] = mapped_column(ForeignKey("inbound_text.id"))
    resumed_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_text_stop_standing",
            "phone_e164",
            unique=True,
            sqlite_where=text("resumed_at IS NULL AND patient_id IS NULL"),
            postgresql_where=text("resumed_at IS NULL AND patient_id IS NULL"),
        ),
        Index(
            "uq_text_stop_of_patient",
            "patient_id",
            "phone_e164",
            unique=True,
            sqlite_where=text("resumed_at IS NULL AND patient_id IS NOT NULL"),
            postgresql_where=text("resumed_at IS NULL AND patient_id IS NOT NULL"),
        ),
    )


class LineState(Base):
    """Row 1: whether sending is paused and why, how far polling has come, when a worker last lived."""

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    # 'restored', 'staff' … or the name of an error in carrier_errors.toml; NULL when the line is open.
    paused_because: Mapped[str | None] = mapped_column(String(20))
    paused_at: Mapped[datetime | None]
    # Until then only answers leave, because the carrier takes no more from us today; it opens again by itself.
    held_because: Mapped[str | None] = mapped_column(String(20))
    held_until: Mapped[datetime | None]
    worker_seen_at: Mapped[datetime | None]
    worker_name: Mapped[str | None] = mapped_column(String(60))
    polled_until: Mapped[datetime | None]
    # Moment from which the next text may leave, so that several workers together keep the configured rate.
    next_send_at: Mapped[datetime | None]


class TextPlan(Base):
    """How one location texts. Absent: it doesn't."""

    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"), primary_key=True)
    enabled: Mapped[bool] = mapped_column(Boolean, default=False)
    # Minutes after arrival; negative: before the scheduled start.
    minutes_after: Mapped[int] = mapped_column(Integer, default=60)
    daily_cap: Mapped[int] = mapped_column(Integer, default=200)
    # NULL: no reminder.
    reminder_hours: Mapped[int | None] = mapped_column(Integer)
    includes_link: Mapped[bool] = mapped_column(Boolean, default=False)
    # On the recipient's clock; NULL: as in the settings.
    opens: Mapped[time | None] = mapped_column(Time)
    closes: Mapped[time | None] = mapped_column(Time)


class TextWording(Numbered):
    """The survey text of a location in one language; each change is a new version and the old ones stay."""

    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    language: Mapped[str] = mapped_column(String(10))
    version: Mapped[int] = mapped_column(Integer)
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class TextSurvey(Numbered):
    """One texted survey of a visit, and the step of its conversation."""

    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), unique=True)
    ask_id: Mapped[int] = mapped_column(ForeignKey("ask.id"))
    phone_e164: Mapped[str] = mapped_column(String(16), index=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    language: Mapped[str] = mapped_column(String(10))
    # The day the visit was on when it was asked about: moved meanwhile, a text that still waits doesn't leave.
    visit_date: Mapped[date | None] = mapped_column(Date)
    # 'asked', 'which_physician', 'confirm_physician', 'which_person', 'closed'.
    step: Mapped[str] = mapped_column(String(20))
    # What the present step waits for, as JSON: a suggested physician, sources chosen so far.
    pending: Mapped[str] = mapped_column(Text, default="{}")
    misread: Mapped[int] = mapped_column(SmallInteger, default=0)
    opened_at: Mapped[datetime]
    last_inbound_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    # 'answered', 'answered_elsewhere', 'stopped', 'unreadable', 'expired'.
    closed_because: Mapped[str | None] = mapped_column(String(20))

    def close(self, because: str) -> None:
        """End the conversation, for one of the reasons above."""
        self.step, self.closed_at, self.closed_because = "closed", clock.now(), because

    __table_args__ = (
        # A parent's two children are asked one after the other, so that no reply can land on the wrong one.
        Index(
            "uq_text_survey_open",
            "phone_e164",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )
