"""The trail in words: 'Nora Vale recorded an answer of visit 812', for people who read it."""

from intake.accounts.models import AuditEntry

# What was done, as it follows a name. Rooms above add theirs here, so that one file shows all the trail knows.
ACTIONS = {
    "answer.recorded": "recorded an answer",
    "answer.corrected": "corrected an answer",
    "answer.withdrawn": "took an answer back",
    "audit.exported": "downloaded the audit trail",
    "audit.read": "looked at the audit trail",
    "caller.added": "noted a caller",
    "caller.matched": "matched a caller to a visit",
    "desk.arrivals": "looked at the day's arrivals",
    "handover.ended": "ended a handover",
    "handover.made": "handed a visit to a tablet",
    "link.issued": "made a personal link",
    "link.revoked": "took a personal link back",
    "location.added": "added a location",
    "location.changed": "changed a location",
    "patient.added": "added a patient",
    "patients.searched": "searched for a patient",
    "person.changed": "changed somebody's name, roles or locations",
    "person.created": "added somebody",
    "person.deactivated": "stopped somebody's access",
    "person.kiosk_pin_changed": "changed a PIN for tablets",
    "person.password_changed": "set a new password",
    "person.password_link_made": "made a link to choose a password",
    "person.reactivated": "let somebody sign in again",
    "person.signed_out_everywhere": "signed out every browser of somebody",
    "physician.added": "added a physician",
    "practice.set_up": "set the practice up",
    "report.exported": "downloaded a report",
    "report.rows": "looked at the rows behind a figure",
    "rule.added": "made a rule for write-ins",
    "rule.turned_off": "turned a rule for write-ins off",
    "rule.turned_on": "turned a rule for write-ins on",
    "schedule.imported": "loaded a schedule",
    "sign_in.done": "signed in",
    "sign_in.ended": "signed out",
    "sign_in.ran_out": "was signed out, having done nothing for a while",
    "sign_in.refused": "was refused: wrong password",
    "tablet.added": "added a tablet",
    "tablet.changed": "changed a tablet",
    "tablet.code_made": "made a pairing code",
    "tablet.left": "left the questions on a tablet",
    "tablet.paired": "was paired",
    "tablet.revoked": "cut a tablet off",
    "visit.added": "added a visit",
    "visit.answers": "looked at the answers of a visit",
    "visit.status": "changed the state of a visit",
}
SUBJECTS = {
    "audit_entry": "audit entry",
    "caller": "caller",
    "kiosk_device": "tablet",
    "location": "location",
    "patient": "patient",
    "physician": "physician",
    "practice": "practice",
    "referral_source": "source",
    "review_rule": "rule",
    "staff": "person",
    "visit": "visit",
}
ACTORS = {"staff": "Person", "device": "Tablet", "link": "Patient, by personal link", "system": "Intake itself"}


def action_words(action: str) -> str:
    """Known actions in words; a new one reads as its own name without the punctuation."""
    return ACTIONS.get(action) or action.replace("_", " ").replace(".", ": ")


def subject_words(entry: AuditEntry, names: dict[tuple[str, int], str]) -> str:
    """'visit 812', or the name when it is a person who works here, a tablet or a location."""
    if entry.subject_kind is None:
        return ""
    if entry.subject_id is None:
        return SUBJECTS.get(entry.subject_kind, entry.subject_kind)
    named = names.get((entry.subject_kind, entry.subject_id))
    return named or f"{SUBJECTS.get(entry.subject_kind, entry.subject_kind.replace('_', ' '))} {entry.subject_id}"


def actor_words(entry: AuditEntry, names: dict[tuple[str, int], str]) -> str:
    kind = {"device": "kiosk_device"}.get(entry.actor_kind, entry.actor_kind)
    named = names.get((kind, entry.actor_id)) if entry.actor_id is not None else None
    if entry.action == "sign_in.refused":
        return "Somebody"
    return named or ACTORS.get(entry.actor_kind, entry.actor_kind)


def detail_words(entry: AuditEntry) -> str:
    """'status: arrived, rows: 40': ids, codes and counts as they were noted."""
    return ", ".join(f"{name.replace('_', ' ')}: {_value(value)}" for name, value in sorted(entry.details.items()))


def _value(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name} {_value(inner)}" for name, inner in sorted(value.items()))
    if isinstance(value, list):
        return " ".join(str(each) for each in value)
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
