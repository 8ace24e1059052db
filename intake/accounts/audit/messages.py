"""The words of the audit trail: 'Nora Vale recorded an answer of visit 812'."""

from intake.accounts.models import AuditEntry

# What was done, as it follows a name. Rooms above add theirs here, so that one file shows all the trail knows.
ACTIONS = {
    "answer.recorded": "recorded an answer",
    "account.looks": "looked at what an account has seen",
    "account.looks_exported": "downloaded what an account has seen",
    "audit.cut": "deleted the entries whose time was over",
    "audit.exported": "downloaded the audit trail",
    "audit.read": "looked at the audit trail",
    "calendar.address_made": "made an address for a calendar",
    "caller.matched": "matched a caller to a visit",
    "caller.noted": "noted a caller",
    "caller.outcome": "noted what came of a call",
    "answers.reread": "read waiting answers again",
    "answers.reread_undone": "took back what was read again",
    "caller.read": "opened a call",
    "calls.listed": "looked at the list of calls",
    "chart.decided": "said what counts where answer and chart differ",
    "chart.settled": "said that a patient who said nothing was sent by the physician in the chart",
    "chart.undone": "took back what counts where answer and chart differ",
    "consent.given": "noted that a patient agreed to texts",
    "consent.withdrawn": "noted that a patient wants no texts",
    "demo.made": "made the demo practice",
    "desk.arrivals": "looked at the day's arrivals",
    "digest.sent_again": "had a report sent again by e-mail",
    "digest.started": "had a report sent by e-mail",
    "digest.stopped": "stopped a report by e-mail",
    "emergency.opened": "let somebody in by emergency access",
    "gifts.exported": "downloaded the gifts of a year",
    "gift_limit.entered": "entered a limit of gifts",
    "hold.begun": "put a legal hold on",
    "hold.ended": "ended a legal hold",
    "issue.changed": "changed an issue",
    "issue.closed": "closed an issue",
    "issue.reopened": "opened an issue again",
    "ledger.repaired": "repaired the ledger",
    "link.issued": "made a personal link",
    "link.revoked": "took a personal link back",
    "location.added": "added a location",
    "location.changed": "changed a location",
    "location.closed": "closed a location",
    "location.reopened": "opened a location again",
    "mention.decided": "said what a write-in means",
    "mention.undone": "took back whom a name means",
    "office_contact.added": "added a contact of an office",
    "office_contact.changed": "changed a contact of an office",
    "office_link.issued": "made a link for a referring office",
    "office_link.opened": "was shown what became of its referrals",
    "office_link.revoked": "closed the link of a referring office",
    "office_preference.changed": "changed what an office wishes",
    "page.refused": "was refused a page",
    "pair.compared_again": "let two records be compared again",
    "pair.kept_apart": "said that two records aren't one",
    "pairing.refused": "typed a wrong pairing code",
    "patient.added": "added a patient",
    "patient.changed": "changed a patient's data",
    "patient.erased": "erased a patient",
    "patient.erasure_read": "looked at what erasing a patient would take",
    "patient.file_made": "made the file of everything held about a patient",
    "patient.held_read": "looked at what is held about a patient",
    "patient.merged": "merged two charts",
    "patient.read": "opened a patient's page",
    "patient.not_thanked": "took back that a patient was thanked",
    "patient.thanked": "noted that a patient was thanked",
    "patient.token_given": "noted a token that a patient was given",
    "patient.unmerged": "took a merge of charts back",
    "patients.compared": "compared charts that may be one person's",
    "patients.searched": "searched for a patient",
    "person.changed": "changed somebody's name, roles or locations",
    "person.created": "added somebody",
    "person.deactivated": "stopped somebody's access",
    "person.kiosk_pin_changed": "changed a PIN for tablets",
    "person.password_changed": "set a new password",
    "person.password_link_made": "made a link to choose a password",
    "person.reactivated": "let somebody sign in again",
    "person.session_ended": "signed one browser out",
    "person.signed_out_everywhere": "signed somebody out everywhere",
    "physician.added": "added a physician",
    "physician.brought_back": "brought a physician back",
    "physician.changed": "changed a physician",
    "physician.merge_undone": "took a merge of physicians back",
    "physician.merged": "merged two physicians",
    "physician.practice_set": "said where a physician works",
    "physician.set_aside": "set a physician aside",
    "physician.unmerged": "took a merge of physicians back",
    "physicians.imported": "loaded a physician file",
    "pin.refused": "typed a wrong PIN",
    "practice.changed": "changed the practice's name, telephone, languages or time zone",
    "practice.set_up": "set the practice up",
    "promise.closed": "closed a promise",
    "promise.reopened": "opened a promise again",
    "question.shown": "was shown the question, with what they had said",
    "referring_practice.added": "added a referring practice",
    "referring_practice.changed": "changed a referring practice",
    "referring_practice.merged": "merged two referring practices",
    "referring_practice.unmerged": "took a merge of referring practices back",
    "referral.correction": "said that a referral was not as far as noted",
    "referral.letter": "printed a letter about a referral",
    "referral.not_told": "took back that a referring office was told",
    "referral.read": "opened a referral",
    "referral.reference": "noted a referring office's own number for a patient",
    "referral.stage": "noted how far a referral came",
    "referral.told": "noted that a referring office was told",
    "referrals.owed": "looked at what referring offices are owed",
    "relationship.changed": "changed who is looked after",
    "relationship.ended": "stopped looking after somebody",
    "relationship.resumed": "looks after somebody again",
    "relationships.handed_over": "handed relationships over",
    "relationships.imported": "took in a file of contacts or touchpoints",
    "report.patients": "looked at a report by patient",
    "report.patients_exported": "downloaded a report by patient",
    "report.rows": "looked at the rows behind a figure",
    "report.rows_exported": "downloaded the rows behind a figure",
    "report.sent": "looked at the patients whom a physician sent",
    "retention.changed": "changed how long something is kept",
    "retention.forgotten": "deleted what had been kept long enough",
    "return.recorded": "noted what brought somebody back",
    "review.read": "looked at what waits for review",
    "round.proposed": "had a round proposed",
    "round.stop_added": "added a stop to a round",
    "round.stop_taken_out": "took a stop out of a round",
    "rule.added": "made a rule for write-ins",
    "rule.turned_off": "turned a rule for write-ins off",
    "rule.turned_on": "turned a rule for write-ins on",
    "saved_view.added": "saved a view of the reports",
    "saved_view.brought_back": "brought a saved view back",
    "saved_view.changed": "renamed or shared a saved view",
    "saved_view.deleted": "deleted a saved view",
    "schedule.imported": "loaded a schedule",
    "schedule.preview": "looked at a schedule file before loading it",
    "schedule.undone": "took a loaded schedule back",
    "schedule.uploaded": "sent a schedule file to look at",
    "second_step.code_used": "used a recovery code",
    "second_step.codes_made": "made recovery codes",
    "second_step.given_up": "gave their second step up",
    "second_step.passkey_removed": "removed a passkey",
    "second_step.refused": "was refused: wrong second step",
    "second_step.reset": "took somebody's lost second step away",
    "second_step.rule_changed": "said whether managers and administrators need a second step",
    "second_step.set_up": "set up a second step",
    "sign_in.done": "signed in",
    "sign_in.ended": "signed out",
    "sign_in.ran_out": "was signed out, having done nothing for a while",
    "sign_in.refused": "was refused: wrong password",
    "single_sign_on.linked": "came by single sign-on for the first time",
    "single_sign_on.refused": "was refused: single sign-on",
    "source.added": "added a source",
    "source.aliases": "changed the other words for a source",
    "source.changed": "changed a source",
    "source.deleted": "deleted a source nobody had used",
    "source.merged": "merged two sources",
    "source.moved": "moved a source in the list",
    "source.restored": "brought a source back",
    "source.retired": "retired a source",
    "source.translated": "translated a source",
    "source.unmerged": "took a merge of sources back",
    "spend.entered": "entered what was spent on a source",
    "spend.undone": "took back what was spent on a source",
    "tablet.added": "added a tablet",
    "tablet.changed": "changed a tablet",
    "tablet.code_made": "made a pairing code",
    "tablet.left": "left the questions on a tablet",
    "tablet.paired": "was paired",
    "tablet.revoked": "cut a tablet off",
    "tablet.searched": "looked a visit up by birth date",
    "tablet.message": "changed the message on a tablet",
    "tablet.locked": "locked a tablet",
    "tablet.unlocked_from_afar": "unlocked a tablet",
    "tablet.call_answered": "went to a tablet whose patient called",
    "late_answer.kept": "left an offline answer to the desk",
    "late_answer.settled": "said whose an offline answer is",
    "late_answers.listed": "read answers without a visit",
    "room_code.refused": "typed a wrong room code",
    "thanks.listed": "looked at who is to be thanked",
    "thanks.printed": "printed thank-you letters or labels",
    "text.cancelled": "cancelled a text",
    "text.conversation": "looked at the texts of a visit",
    "text.conversations": "looked at conversations by text",
    "text.decided": "decided about an uncertain text",
    "text.emergency_opened": "opened a text that may be an emergency",
    "text.handed_on": "handed a reply to a colleague",
    "text.put_back": "let a reply wait again",
    "text.queued": "queued a text",
    "text.replied": "wrote back to a reply",
    "text.replies": "looked at replies that wait for a person",
    "text.seen": "dealt with a reply",
    "text.tested": "sent themselves a test text",
    "texting.named": "changed what texts call the practice",
    "texts.searched": "searched conversations by text",
    "texting.paused": "paused texting",
    "texting.planned": "said how a location texts",
    "texting.resumed": "resumed texting",
    "texting.stopped": "stopped texts to a number",
    "texting.unpaused": "ended the pause of texting",
    "texting.worded": "changed what texts say",
    "touchpoint.corrected": "corrected a touchpoint",
    "touchpoint.recorded": "wrote down a touchpoint",
    "touchpoint.restored": "put a touchpoint back",
    "touchpoint.withdrawn": "took a touchpoint back",
    "visit.added": "added a visit",
    "visit.answers": "looked at the answers of a visit",
    "visit.handed_over": "handed a visit to a tablet",
    "visit.opened": "opened a page of a visit",
    "visit.status": "changed the state of a visit",
    "visit.taken_back": "took a visit back from a tablet",
    "visit_type.learned": "taught the schedule what a word of the practice means",
    "words.changed": "changed words of the practice's own",
}
BULK = 100
# Details that count the records of one look.
COUNTS = ("visits", "rows", "lines", "found", "callers", "replies", "people", "conflicts", "pairs", "entries")
SUBJECTS = {
    "audit_entry": "audit entry",
    "caller": "caller",
    "digest": "report by e-mail",
    "inbound_text": "reply",
    "kiosk_device": "tablet",
    "location": "location",
    "mention": "mention",
    "patient": "patient",
    "physician": "physician",
    "physician_referral": "referral",
    "practice": "practice",
    "referral_source": "source",
    "review_rule": "rule",
    "saved_view": "saved view",
    "staff": "person",
    "visit": "visit",
}
ACTORS = {"staff": "Person", "device": "Tablet", "link": "Patient, by personal link", "system": "Intake itself"}


def action_words(action: str) -> str:
    """Return what was done in words; an unknown action as its own name without punctuation."""
    return ACTIONS.get(action) or action.replace("_", " ").replace(".", ": ")


def subject_words(entry: AuditEntry, names: dict[tuple[str, int], str]) -> str:
    """Return 'visit 812', or the name of a member of staff, a tablet or a location."""
    if entry.subject_kind is None:
        return ""
    if entry.subject_id is None:
        return SUBJECTS.get(entry.subject_kind, entry.subject_kind)
    named = names.get((entry.subject_kind, entry.subject_id))
    return named or f"{SUBJECTS.get(entry.subject_kind, entry.subject_kind.replace('_', ' '))} {entry.subject_id}"


def actor_words(entry: AuditEntry, names: dict[tuple[str, int], str]) -> str:
    kind = {"device": "kiosk_device"}.get(entry.actor_kind, entry.actor_kind)
    named = names.get((kind, entry.actor_id)) if entry.actor_id is not None else None
    if entry.actor_kind == "system" and entry.action.endswith(".refused"):
        return "Somebody"
    return named or ACTORS.get(entry.actor_kind, entry.actor_kind)


def is_bulk(entry: AuditEntry) -> bool:
    """Return whether one look showed or took away a hundred records or more."""
    return any(isinstance(entry.details.get(name), int) and entry.details[name] >= BULK for name in COUNTS)


def detail_words(entry: AuditEntry) -> str:
    """Return 'status: arrived, rows: 40': ids, codes and counts as they were recorded."""
    return ", ".join(f"{name.replace('_', ' ')}: {_value(value)}" for name, value in sorted(entry.details.items()))


def _value(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name} {_value(inner)}" for name, inner in sorted(value.items()))
    if isinstance(value, list):
        return " ".join(str(each) for each in value)
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
