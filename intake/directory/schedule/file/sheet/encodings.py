"""Encodings of text files: told by their marks, else by which letters make sense where they stand."""

import codecs
import io
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from intake.directory.schedule.file.import_errors import Question, UnreadableFile, question_key, rows_in_words

MOST_NULS = 20
LONGEST_LINE = 1_000_000
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
SINGLE_BYTE = {"Windows-1252": "cp1252", "Mac OS Roman": "mac_roman", "DOS code page 850": "cp850"}
SAVE_AS_UTF8 = 'a file saved as "CSV UTF-8"'
# The second best encoding is asked about when it fits this well, of the best and altogether.
UNDECIDED_FROM = 0.45
WORTH_ASKING = 0.3
# Letters looked at; the rest of a long file says nothing new.
MOST_LETTERS = 5_000
_USUAL_LETTERS = frozenset("áéíóúüñçàâãäåæèêëìîïòôõöøùûßýÿÁÉÍÓÚÜÑÇÀÂÃÄÅÆÈÊËÎÏÔÖØÛ")
_MISPLACED = frozenset("ªºµˆ˜ƒﬁﬂπΩ")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_STRAY = re.compile("[\udc80-\udcff]")
_LINE_END = re.compile(r"\r\n|\r|\n")
_LOST = "\ufffd"


@dataclass(frozen=True)
class DecodedText:
    """A file's text, the name of its encoding, and what there is to say or to ask about that."""

    text: str
    name: str
    notes: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()


def decode(data: bytes, answers: Mapping[str, str]) -> DecodedText:
    """Decode a file. Bytes that make no sense become U+FFFD, so that their cell is refused. Raises UnreadableFile."""
    found = _decoded(data, answers)
    # Old systems end a file with Ctrl-Z, or fill its last block.
    text = found.text.rstrip("\x1a\0")
    if text.count("\0") > MOST_NULS:
        line = _line_of(text, text.index("\0"))
        raise UnreadableFile("NUL characters, as in a damaged or binary file", SAVE_AS_UTF8, row=line)
    # A few cost only their cells: a letter is lost there.
    text = text.replace("\0", _LOST)
    longest = max(map(len, io.StringIO(text)), default=0)
    if longest > LONGEST_LINE:
        raise UnreadableFile(f"a line of {longest:,} characters", "a line for each appointment")
    if (once := decoded_once_more(text)) is not None:
        note = "Letters had been encoded twice (“Ã©” for “é”); they were put right."
        return DecodedText(once, found.name, (*found.notes, note), found.questions)
    return DecodedText(text, found.name, found.notes, found.questions)


def _decoded(data: bytes, answers: Mapping[str, str]) -> DecodedText:
    for mark, codec, name in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            if codec == "utf-8-sig":
                return _mostly_utf8(data[len(mark) :], answers)
            return DecodedText(_strictly(data, codec), name)
    beginning = data[:4_000]
    first, second = beginning[::2].count(0), beginning[1::2].count(0)
    for codec, zeros, others in (("utf-16-le", second, first), ("utf-16-be", first, second)):
        if zeros > 0.15 * len(beginning) / 2 and zeros > 10 * others:
            return DecodedText(_strictly(data, codec), "UTF-16")
    return _mostly_utf8(data, answers)


def _strictly(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        line = _line_of(data[: error.start].decode(codec, "ignore"), None)
        raise UnreadableFile("characters in an encoding that can't be recognised", SAVE_AS_UTF8, row=line) from None


def _mostly_utf8(data: bytes, answers: Mapping[str, str]) -> DecodedText:
    try:
        return DecodedText(data.decode("utf-8"), "UTF-8")
    except UnicodeDecodeError:
        pass
    escaped = data.decode("utf-8", "surrogateescape")
    if re.search("[^\x00-\x7f\udc80-\udcff]", escaped):
        return _two_encodings(escaped)
    places = [match.start() for match in islice(_NOT_ASCII.finditer(escaped), MOST_LETTERS)]
    name, rival = _likeliest(lambda codec: data.decode(codec, "replace"), places)
    text = _without_senseless(data.decode(SINGLE_BYTE[name], "replace"), places)
    if rival is None:
        return DecodedText(text, name)
    question = Question("encoding", _as_either(data, name, rival), (name, rival))
    answer = answers.get(question.key) or answers.get(question_key("encoding", ""))
    if answer in SINGLE_BYTE:
        return DecodedText(_without_senseless(data.decode(SINGLE_BYTE[answer], "replace"), places), answer)
    return DecodedText(text, name, questions=(question,))


def _two_encodings(escaped: str) -> DecodedText:
    """Two exports pasted together: what is sound UTF-8 stays as it is, the stray bytes are read by themselves."""
    places = [match.start() for match in _STRAY.finditer(escaped)]
    name, _ = _likeliest(lambda codec: _with_strays(escaped, codec), places[:MOST_LETTERS])
    text = _with_strays(escaped, SINGLE_BYTE[name])
    text = _without_senseless(text, places)
    rows: list[int] = []
    line, start = 1, 0
    for at in places:
        line += len(_LINE_END.findall(text, start, at))
        start = at
        if rows[-1:] != [line]:
            rows.append(line)
    note = f"Letters in {rows_in_words(rows)} are in another encoding ({name}) than the rest (UTF-8)."
    return DecodedText(text, f"UTF-8 with some {name}", (note,))


def _without_senseless(text: str, places: Sequence[int]) -> str:
    """Put U+FFFD where a letter makes no sense, as half of one in a cut file does, so that its cell is refused."""
    senseless = {at for at in places if _fit(text, at) <= -1}
    return "".join(_LOST if at in senseless else letter for at, letter in enumerate(text)) if senseless else text


def _with_strays(escaped: str, codec: str) -> str:
    # Each stray byte stands for one letter, so places stay.
    return _STRAY.sub(lambda match: bytes([ord(match[0]) - 0xDC00]).decode(codec, "replace"), escaped)


def _likeliest(read: Callable[[str], str], places: Sequence[int]) -> tuple[str, str | None]:
    """The encoding whose letters fit best, and another that fits nearly as well; raises UnreadableFile when none does.

    The DOS code page counts only where the other two fail: files of DOS are rare by now.
    """
    texts = {name: read(codec) for name, codec in SINGLE_BYTE.items()}
    scores = {name: sum(_fit(text, at) for at in places) for name, text in texts.items()}
    if "\r" in texts["Windows-1252"] and "\n" not in texts["Windows-1252"]:
        # Lines that end as they did on a Macintosh.
        scores["Mac OS Roman"] += 3
    if max(scores["Windows-1252"], scores["Mac OS Roman"]) >= 0:
        del scores["DOS code page 850"]
    best, *others = sorted(scores, key=lambda name: -scores[name])
    if scores[best] < 0:
        text = texts["Windows-1252"]
        worst = min(places, key=lambda at: _fit(text, at))
        raise UnreadableFile(
            "characters in an encoding that can't be recognised", SAVE_AS_UTF8, row=_line_of(text, worst)
        )
    rival = others[0]
    if best.startswith("DOS"):
        return best, rival
    close = texts[rival] != texts[best] and scores[rival] >= max(UNDECIDED_FROM * scores[best], WORTH_ASKING)
    return best, rival if close else None


def _fit(text: str, at: int) -> float:  # noqa: PLR0911 - a table in the form of code
    """How well a letter fits between its neighbours: below 0 when nobody writes it there."""
    letter, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    inside = before.isalpha() and after.isalpha()
    if letter == _LOST:
        return -3
    if before > "\x7f" and after > "\x7f":
        # Another alphabet, read as if it were this one.
        return -1
    if letter.isalpha() and letter not in _MISPLACED:
        wrong_case = (
            before.islower() if letter.isupper() else after.isupper() and (before.isupper() or before.islower())
        )
        if wrong_case or not unicodedata.name(letter, "").startswith("LATIN"):
            return -1
        return (1 if letter in _USUAL_LETTERS else 0.5) if before.isalpha() or after.isalpha() else 0.1
    if letter in "’‘\xa0":
        return 0.8 if inside else 0.2
    if inside or (unicodedata.category(letter) == "Sc" and after.isalpha()):
        return -1
    return -0.5 if unicodedata.category(letter) in ("Ps", "Sc", "Cc", "Sk") and before.isalpha() else 0.1


def _as_either(data: bytes, name: str, rival: str) -> str:
    """The first word that the two encodings read differently, both ways."""
    one, other = (data.decode(SINGLE_BYTE[each], "replace") for each in (name, rival))
    at = next(at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)
    start = max(one.rfind(mark, 0, at) for mark in ',;\t|\n\r" ') + 1
    ends = [end for mark in ',;\t|\n\r" ' if (end := one.find(mark, at)) >= 0]
    end = min(ends, default=len(one))
    return f"{one[start:end][:40]} or {other[start:end][:40]}"


def _line_of(text: str, at: int | None) -> int:
    """Number of the line of a place, however lines end."""
    return len(_LINE_END.findall(text[:at])) + 1


_TWICE = re.compile("[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u017e\u02c6\u02dc\u2013-\u203a\u20ac\u2122]")


def decoded_once_more(text: str) -> str | None:
    """What a text was before it was encoded twice, or more often (`JosÃ©`); None when it wasn't."""
    found = None
    while _TWICE.search(text):
        try:
            once = b"".join(_one_byte(letter) for letter in text).decode("utf-8")
        except UnicodeError:
            break
        if once == text:
            break
        found = text = once
    return found


def _one_byte(letter: str) -> bytes:
    try:
        return letter.encode("cp1252")
    except UnicodeEncodeError:
        return letter.encode("latin-1")
