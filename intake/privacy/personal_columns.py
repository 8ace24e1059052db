"""The one list of columns that can hold personal data of patients, and of those that look as if and don't.

It drives erasing, the file that a patient gets, and is what the table in docs/hipaa.md says. A test fails for a column
of words, bytes or days that is in neither list.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import ColumnElement, String, Table, cast, literal

from intake import clock
from intake.db import Base

# Stays as it is when its row is erased.
KEPT: Final = object()
# How a number begins that was erased; no telephone begins so.
ERASED = "erased-"


def numbered(beginning: str) -> Callable[[Table], ColumnElement[Any]]:
    """Return what writes a word with the row's own number, for columns that must stay distinct."""
    return lambda table: literal(beginning).concat(cast(next(iter(table.primary_key)), String))


def moment(_table: Table) -> Any:
    return clock.now()


@dataclass(frozen=True)
class Held:
    """What a column holds, in words; what erasing writes there. `secret`: not in the file that a patient gets."""

    what: str
    erased: Any = KEPT
    secret: bool = False


@dataclass(frozen=True)
class PersonalTable:
    """A table with rows of a patient: found by foreign keys to rows found before, and by their telephone."""

    title: str
    via: tuple[str, ...]
    columns: dict[str, Held]
    phone: str | None = None
    # Columns that say when it was, for retention and for the file.
    written: dict[str, Any] = field(default_factory=dict)


_PHONE = Held("telephone", numbered(ERASED))

# In an order in which each finds its rows by the ids of those before it.
PERSONAL: dict[str, PersonalTable] = {
    "patient": PersonalTable(
        "Chart",
        (),
        {
            "mrn": Held("chart number", numbered(ERASED)),
            "first_name": Held("first name", "Erased"),
            "last_name": Held("last name", numbered("patient ")),
            "birth_date": Held("date of birth", None),
            "mobile_e164": Held("telephone", None),
            "language": Held("language", None),
            "erased_at": Held("when it was erased", moment),
        },
    ),
    "visit": PersonalTable(
        "Visits",
        ("patient_id",),
        {
            "appointment_id": Held("appointment number", None),
            "visit_date": Held("day of the visit"),
            "provider": Held("who saw them"),
            "visit_type": Held("new or established"),
            "status": Held("whether they came"),
            "language": Held("language", None),
            "documented_name": Held("who referred them, as the chart says"),
        },
    ),
    "caller": PersonalTable(
        "Calls before the first visit",
        ("visit_id",),
        {
            "first_name": Held("first name", "Erased"),
            "last_name": Held("last name", numbered("caller ")),
            "phone_e164": Held("telephone", None),
        },
    ),
    "ask": PersonalTable(
        "When they were asked",
        ("visit_id", "caller_id"),
        {"channel": Held("how"), "language": Held("language"), "options": Held("what was offered")},
    ),
    "answer": PersonalTable(
        "What they answered",
        ("visit_id", "caller_id"),
        {
            "submission_id": Held("number of the form"),
            "outcome": Held("what came back"),
            "verbatim": Held("their words", ""),
        },
    ),
    "mention": PersonalTable(
        "What their answers name",
        ("answer_id",),
        {
            "role": Held("role"),
            "match_state": Held("how sure"),
            "detail": Held("their words", ""),
            "detail_normal": Held("their words, for comparing", "", secret=True),
        },
    ),
    "physician_referral": PersonalTable(
        "Physicians and practices who sent them", ("visit_id", "caller_id"), {"evidence": Held("how it is known")}
    ),
    "patient_referral": PersonalTable(
        "People who sent them",
        ("visit_id", "caller_id"),
        {"referrer_name": Held("who, in their words", ""), "evidence": Held("how it is known")},
    ),
    "chart_decision": PersonalTable(
        "What counts where answer and chart differ",
        ("visit_id",),
        {"charted_words": Held("the chart's words"), "verdict": Held("what counts")},
    ),
    "handover": PersonalTable(
        "Times on a tablet",
        ("visit_id",),
        {"token": Held("name of the page", secret=True), "steps_done": Held("pages they left behind")},
        written={"ended_at": moment},
    ),
    "late_answer": PersonalTable(
        "Answers that a tablet kept while it was offline",
        ("visit_id",),
        {
            "entry_id": Held("number of the form"),
            "birth_date": Held("date of birth", None),
            "content": Held("what it took", {}),
        },
    ),
    "survey_link": PersonalTable(
        "Personal links",
        ("visit_id",),
        {"token_hash": Held("print of the link", secret=True), "steps_done": Held("pages they left behind")},
        written={"revoked_at": moment},
    ),
    "text_survey": PersonalTable(
        "Surveys by text",
        ("visit_id",),
        {
            "phone_e164": _PHONE,
            "language": Held("language"),
            "visit_date": Held("day of the visit"),
            "step": Held("how far it came", "closed"),
            "pending": Held("names it asked about", "{}"),
            "closed_because": Held("why it ended"),
        },
        written={"closed_at": moment},
    ),
    "outbox_text": PersonalTable(
        "Texts to them",
        ("visit_id",),
        {
            "once_key": Held("which text", secret=True),
            "purpose": Held("what for"),
            "phone_e164": _PHONE,
            "body": Held("what it said", ""),
            "state": Held("what became of it"),
            "reason": Held("why it did not leave"),
            "claimed_by": Held("worker", secret=True),
        },
        phone="phone_e164",
    ),
    "send_attempt": PersonalTable(
        "Texts handed to the carrier",
        ("outbox_id",),
        {
            "id": Held("number"),
            "message_sid": Held("the carrier's number"),
            "status": Held("the carrier's word"),
            "known_by": Held("how it is known"),
        },
    ),
    "inbound_text": PersonalTable(
        "Texts from them",
        ("visit_id",),
        {
            "message_sid": Held("the carrier's number"),
            "from_e164": _PHONE,
            "channel": Held("how"),
            "to_number": Held("our number"),
            "body": Held("what it said", ""),
            "arrived_by": Held("how it reached us"),
            "outcome": Held("what it was read as"),
        },
        phone="from_e164",
    ),
    "text_consent": PersonalTable(
        "Consent to texts",
        ("patient_id",),
        {"phone_e164": _PHONE, "source": Held("where"), "wording_version": Held("to which wording")},
        phone="phone_e164",
        written={"withdrawn_at": moment},
    ),
    # A stop of the telephone itself outlives whoever had it (47 CFR 64.1200(d)(6)): only those about the patient.
    "text_stop": PersonalTable(
        "Stops", ("patient_id",), {"phone_e164": _PHONE, "reason": Held("why")}, written={"resumed_at": moment}
    ),
    "call_slip": PersonalTable(
        "What else was noted of their calls",
        ("caller_id",),
        {
            "kind": Held("new or a patient already"),
            "for_whom": Held("for whom they called"),
            "patient_name": Held("name of the patient they called for", ""),
            "reason": Held("why they called", ""),
            "wanted_on": Held("day they wanted"),
            "offered_on": Held("day they were offered"),
        },
    ),
    "call_outcome": PersonalTable(
        "What came of their calls",
        ("caller_id",),
        {"result": Held("what came of it"), "why_not": Held("why not booked"), "due_on": Held("when to call next")},
    ),
    "referral_event": PersonalTable(
        "What was noted of their referral",
        ("visit_id", "caller_id"),
        {
            "kind": Held("what was noted"),
            "value": Held("stage, or what the office was told"),
            "words": Held("why, how, or the office's own number for them", ""),
            "day": Held("when"),
        },
    ),
    "thanks_wish": PersonalTable(
        "Whether whoever sent them may be thanked", ("visit_id",), {"wish": Held("what they said")}
    ),
    "patient_thanks": PersonalTable(
        "Thanks for those they sent", ("visit_id", "referring_patient_id"), {"how": Held("how")}
    ),
    "patient_token": PersonalTable(
        "Tokens they were given", ("patient_id",), {"what": Held("what it was"), "given_on": Held("when")}
    ),
    "return_reason": PersonalTable("What brought them back", ("visit_id",), {"words": Held("their words", "")}),
    "legal_hold": PersonalTable("Holds", ("patient_id",), {"matter": Held("matter")}),
}

# Words that may name a patient in rows that are nobody's: looked through when somebody is erased.
PASSING_WORDS = {
    "review_rule_text": ("text", "normal"),
    "schedule_upload": ("file_name",),
    "brought_file": ("file_name",),
    "patient_word": ("word",),
    "name_spelling": ("spelling", "word"),
}
# Sealed under SECRET_KEY whatever the database does, and gone after a day and a month.
SEALED = {"schedule_upload": ("content", "reading", "undo"), "brought_file": ("reading", "undo")}

# Columns of words, bytes or days without a patient in them, and why.
OTHERS: dict[str, dict[str, str]] = {
    "codes, counts and numbers of rows": {
        "audit_entry": "actor_kind action subject_kind details",
        "audit_seal": "hash",
        "carrier_erasure": "message_sid",
        "retention_period": "kind",
        "line_state": "paused_because held_because worker_name",
        "operation_note": "name outcome details",
        "role": "name description",
        "known_apart": "kind",
        "schedule_upload": "counts first_day last_day digest",
        "brought_file": "what counts",
        "coverage_entry": "day channel",
        "credit_entry": "day channel",
        "tally_coverage": "channel day",
        "tally_physician": "day",
        "tally_source": "day",
        "tally_together": "members day",
        "kiosk_device": "purpose pairing_code_hash claim_hash token_hash health",
        "digest_send": "period state problem",
    },
    "the practice's own list and settings": {
        "location": "code name time_zone city state phone_e164",
        "practice": "name phone_e164 time_zone languages text_name",
        "provider": "name",
        "referral_source": "code kind label hint icon active_from active_until",
        "source_alias": "text normal",
        "source_before": "kind label hint",
        "source_translation": "language label hint",
        "learned_word": "about word meaning",
        "spend": "month note",
        "text_wording": "language body",
        "practice_text": "kind body",
        "text_plan": "opens closes",
        "saved_view": "name address",
        "kiosk_device": "name message",
        "practice_look": "accent logo logo_type",
        "practice_nickname": "text",
        "digest": "rhythm ended_how",
    },
    "people who work here": {
        "staff": "email name password fs_uniquifier kiosk_pin_hash",
        "staff_session": "token_hash address browser method",
        "second_step": "secret new_secret",
        "recovery_code": "code_hash",
        "passkey": "credential_id public_key name",
        "provider_identity": "issuer subject",
        "calendar_address": "token_hash",
        "office_link": "token_hash location_ids",
        "password_link": "token_hash",
        "sign_in_attempt": "bucket",
        "emergency_mail": "address problem",
    },
    "relationships with those who refer, where no patient belongs; looked through when one is erased": {
        "touchpoint": "submission_id day kind words purpose need materials shared over_limit_reason office_gift_for",
        "touchpoint_before": "facts",
        "touchpoint_participant": "day",
        "promise": "text due_on",
        "office_issue": "kind text opened_on done told_on",
        "office_contact": "name job phone_e164 email hours note",
        "office_preference": "hours referrals_by results_by note",
        "relationship": "tier tier_reason goal since last_contact_on",
        "round_stop": "day area stratum",
        "gift_limit": "kind valid_from source",
        "round_draw": "first_day room strata drawn",
    },
    "physicians and their practices, from a public register": {
        "physician": (
            "npi first_name middle_name last_name suffix credential former_first_name former_last_name taxonomy_code "
            "street city state postal_code phone deactivated_on reactivated_on registry_updated_on replacement_npi"
        ),
        "referring_practice": "name phone_e164 city state",
        "taxonomy": "code name",
        "physician_search_part": "name data",
        "physician_search_word": "kind word",
    },
}


def table(name: str) -> Table:
    return Base.metadata.tables[name]
