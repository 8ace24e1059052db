"""Words for types and statuses of visits. What they don't surely mean is asked about, never guessed."""

import re
from collections.abc import Iterable
from contextlib import suppress

from intake.directory.models import VisitStatus, VisitType
from intake.directory.schedule.file.cell_values import NO_VALUE, UnreadableCell

LONGEST_WORD = 60


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that decide by themselves, unless another one contradicts them.
_ESTABLISHED = _words(
    "established estab est existing returning return followup recheck postop post subsequent repeat "
    "establishedpatient seguimiento subsecuente rtn"
)
# Abbreviations that mean other things beside other words: NP is a nurse practitioner too, N/V a nurse visit.
_NEW_ABBREVIATIONS = _words("np npt npv npc n newpt newpatient nueva nuevo nue new initial")
_ESTABLISHED_ABBREVIATIONS = _words("ep ept esp fu fup rpv rov rp rv e current")
# Words that say nothing about it: who is seen, how, how long.
_NEUTRAL = _words(
    "patient patients pt pts client visit visits appt appointment consult consultation eval evaluation exam office ov "
    "min mins minute minutes hr hour long short extended telehealth telemedicine video virtual phone person in adult "
    "child peds pediatric a an the of for with h m paciente consulta visita"
)
_NEW_PATIENT = re.compile(
    r"\bnew (?:[a-z]+ )?(?:patients?|pts?|client)\b|\bnewp(?:atien)?t\b|\bpaciente nuev[oa]\b|"
    r"\bnpv\b|\bnpt\b|^np(?: |$)|\bprimera (?:vez|visita|consulta)\b"
)
# What is done for patients of the house, in words that leave no room for a first visit.
_FOR_KNOWN = _words(
    "infusion infusions injection injections inj shot shots allergy nail nails care trim pft spirometry only nurse rn "
    "ma "
    "lab labs bloodwork blood draw drawn phlebotomy venipuncture bp pressure check checks suture sutures stitch "
    "stitches "
    "staple staples removal remove wound dressing change cast vaccine vaccination immunization flu booster depo refill "
    "medication med meds weight inr coumadin ppd tb read reading results result device pacemaker pump fill pickup "
    "pick up "
    "b ivig port flush catheter"
)
_ONLY_BESIDE = _words("care only check checks change removal remove read reading result results up fill blood pressure")
_ONLY_BESIDE |= _words("allergy device med meds medication pump port cast")
_FIRST_VISIT = re.compile(r"first (?:visit|appointment|appt|consult|consultation|time)")
# After these nothing is sure, whatever else stands there.
_DENIED = _words("not newly non no isn never ex former without old except or")


def read_type(text: str) -> VisitType:
    """Read new or established where the words leave no doubt (`New Pt - Consult`, `Est`); raises UnreadableCell."""
    plain = text.casefold().replace("f/u", "fu").replace("f-u", "fu").replace("follow-up", "followup")
    plain = re.sub(r"\bfollow up\b|\bfollow\b", "followup", plain)
    words = re.findall(r"[^\W\d_]+", plain)
    said, other = " ".join(words), [word for word in words if word not in _NEUTRAL]
    # "NP visit (Sara Lee NP)" is a nurse practitioner's, "Est/New" either.
    either = words.count("np") > 1 or re.search(r"/\s*new\b|\bnew\s*/", plain)
    if text.casefold() in NO_VALUE or not other or _DENIED.intersection(words) or either:
        raise UnreadableCell("new or established")
    if len(words) > 1 and not {"n", "e"}.isdisjoint(words):
        # "N/V" is a nurse visit; a letter decides alone or not at all.
        raise UnreadableCell("new or established")
    established = not _ESTABLISHED.isdisjoint(words)
    new = bool(_NEW_PATIENT.search(said))
    short_new = _NEW_ABBREVIATIONS.intersection(other)
    short_established = _ESTABLISHED_ABBREVIATIONS.intersection(other)
    if established and not new and not short_new - {"new"} and words[0] != "new":
        # "Est - New Problem" is established; "New Post Op" may be anything.
        return VisitType.ESTABLISHED
    if established:
        raise UnreadableCell("new or established")
    if new and not short_established:
        return VisitType.NEW
    if _FOR_KNOWN.issuperset(other) and (not _ONLY_BESIDE.issuperset(other) or len(other) > 1):
        return VisitType.ESTABLISHED
    if _FIRST_VISIT.fullmatch(said) or (short_new.issuperset(other) and "np" not in words[1:]):
        return VisitType.NEW
    if not new and short_established.issuperset(other) and "consult" not in said:
        return VisitType.ESTABLISHED
    raise UnreadableCell("new or established")


def sure_type(text: str) -> VisitType | None:
    """The type where the words leave no doubt, else None."""
    with suppress(UnreadableCell):
        return read_type(text)
    return None


_YES = _words("y yes true 1 x t new si sí")
_NO = _words("n no false 0 f established est")


def read_is_new(text: str) -> VisitType:
    """Read the type from a column that only says whether the patient is new; raises UnreadableCell."""
    word = text.casefold()
    if word in _YES:
        return VisitType.NEW
    if word in _NO or not word:
        return VisitType.ESTABLISHED
    return read_type(text)


_STATUS_PHRASES = {
    VisitStatus.SCHEDULED: (
        "scheduled,sched,schedule,sch,confirmed,conf,unconfirmed,not confirmed,booked,pending,open,active,future,made,"
        "reminded,reminder sent,left message,lm,voicemail,texted,emailed,upcoming,new,"
        "filled,reminder done,chart pulled,asap,not arrived,not checked in,expected,confirmed by patient,"
        "patient confirmed,s,c conf,on schedule,due,pending arrival,arrival pending,pend,unconf,lmom,lvm,left vm,left "
        "msg,"
        "no answer,needs confirmation,to be confirmed,preregistered,pre registered,message left"
    ),
    VisitStatus.ARRIVED: (
        "arrived,arr,arrive,checked in,check in,checkedin,checkin,ci,in room,roomed,in office,in lobby,in waiting room,"
        "waiting,waiting room,here,present,in progress,in exam,in exam room,with provider,with doctor,ready,"
        "ready for provider,ready for doctor,started,in session,intake,triaged,being seen,signed in,on site,"
        "arrived late,late arrival,in clinic,walk in,walkin,walked in,in waiting,in with provider,with nurse,with ma,"
        "vitals,"
        "ready for md,lwbs,left without being seen,left not seen,left w o visit,left before seen,left w o being seen,"
        "checked in late,w provider,checked in online,in treatment"
    ),
    VisitStatus.COMPLETED: (
        "completed,complete,comp,kept,checked out,check out,checkedout,checkout,co,seen,done,finished,closed,fulfilled,"
        "departed,discharged,billed,charge entered,charged,attended,visit complete,appointment kept,signed,left,"
        "checked out billed,encounter closed,visit closed,documentation complete,ready to bill,superbill,posted,"
        "coding done"
    ),
    VisitStatus.CANCELLED: (
        "cancelled,canceled,cancel,canc,can,cxl,cx,cxld,rescheduled,resched,reschedule,r s,rs,bumped,deleted,void,"
        "voided,removed,entered in error,declined,withdrawn,moved,canceled h"
    ),
    VisitStatus.NO_SHOW: (
        "no show,noshow,ns,n s,nos,missed,dna,did not attend,did not arrive,did not show,did not keep,not kept,failed,"
        "dnka,did not keep appointment,did not keep appt,no call no show,no show no call,ncns,nc ns,no call,dnk,dns,"
        "absent,no showed,failed to show,fta,missed appointment,broken no show"
    ),
}
_STATUSES = {phrase: status for status, phrases in _STATUS_PHRASES.items() for phrase in phrases.split(",")}
# An export that says who did it, how or when: "Cancelled by patient", "No-Show (charged)", "x - Cancelled".
_CANCELLED = re.compile(
    r"(x )?(cancell?ed|cancell?ation|cancel|cxl|resched|rescheduled)( .*)?|(late|same day) (cancel|cxl).*"
)
_MISSED = re.compile(r"(\w )?no ?show( .*)?")
_UNSURE = _words(
    "not never un no pending request requested wants may maybe possible if undo undone fee list arrived came seen"
)


_CODED = re.compile(r"\s*(\S{1,4})\s+[-:=]\s+(.+)")


def read_status(text: str) -> VisitStatus:
    """Read the status of an appointment where the words leave no doubt; raises UnreadableCell."""
    # A code before its meaning: "3 - Checked Out", "f - Filled", "x - Cancelled".
    coded = _CODED.fullmatch(text)
    if text.rstrip().endswith("?"):
        raise UnreadableCell("scheduled, arrived, completed, cancelled or no-show")
    parts = re.split(r"\s+[-–]\s+|[/,;&]", text)
    for ways in ([text], [coded[2]] if coded else [], parts):
        found = {_status_of(each) for each in ways}
        if len(found) == 1 and (status := found.pop()):
            return status
    raise UnreadableCell("scheduled, arrived, completed, cancelled or no-show")


def sure_status(text: str) -> VisitStatus | None:
    """The status where the words leave no doubt, else None."""
    with suppress(UnreadableCell):
        return read_status(text)
    return None


# What a line over rows says beside the status that they have.
_SECTION = re.compile(r"\b(appointments?|appts?|patients?|visits?|list|section)\b|\(\d+\)$", re.I)


def status_of_section(line: str) -> VisitStatus | None:
    """The status of the rows below a line such as “Cancelled Appointments” or “No Shows”; None for any other line."""
    bare = " ".join(_SECTION.sub(" ", line).split())
    if not bare or any(map(str.isdigit, bare)) or ":" in bare:
        return None
    return next(
        (status for each in (bare, bare.removesuffix("s")) if is_status(each) and (status := read_status(each))), None
    )


def is_status(text: str) -> bool:
    """Whether a text of more than one letter is the status of an appointment and can't be much else."""
    try:
        return len(text) > 1 and text.casefold() != "new" and bool(read_status(text))
    except UnreadableCell:
        return False


def codes_of(texts: Iterable[str]) -> dict[str, str]:
    """What short codes mean in a file that writes them before their word elsewhere: {"x": "cancelled"}."""
    found: dict[str, set[str]] = {}
    for text in texts:
        if match := _CODED.fullmatch(text):
            with suppress(UnreadableCell):
                found.setdefault(match[1].casefold(), set()).add(read_status(text))
    return {code: meanings.pop() for code, meanings in found.items() if len(meanings) == 1}


# Who did it, how and for whom: "R/S by patient", "Pt bumped", "Appt kept".
_BESIDE = re.compile(
    r"\b(?:by|per|via|due to|because of)\b.*|"
    r"\b(?:the|patient|pt|appt|appointment|visit|status|office|clinic|was|has|is|been)\b"
)


def _status_of(text: str) -> VisitStatus | None:
    phrase = " ".join(re.findall(r"[a-z]+", text.casefold()))
    bare = " ".join(_BESIDE.sub(" ", phrase).split())
    for each in (phrase, bare):
        if each in _STATUSES and (each == phrase or len(each) > 2 or each in ("r s", "rs", "cx")):
            return _STATUSES[each]
    if _UNSURE.isdisjoint(phrase.replace("no show", "").split()):
        if _MISSED.fullmatch(phrase):
            return VisitStatus.NO_SHOW
        if _CANCELLED.fullmatch(phrase):
            return VisitStatus.CANCELLED
    return None
