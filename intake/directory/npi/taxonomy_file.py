"""The provider taxonomy as its publisher offers it: a CSV with code, grouping, classification, specialization."""

import csv
from pathlib import Path

from sqlalchemy import insert, select, update

from intake.db import db
from intake.directory.models import Taxonomy
from intake.directory.npi.file import FileRefused

LARGEST_BYTES = 20_000_000
_NEEDED = ("Code", "Classification", "Specialization")


def import_taxonomy(path: Path) -> dict[str, int]:
    """Add and rename specialties from the file at `path`; returns {read, added, updated}. Raises FileRefused."""
    names = _names(path)
    known = {row.code: row.name for row in db.session.scalars(select(Taxonomy))}
    added = [{"code": code, "name": name} for code, name in names.items() if code not in known]
    changed = {code: name for code, name in names.items() if code in known and known[code] != name}
    if added:
        db.session.execute(insert(Taxonomy), added)
    for code, name in changed.items():
        db.session.execute(update(Taxonomy).where(Taxonomy.code == code).values(name=name))
    return {"read": len(names), "added": len(added), "updated": len(changed)}


def _names(path: Path) -> dict[str, str]:
    try:
        data = path.read_bytes() if path.stat().st_size <= LARGEST_BYTES else None
    except OSError:
        raise FileRefused(f"There is no file {path.name} to read.") from None
    if data is None:
        raise FileRefused("The file is far larger than the code set. Is this another file?")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data[:100] or data[:2] == b"PK":
        raise FileRefused("The file isn't plain CSV. Use it as its publisher offers it, without saving it in between.")
    # Issues up to 2023 are in Windows-1252, later ones in UTF-8.
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    reader = csv.DictReader(text.splitlines())
    if missing := [name for name in _NEEDED if name not in (reader.fieldnames or ())]:
        raise FileRefused(f"The file lacks the column “{missing[0]}”. Choose the provider taxonomy in CSV form.")
    names = {}
    for row in reader:
        code = (row["Code"] or "").strip()
        name = ", ".join(filter(None, ((row["Classification"] or "").strip(), (row["Specialization"] or "").strip())))
        if len(code) == 10 and code.isalnum() and name:
            names[code] = name[:200]
    if not names:
        raise FileRefused("The file holds no codes.")
    return names
