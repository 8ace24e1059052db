"""`flask physicians` and `flask taxonomy`: registry files, search from the command line, the search index."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from intake.accounts.audit import audit_trail
from intake.db import db, reading, refresh_statistics
from intake.directory.npi.file import FileRefused
from intake.directory.npi.rows import STATES
from intake.directory.npi.taxonomy_file import import_taxonomy
from intake.directory.physician_search.index import reindex
from intake.directory.physician_search.search import search_physicians
from intake.directory.registry_import.importer import ImportCounts, import_registry

physicians = AppGroup("physicians", help="Physicians of the NPI registry: import, search.")
taxonomy = AppGroup("taxonomy", help="Names of specialties beyond those that come with Intake.")

# What a search prints of each physician.
_SHOWN = ("npi", "first_name", "last_name", "credential", "specialty", "taxonomy", "city", "state", "score")
_BAR_WIDTH = 30
_SECONDS_BETWEEN_DRAWINGS = 0.1


@physicians.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--state", "states", multiple=True, metavar="ST", help="Only these practice-location states; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as one JSON object.")
def import_command(file: Path, states: tuple[str, ...], as_json: bool) -> None:
    """Add and update physicians from FILE, the NPI registry's own download: full or weekly, .csv, .zip or .gz."""
    wanted = frozenset(code.strip().upper() for entry in states for code in entry.split(","))
    if unknown := sorted(wanted - STATES.keys()):
        raise click.UsageError(f"{unknown[0]!r} is no state; write two letters, such as TX.")
    with _exit_when_refused(file), _progress_bar() as draw:
        counts = import_registry(file, states=wanted, checkpoint=db.session.commit, on_progress=draw)
    figures = asdict(counts)
    audit_trail.record(
        "physicians.imported",
        **{name: value for name, value in figures.items() if isinstance(value, int) and not isinstance(value, bool)},
    )
    db.session.commit()
    refresh_statistics()
    click.echo(json.dumps(figures) if as_json else _in_words(counts))


@physicians.command("search")
@click.argument("text", required=False)
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--batch", is_flag=True, help="Read queries from standard input; print one JSON line each.")
def search_command(text: str | None, limit: int, as_json: bool, batch: bool) -> None:
    """Find physicians by name, misspelled or not, specialty, city, practice, in any order."""
    if batch:
        for line in _lines():
            click.echo(json.dumps(_searched(line, limit), ensure_ascii=False))
            sys.stdout.flush()
        return
    if text is None:
        raise click.UsageError("Say whom to look for, or use --batch.")
    found = _searched(text, limit)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    if not found["results"]:
        click.echo("Nobody found.")
    for row in found["results"]:
        place = ", ".join(filter(None, (row["city"], row["state"])))
        name = f"{row['first_name']} {row['last_name']}, {row['credential']}".strip(", ")
        click.echo(f"{row['score']:.2f}  {row['npi'] or '-':<10}  {name:<36.36}  {row['specialty']:<40.40}  {place}")


@physicians.command("reindex")
def reindex_command() -> None:
    """Rebuild the search index. Needed only after physicians were changed past Intake."""
    with _progress_bar() as draw:
        done = reindex(lambda done, total: draw(done / max(total, 1), ImportCounts(read=done)))
    db.session.commit()
    click.echo(f"{done:,} physicians can be found.")


@taxonomy.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the counts as one JSON object.")
def taxonomy_command(file: Path, as_json: bool) -> None:
    """Load specialty names from FILE, the provider taxonomy as its publisher offers it (CSV)."""
    with _exit_when_refused(file):
        counts = import_taxonomy(file)
    db.session.commit()
    click.echo(json.dumps(counts) if as_json else f"{counts['read']:,} names read, {counts['added']:,} of them new.")


def _searched(text: str, limit: int) -> dict[str, Any]:
    # Reading takes no lock on the embedded database: a batch never holds up the desk.
    with reading():
        started = time.perf_counter()
        hits = search_physicians(text, limit=limit)
        elapsed = (time.perf_counter() - started) * 1000
    # Each query is a transaction of its own, so that a long batch sees what others commit meanwhile.
    db.session.rollback()
    results = [{name: getattr(hit, name) for name in _SHOWN} for hit in hits]
    return {"query": text, "elapsed_ms": round(elapsed, 3), "results": results}


@contextmanager
def _exit_when_refused(file: Path) -> Iterator[None]:
    try:
        yield
    except FileRefused as reason:
        db.session.rollback()
        click.echo(f"{file.name} was not imported. {reason}", err=True)
        sys.exit(1)


def _lines() -> Iterator[str]:
    """Lines of standard input; bytes that aren't UTF-8 are replaced rather than ending the batch."""
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", errors="replace").rstrip("\r\n").replace("\x00", "")


def _in_words(counts: ImportCounts) -> str:
    lines = [
        f"{counts.read:,} rows read in {counts.seconds:,.1f} s ({counts.rows_per_second:,} a second).",
        f"{counts.added:,} physicians added, {counts.updated:,} updated, {counts.unchanged:,} as they were.",
        f"{counts.deactivated:,} deactivated, {counts.reactivated:,} in use again after a deactivation.",
    ]
    if counts.unknown_deactivated:
        lines.append(f"{counts.unknown_deactivated:,} deactivated numbers belong to nobody here.")
    if counts.skipped_organisations or counts.skipped_state:
        lines.append(f"Left out: {counts.skipped_organisations:,} organisations, {counts.skipped_state:,} elsewhere.")
    if counts.older:
        lines.append(f"{counts.older:,} rows know less recent things than are here already.")
    if counts.lacking:
        titles = ", ".join(f"“{title}”" for title in counts.lacking)
        lines.append(f"Note: the file has no column {titles}; what is known of that stays as it is.")
    if counts.invalid:
        lines.append(f"{counts.invalid:,} rows can't be right and were left out: {'; '.join(counts.invalid_examples)}.")
    return "\n".join(lines)


@contextmanager
def _progress_bar() -> Iterator[Any]:
    """A bar on a terminal's standard error; nothing when it goes to a file."""
    drawn = 0.0
    started = time.monotonic()

    def draw(fraction: float, counts: ImportCounts) -> None:
        nonlocal drawn
        now = time.monotonic()
        if not sys.stderr.isatty() or now - drawn < _SECONDS_BETWEEN_DRAWINGS:
            return
        drawn = now
        done = min(max(fraction, 0.0), 1.0)
        bar = "█" * round(done * _BAR_WIDTH)
        left = (now - started) * (1 - done) / done if done > 0.01 else 0
        rest = f"{left // 60:.0f}:{left % 60:02.0f} left" if left else ""
        sys.stderr.write(f"\r{bar:<{_BAR_WIDTH}} {done:4.0%}  {counts.read:>10,} rows  {rest:<12}")
        sys.stderr.flush()

    try:
        yield draw
    finally:
        if drawn:
            sys.stderr.write("\r\x1b[K")
