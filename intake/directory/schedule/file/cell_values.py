"""Values of single cells, as practice systems write them."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from functools import cache
from html import unescape

from babel import Locale
from nameparser import HumanName

from intake.directory.npi.number import is_npi

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
_TOO_NARROW = re.compile(r"#{2,}")
_NPI_TITLE = re.compile(r"^\s*NPI\b[\s:#.]*", re.IGNORECASE)
# A spreadsheet writes 4E+12 or 1.2E12; a chart number such as 4E12 has neither mark.
_SHORTENED = re.compile(r"\d+[.,]\d*\s?e\s?[+-]?\d+|\d+\s?e\s?[+-]\s?\d+", re.I)
_MADE_A_DATE = re.compile(
    r"\d{1,2}-(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)-\d{2}",
    re.I,
)
_ENTITY = re.compile(r"&(#\d{1,6}|#x[0-9a-f]{1,5}|[a-z]{2,8}\d{0,2});", re.I)
_PROTECTED = re.compile(r'="?([^"]*)"?')
NO_VALUE = frozenset({"", "-", "--", "---", "n/a", "na", "#n/a", "null", "none", "nil", "unknown", "unassigned", "."})
# What stands in place of a number that somebody has yet to get.
NUMBER_TO_COME = frozenset(
    {"new", "new patient", "new pt", "tbd", "pending", "walk-in", "walk in", "walkin", "to be assigned", "temp", "?"}
)
# What stands in place of the one name that somebody doesn't have.
NO_NAME = frozenset({"", "-", "--", ".", "n/a", "#n/a", "none", "fnu", "lnu", "nfn", "nln", "(none)", "x", "xx"})
SPREADSHEET_ERRORS = frozenset({"#n/a", "#ref!", "#value!", "#name?", "#div/0!", "#num!", "#null!", "#error!"})


class UnreadableCell(ValueError):
    """The cell can't be read as its column; the message says what was expected."""


def text_of(cell: object) -> str:
    """Return a cell as one line of text, without invisible marks and spreadsheet protection."""
    if not isinstance(cell, str):
        return _text_of_typed(cell)
    text = unicodedata.normalize("NFC", cell).translate(_INVISIBLE)
    if "&" in text and _ENTITY.search(text):
        # Some systems write their web pages' O&#39;Brien into files.
        text = unescape(text)
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


def is_language(text: str) -> bool:
    """Whether a text is the name of a language and nothing else."""
    return len(text) > 3 and text.casefold() in _languages()


def has_control_characters(text: str) -> bool:
    return not text.isprintable() and any(unicodedata.category(letter) == "Cc" for letter in text)


def read_number(cell: object) -> str:
    """Read an identifier with its leading zeros; raises UnreadableCell for one that a spreadsheet has changed."""
    text = text_of(cell)
    if _SHORTENED.fullmatch(text):
        raise UnreadableCell(
            "the whole number: the spreadsheet shortened it, so set the column to Text and export again"
        )
    if re.fullmatch(r"\d+[.]\d{3,}", text) and float(text) >= 1e15:
        raise UnreadableCell("the whole number: it is too long for a spreadsheet's numbers, so set the column to Text")
    if _TOO_NARROW.fullmatch(text):
        raise UnreadableCell("the number itself: the column was too narrow to show it, so widen it and export again")
    if isinstance(cell, bool | date | time | timedelta) or _MADE_A_DATE.fullmatch(text):
        raise UnreadableCell("the number itself: the spreadsheet made something else of it, so set the column to Text")
    return whole(text)


def read_npi(text: str) -> str:
    """Read an NPI; empty for a cell that says there is none. Raises UnreadableCell."""
    text = whole(text)
    digits = re.sub(r"[\s-]", "", _NPI_TITLE.sub("", text))
    if text.casefold() in NO_VALUE or is_npi(digits):
        return digits if is_npi(digits) else ""
    raise UnreadableCell("an NPI: ten digits, the last of which checks the others")


def whole(text: str) -> str:
    """Remove the `.0` that some exports add to every number of a column with gaps."""
    return text[:-2] if re.fullmatch(r"\d{1,40}\.0", text) else text


def _phrases(text: str) -> frozenset[str]:
    return frozenset(text.split(","))


_AGREES = _phrases(
    "y,yes,true,1,x,ok,okay,opt in,opted in,optin,in,consented,consent,given,granted,agreed,agrees,allowed,accepted,"
    "signed,on file,si,sí"
)
_REFUSES = _phrases(
    "n,no,false,0,opt out,opted out,optout,out,declined,decline,refused,revoked,denied,not given,withdrawn,none,never,"
    "do not text,no text,no texts,stop,stopped,unsubscribe,unsubscribed"
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


# What stands beside a name and is none: remarks, and how somebody is addressed.
_REMARK = re.compile(r"\*+\s*VIP\s*\*+|\*+|[(\[]\s*(?:VIP|deceased|dec'?d|do not call|minor|inactive)\s*[)\]]", re.I)
_ADDRESSED = re.compile(r"(?:(?<=^)|(?<=, ))(?:Mr|Mrs|Ms|Miss|Mx|Dr)\.\s+(?=\S)", re.I)
_SUFFIX = re.compile(r"[,\s]+((?:Jr|Sr)\.?|II|III|IV)$", re.I)


def without_remarks(name: str) -> str:
    """A name without remarks such as **VIP** and (DECEASED), and without Mr. or Dr. before it."""
    return " ".join(_ADDRESSED.sub("", " ".join(_REMARK.sub(" ", name).split())).split())


def ends_in_initial(name: str) -> bool:
    """Whether a name of three words and more without a comma ends in one letter, as in “SMITH JOHN A”."""
    parts = name.split()
    return "," not in name and len(parts) > 2 and len(parts[-1].strip(".")) == 1 and parts[-1][0].isalpha()


def both_names(text: str, *, last_first: bool = False) -> tuple[str, str]:
    """Split one cell into first and last name: `Lane, Robert J` or `Robert J Lane`; one name alone is the last.

    `last_first`: the last name stands first even without a comma. Jr. and the like belong to the last name.
    """
    suffix = _SUFFIX.search(text)
    if suffix and len(text[: suffix.start()].replace(",", " ").split()) > 1:
        first, last = both_names(text[: suffix.start()], last_first=last_first)
        return first, f"{last} {suffix[1]}"
    if "," in text:
        last, _, first = (part.strip() for part in text.partition(","))
        first = " ".join(first.replace(",", " ").split())
    elif len(text.split()) == 1:
        first, last = "", text
    elif last_first:
        last, _, first = text.partition(" ")
    else:
        parsed = HumanName(text)
        first, last = " ".join([parsed.first, parsed.middle]).strip(), parsed.last
        if not first or not last:
            # What is taken for a title or a suffix there ("Dr Ma", "Ana Do") is a name here.
            first, _, last = text.rpartition(" ")
    named = [part if part.casefold() not in NO_NAME and any(map(str.isalpha, part)) else "" for part in (first, last)]
    return named[0], named[1] or surname_none(last, named[0])


def surname_none(last: str, first: str) -> str:
    """The surname None, which somebody with a first name may have; else nothing."""
    return last if first and last.casefold() == "none" else ""
