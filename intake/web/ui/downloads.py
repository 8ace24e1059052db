"""Tables as CSV files. What a patient typed never becomes a formula on the reader's computer."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from flask import Response, stream_with_context

# Spreadsheets take these as the beginning of a formula; some also the full-width forms, and some drop
# blanks, invisible marks or control characters in front before they look.
FORMULA_STARTS = frozenset("=+-@＝＋－＠﹢﹣﹦﹫−")
CONTROL_STARTS = frozenset("\t\r\n\0")
_INVISIBLE = re.compile(r"^[\s\x00-\x1f\x7f\u00a0\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]+")
_NOT_IN_FILE_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


def cell_text(value: str) -> str:
    """Return `value` as a spreadsheet shows it as text: one that could be a formula gets an apostrophe."""
    if not value:
        return value
    shown = _INVISIBLE.sub("", value)
    mark = "'" if value[0] in CONTROL_STARTS or shown[:1] in FORMULA_STARTS else ""
    # Readers end a field, or the file, at a NUL.
    return mark + value.replace("\0", "\N{REPLACEMENT CHARACTER}")


def cell(value: Any) -> str | int | float | Decimal:
    """Return a value as it is written: numbers stay numbers, days and times are ISO 8601, all else is safe text."""
    match value:
        case None:
            text = ""
        case bool():
            text = "yes" if value else "no"
        case int() | float() | Decimal():
            return value
        case Fraction():
            return value.numerator if value.denominator == 1 else float(value)
        case datetime():
            text = value.isoformat(sep=" ", timespec="minutes")
        case date():
            text = value.isoformat()
        case _:
            text = cell_text(str(value))
    return text


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Write a CSV file piece by piece: UTF-8 with its mark (Excel guesses wrong without), CRLF, one header line."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([cell(name) for name in header])
    yield b"\xef\xbb\xbf" + _take(buffer)
    for row in rows:
        writer.writerow([cell(value) for value in row])
        yield _take(buffer)


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """A CSV download called `name`.csv. Rows may be a generator that reads the database as it goes."""
    response = Response(stream_with_context(csv_lines(header, rows)), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name(name)}.csv"'
    return response


def file_name(text: str) -> str:
    """Return `text` as a file name that every system takes."""
    return _NOT_IN_FILE_NAMES.sub("-", text).strip("-.")[:120] or "intake"


def _take(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    # A lone half of a surrogate pair can't be encoded; better a mark in one cell than no file.
    return text.encode("utf-8", "replace")
