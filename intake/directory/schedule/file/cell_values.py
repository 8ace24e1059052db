"""Values of single cells, as practice systems write them."""

import re
import unicodedata
from datetime import datetime
from functools import cache

from babel import Locale

from intake.directory.models import VisitStatus, VisitType

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
_SHORTENED = re.compile(r"\d([.,]\d+)?e\+?\d+", re.I)
_PROTECTED = re.compile(r'="?([^"]*)"?')
NO_VALUE = frozenset({"", "-", "--", "---", "n/a", "na", "#n/a", "null", "none", "nil", "unknown", "unassigned", "."})
LONGEST_TYPE_WORD = 60
SPREADSHEET_ERRORS = frozenset({"#n/a", "#ref!", "#value!", "#name?", "#div/0!", "#num!", "#null!", "#error!"})


class UnreadableCell(ValueError):
    """The cell can't be read as its column; the message says what was expected."""


def text_of(cell: object) -> str:
    """Return a cell as one line of text, without invisible marks and spreadsheet protection."""
    if not isinstance(cell, str):
        return _text_of_typed(cell)
    text = unicodedata.normalize("NFC", cell).translate(_INVISIBLE)
    text = " ".join(text.split())
    # ="00123" and '00123 keep a spreadsheet from eating leading zeros.
    if text[:1] in ("=", '"') and (match := _PROTECTED.fullmatch(text)):
        text = match[1].strip()
    return text[1:] if text[:1] == "'" and text[1:2].isdigit() else text


def _text_of_typed(cell: object) -> str:
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return str(cell)


def has_control_characters(text: str) -> bool:
    return not text.isprintable() and any(unicodedata.category(letter) == "Cc" for letter in text)


def read_number(text: str) -> str:
    """Read an identifier with its leading zeros; raises UnreadableCell for one that a spreadsheet has shortened."""
    if _SHORTENED.fullmatch(text):
        raise UnreadableCell(
            "the whole number: the spreadsheet shortened it, so set the column to Text and export again"
        )
    if re.fullmatch(r"\d+[.]\d{3,}", text) and float(text) >= 1e15:
        raise UnreadableCell("the whole number: it is too long for a spreadsheet's numbers, so set the column to Text")
    return whole(text)


def whole(text: str) -> str:
    """Remove the `.0` that some exports add to every number of a column with gaps."""
    return text[:-2] if re.fullmatch(r"\d{1,40}\.0", text) else text


def read_type(text: str) -> VisitType:
    """Read new or established by the first word that decides: `New Pt - Consult`, `Est`; raises UnreadableCell."""
    words = re.findall(r"[a-z]+", text.casefold().replace("f/u", "fu").replace("f-u", "fu").replace("follow", "fu "))
    for word in words:
        if word in _NEW:
            return VisitType.NEW
        if word in _ESTABLISHED:
            return VisitType.ESTABLISHED
    raise UnreadableCell("new or established")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NEW = _words("new np npt npv newpatient newpt npc initial n nue nueva nuevo first")
_ESTABLISHED = _words(
    "established estab est ep ept esp existing fu fup return returning rpv rtn rov rp recheck rv followup post "
    "postop subsequent repeat e establishedpatient current"
)
_YES = _words("y yes true 1 x t new")
_NO = _words("n no false 0 f")


def read_is_new(text: str) -> VisitType:
    """Read the type from a column that only says whether the patient is new; raises UnreadableCell."""
    word = text.casefold()
    if word in _YES:
        return VisitType.NEW
    if word in _NO or not word:
        return VisitType.ESTABLISHED
    raise UnreadableCell("yes or no")


def _phrases(text: str) -> frozenset[str]:
    return frozenset(text.split(","))


_AGREES = _phrases(
    "y,yes,true,1,x,ok,okay,opt in,opted in,optin,in,consented,consent,given,granted,agreed,agrees,allowed,accepted,"
    "signed,on file,si,sí"
)
_REFUSES = _phrases(
    "n,no,false,0,opt out,opted out,optout,out,declined,decline,refused,revoked,denied,not given,withdrawn,none,never,"
    "do not text,no text,no texts"
)
_UNSAID = _phrases(",unknown,not asked,pending,n/a,na,-,?,unspecified")


def read_consent(text: str) -> bool | None:
    """Read whether the patient agreed to texts, None when nobody asked; raises UnreadableCell."""
    word = " ".join(text.casefold().replace("-", " ").replace("_", " ").split())
    if word in _UNSAID or text.casefold() in _UNSAID:
        return None
    if word in _AGREES:
        return True
    if word in _REFUSES:
        return False
    raise UnreadableCell("yes or no")


_STATUS_PHRASES = {
    VisitStatus.SCHEDULED: (
        "scheduled,sched,schedule,sch,confirmed,conf,unconfirmed,not confirmed,booked,pending,open,active,future,made,"
        "reminded,reminder sent,left message,lm,voicemail,texted,emailed,waitlist,proposed,planned,upcoming,new,"
        "not arrived,not checked in,expected,confirmed by patient,patient confirmed,s,c conf,on schedule,due"
    ),
    VisitStatus.ARRIVED: (
        "arrived,arr,arrive,checked in,check in,checkedin,checkin,ci,in room,roomed,in office,in lobby,in waiting room,"
        "waiting,waiting room,here,present,in progress,in exam,in exam room,with provider,with doctor,ready,"
        "ready for provider,ready for doctor,started,in session,intake,triaged,being seen,signed in,on site,"
        "arrived late,late arrival,in clinic,w provider"
    ),
    VisitStatus.COMPLETED: (
        "completed,complete,comp,kept,checked out,check out,checkedout,checkout,co,seen,done,finished,closed,fulfilled,"
        "departed,discharged,billed,charge entered,charged,attended,visit complete,appointment kept,signed,left,"
        "documentation complete,ready to bill,superbill,posted"
    ),
    VisitStatus.CANCELLED: (
        "cancelled,canceled,cancel,canc,can,cxl,cx,cxld,rescheduled,resched,reschedule,r s,rs,bumped,deleted,void,"
        "voided,removed,entered in error,declined,withdrawn,moved,lwbs,left without being seen,left not seen"
    ),
    VisitStatus.NO_SHOW: (
        "no show,noshow,ns,n s,nos,missed,dna,did not attend,did not arrive,did not show,did not keep,not kept,failed,"
        "dns,absent,no showed,failed to show,fta,missed appointment"
    ),
}
_STATUSES = {phrase: status for status, phrases in _STATUS_PHRASES.items() for phrase in phrases.split(",")}


def read_status(text: str) -> VisitStatus:
    """Read the status of an appointment; raises UnreadableCell."""
    phrase = " ".join(re.findall(r"[a-z]+", text.casefold()))
    if phrase in _STATUSES:
        return _STATUSES[phrase]
    # "Cancelled by patient", "Cancel - Late", "No-Show (charged)".
    if re.match(r"(.* )?(cancel|cxl|canceled|cancelled|resched)", phrase):
        return VisitStatus.CANCELLED
    if re.search(r"\bno ?show", phrase):
        return VisitStatus.NO_SHOW
    raise UnreadableCell("scheduled, arrived, completed, cancelled or no-show")


def read_language(text: str) -> str:
    """Read a language, by code or by name in English or in itself, as a code (`es`); raises UnreadableCell."""
    word = text.casefold().split(";")[0].strip()
    word = re.split(r"[(/,]", word)[0].strip()
    code = re.split(r"[-_]", word)[0]
    known = _languages()
    for candidate in (word, code, word.split()[0] if word else ""):
        if candidate in known:
            return known[candidate]
    raise UnreadableCell("a language such as English, Spanish or es")


@cache
def _languages() -> dict[str, str]:
    english = Locale("en")
    names = {str(code): str(name) for code, name in english.languages.items() if len(str(code)) == 2}
    known = {code: code for code in names}
    for code, name in names.items():
        known.setdefault(name.casefold(), code)
    for code in ("es", "zh", "vi", "ko", "ru", "ar", "fr", "pt", "de", "it", "pl", "hi", "fa", "ur", "ht", "ja", "uk"):
        known.setdefault(str(Locale(code).languages.get(code, code)).casefold(), code)
    return known | dict(pair.split("=") for pair in _MORE_LANGUAGES.split())


# ISO 639-2 codes, and names that exports use for the languages commonest in the United States.
_MORE_LANGUAGES = (
    "eng=en spa=es zho=zh chi=zh mandarin=zh cantonese=zh tgl=tl tagalog=tl filipino=tl vie=vi kor=ko rus=ru "
    "ara=ar fra=fr fre=fr por=pt deu=de ger=de ita=it pol=pl hin=hi fas=fa per=fa farsi=fa urd=ur hat=ht "
    "creole=ht jpn=ja ukr=uk castilian=es castellano=es espanol=es ben=bn guj=gu pan=pa tel=te tam=ta "
    "hye=hy arm=hy heb=he ell=el gre=el khm=km lao=lo tha=th nep=ne som=so amh=am swa=sw hmn=hmn hmong=hmn"
)
