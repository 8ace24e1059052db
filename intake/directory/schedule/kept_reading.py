"""Readings of files as they are kept between preview and confirmation: as JSON, with the version that wrote it."""

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from intake.directory.schedule.file.columns import Header
from intake.directory.schedule.file.import_errors import ImportProblem, LeftOut, Question
from intake.directory.schedule.file.reader import ScheduleFile
from intake.directory.schedule.file.schedule_row import ScheduleRow

_VERSION = 2
_COLUMNS = [column.name for column in fields(ScheduleRow)]


class OtherVersion(ValueError):
    """The reading was kept by another version of Intake; the file has to be read again."""


def tagged(value: Any) -> Any:
    """A value of the database as JSON has it; moments and days as [kind, words]."""
    if isinstance(value, datetime):
        return ["moment", value.isoformat()]
    if isinstance(value, date):
        return ["day", value.isoformat()]
    return value


def untagged(value: Any) -> Any:
    """Undo `tagged`."""
    if not isinstance(value, list):
        return value
    return (datetime if value[0] == "moment" else date).fromisoformat(value[1])


def packed(schedule: ScheduleFile, answers: Mapping[str, str]) -> bytes:
    """A reading and the answers that were given about it."""
    header = schedule.header
    return json.dumps(
        {
            "version": _VERSION,
            "columns": _COLUMNS,
            "answers": dict(answers),
            "rows": [[tagged(getattr(row, name)) for name in _COLUMNS] for row in schedule.rows],
            "problems": [
                [[each.row, each.column, each.found, each.expected] for each in problems]
                for problems in (schedule.refused, schedule.wrong, schedule.warnings)
            ],
            "questions": [[each.about, each.found, each.choices, each.rows] for each in schedule.questions],
            "left_out": [[each.row, each.reason] for each in schedule.left_out],
            "notes": schedule.notes,
            "ignored": schedule.ignored,
            "described": schedule.described,
            "digest": schedule.digest,
            "header": header and [header.row, header.places, header.titles, header.ignored, header.width],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()


def unpacked(data: bytes) -> tuple[ScheduleFile, dict[str, str]]:
    """Undo `packed`; raises OtherVersion."""
    kept = json.loads(data)
    if kept["version"] != _VERSION or kept["columns"] != _COLUMNS:
        raise OtherVersion
    refused, wrong, warnings = ([ImportProblem(*each) for each in problems] for problems in kept["problems"])
    header = None
    if kept["header"]:
        row, places, titles, ignored, width = kept["header"]
        header = Header(row, places, titles, tuple(ignored), width=width)
    schedule = ScheduleFile(
        [ScheduleRow(*map(untagged, row)) for row in kept["rows"]],
        refused,
        wrong,
        [Question(about, found, tuple(choices), tuple(rows)) for about, found, choices, rows in kept["questions"]],
        [LeftOut(*each) for each in kept["left_out"]],
        warnings,
        kept["notes"],
        tuple(kept["ignored"]),
        kept["described"],
        header,
        kept["digest"],
    )
    return schedule, kept["answers"]
