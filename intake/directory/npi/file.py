"""Files of the NPI registry, full or weekly: read line by line in constant memory."""

import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import IO, Any

DAMAGED = "The packed file is damaged or locked with a password. Download it again."
LONGEST_ROW = 64_000
_SPREADSHEET = "xl/workbook.xml"

# The columns that are read, by the registry's own header. Read by name: columns have been renamed and moved before.
COLUMNS = {
    "npi": "NPI",
    "entity_type": "Entity Type Code",
    "replacement_npi": "Replacement NPI",
    "last_name": "Provider Last Name (Legal Name)",
    "first_name": "Provider First Name",
    "middle_name": "Provider Middle Name",
    "suffix": "Provider Name Suffix Text",
    "credential": "Provider Credential Text",
    "former_last_name": "Provider Other Last Name",
    "former_first_name": "Provider Other First Name",
    "street": "Provider First Line Business Practice Location Address",
    "street_second": "Provider Second Line Business Practice Location Address",
    "city": "Provider Business Practice Location Address City Name",
    "state": "Provider Business Practice Location Address State Name",
    "postal_code": "Provider Business Practice Location Address Postal Code",
    "phone": "Provider Business Practice Location Address Telephone Number",
    "updated_on": "Last Update Date",
    "deactivated_on": "NPI Deactivation Date",
    "reactivated_on": "NPI Reactivation Date",
}
FIELDS = tuple(COLUMNS)
TAXONOMY = "taxonomy_code"
_TAXONOMY = re.compile(r"healthcare provider taxonomy code_(\d+)")
_SWITCH = "healthcare provider primary taxonomy switch_{}"
# A file without the others says who a physician is; what it leaves out stays as it is known.
_NEEDED = ("npi", "entity_type", "last_name", "first_name")


class FileRefused(Exception):
    """The file isn't one that the registry publishes, or is damaged; the message says where and what to do."""


class RegistryFile:
    """Rows of one file: tuples in the order of FIELDS, the primary taxonomy code last.

    `row` is the number of the row last read, the header being row 1. `fraction_read` runs from 0 to 1.
    """

    def __init__(self, stream: IO[str], position: Callable[[], float]) -> None:
        self._stream = stream
        self._position = position
        self.row = 1
        header = next(_records(stream, self), None)
        if not header or header == [""]:
            raise FileRefused("The file is empty.")
        self._width = len(header)
        places = {" ".join(name.split()).casefold(): place for place, name in enumerate(header)}
        lacking = [field for field, name in COLUMNS.items() if name.casefold() not in places]
        missing = [COLUMNS[field] for field in lacking if field in _NEEDED]
        slots = sorted(int(match[1]) for name in places if (match := _TAXONOMY.fullmatch(name)))
        if missing:
            raise FileRefused(_wrong_header(header, missing))
        # Fields that this file has no column for.
        self.lacking = frozenset(lacking if slots else [*lacking, TAXONOMY])
        codes = [places[f"healthcare provider taxonomy code_{slot}"] for slot in slots]
        switches = [places.get(_SWITCH.format(slot)) for slot in slots]
        named = [places.get(name.casefold()) for name in COLUMNS.values()]
        self._needed = 1 + max(place for place in (*codes, *switches, *named) if place is not None)
        # A column that this file lacks reads as the empty string put behind the last one.
        self._pick = itemgetter(*(self._needed if place is None else place for place in named))
        self._taxonomies = [
            (self._needed if switch is None else switch, code) for switch, code in zip(switches, codes, strict=True)
        ]

    def fraction_read(self) -> float:
        return self._position()

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        width, quotes, commas = self._width, self._width * 2, self._width - 1
        needed, pick, taxonomies = self._needed, self._pick, self._taxonomies
        # Without a column for it, the empty string behind the last one.
        first_code = taxonomies[0][1] if taxonomies else needed
        for line in _lines(self._stream, self):
            # Nearly every line quotes every field and holds no quote inside one: then splitting is exact, and
            # only as far as the last column that we read.
            if line.count('"') == quotes and line.count('","') == commas:
                fields = line.split('","', needed)
                fields[0] = fields[0][1:]
                if needed == width:
                    fields[-1] = fields[-1].rstrip("\r\n")[:-1]
            else:
                fields = self._read_slowly(line)
                if not fields:
                    continue
            fields[needed:] = ("",)
            code = ""
            for switch, place in taxonomies:
                if fields[switch] == "Y":
                    code = fields[place]
                    break
            else:
                code = fields[first_code]
            yield *pick(fields), code

    def _read_slowly(self, line: str) -> list[str]:
        """Fields of a line that isn't quoted throughout, or runs on over several lines; empty for a blank line."""
        first_row = self.row
        while line.count('"') % 2:
            more = self._stream.readline(LONGEST_ROW)
            if not more or len(line) > LONGEST_ROW:
                raise FileRefused(
                    f"Row {first_row} has a quotation mark that is never closed: the file seems cut short or damaged. "
                    "Download it again."
                )
            line += more
            self.row += 1
        fields = next(csv.reader(io.StringIO(line, newline="")), [])
        if fields and len(fields) != self._width:
            raise FileRefused(
                f"Row {first_row} has {len(fields)} columns where the header has {self._width}: "
                "the file seems cut short or damaged. Download it again."
            )
        return fields


@contextmanager
def open_registry_file(path: Path) -> Iterator[RegistryFile]:
    """Open the file at `path`: plain, gzipped, or the registry's zip with its one big table inside.

    Raises FileRefused for anything else.
    """
    try:
        size = path.stat().st_size
    except OSError:
        raise FileRefused(f"There is no file {path.name} to read.") from None
    if path.is_dir():
        raise FileRefused(f"{path.name} is a folder; name the registry's .csv or .zip file inside it.")
    if size == 0:
        raise FileRefused("The file is empty.")
    with path.open("rb") as raw:
        start = raw.read(4)
        raw.seek(0)
        if start[:4] == b"PK\x03\x04":
            yield from _zipped(raw)
        elif start[:2] == b"\x1f\x8b":
            yield from _text(gzip.GzipFile(fileobj=raw), lambda: raw.tell() / size)
        else:
            yield from _text(raw, lambda: raw.tell() / size)


def _zipped(raw: IO[bytes]) -> Iterator[RegistryFile]:
    try:
        with zipfile.ZipFile(raw) as archive:
            names = archive.namelist()
            if _SPREADSHEET in names:
                raise FileRefused("This is an Excel workbook. Use the .csv or .zip file as the registry publishes it.")
            tables = [
                entry
                for entry in archive.infolist()
                if re.search(r"(^|/)npidata[^/]*\.csv$", entry.filename, re.I)
                and "header" not in entry.filename.lower()
            ] or [entry for entry in archive.infolist() if entry.filename.lower().endswith(".csv")]
            if len(tables) != 1:
                raise FileRefused("The zip file holds no single npidata… .csv table; unpack it and name that file.")
            with archive.open(tables[0]) as inside:
                yield from _text(inside, lambda: inside.tell() / max(tables[0].file_size, 1))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise FileRefused(DAMAGED) from error


def _text(raw: Any, position: Callable[[], float]) -> Iterator[RegistryFile]:
    buffered = raw if isinstance(raw, io.BufferedReader) else io.BufferedReader(raw, 1 << 20)
    try:
        start = buffered.peek(4)[:4]
    except (EOFError, OSError, zlib.error):
        raise FileRefused(DAMAGED) from None
    if start[:2] in (b"\xff\xfe", b"\xfe\xff") or start[1::2] == b"\x00\x00" or start[::2] == b"\x00\x00":
        raise FileRefused("The file is in UTF-16. Save it as CSV in UTF-8, or use it as the registry publishes it.")
    if any(byte < 9 for byte in start):
        raise FileRefused("This isn't a text file. Choose npidata_pfile_….csv from the registry's download.")
    with io.TextIOWrapper(buffered, encoding="utf-8-sig", newline="") as stream:
        # Progress is read now and then, so a stream that can't tell its place mid-iteration must not be asked.
        yield RegistryFile(stream, position)


def _lines(stream: IO[str], file: RegistryFile) -> Iterator[str]:
    try:
        while line := stream.readline(LONGEST_ROW):
            file.row += 1
            if len(line) >= LONGEST_ROW and not line.endswith("\n"):
                raise FileRefused(f"Row {file.row} is longer than any row of the registry. Is this another file?")
            yield line
    except UnicodeDecodeError:
        raise FileRefused(
            f"Around row {file.row + 1} the file holds bytes that aren't UTF-8. "
            "Use it as the registry publishes it, without opening and saving it in between."
        ) from None
    except (EOFError, OSError, zipfile.BadZipFile, zlib.error):
        raise FileRefused(f"The packed file is damaged after row {file.row}. Download it again.") from None


def _records(stream: IO[str], file: RegistryFile) -> Iterator[list[str]]:
    for line in _lines(stream, file):
        file.row -= 1
        yield next(csv.reader([line.rstrip("\r\n")]), [""])


def _wrong_header(header: list[str], missing: list[str]) -> str:
    if len(missing) == len(_NEEDED):
        seen = ", ".join(name[:30] for name in header[:3] if name.strip())
        return (
            "This isn't an NPI registry file: none of its column names are there"
            + (f" (the first row reads: {seen})." if seen.isprintable() and seen else ".")
            + " Choose npidata_pfile_….csv from the registry's download."
        )
    names = ", ".join(f"“{name}”" for name in missing)
    return f"The file lacks {'a column' if len(missing) == 1 else 'columns'} that Intake can't do without: {names}."
