"""Reads a workbook in a process of its own, with limits that the system keeps.

Run as a script, so that it imports nothing of ours. The file comes on standard input; the visible sheets leave as JSON.
"""

import io
import json
import resource
import sys
from datetime import date, datetime, time, timedelta
from typing import Any

MOST_MEMORY = 1024 * 1024 * 1024
MOST_SECONDS = 20
# Exit statuses; any other but 0 means that a limit was reached.
UNREADABLE, TOO_MANY, OUT_OF_MEMORY = 3, 4, 5


def plain(value: Any) -> Any:
    """A cell as JSON has it; days and times as [kind, words]."""
    match value:
        case datetime():
            return ["datetime", value.isoformat()]
        case date():
            return ["date", value.isoformat()]
        case time():
            return ["time", value.isoformat()]
        case timedelta():
            return ["timedelta", value // timedelta(microseconds=1)]
    return value


def main(most_sheets: int, most_cells: int) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    import python_calamine as calamine

    try:
        book = calamine.load_workbook(io.BytesIO(sys.stdin.buffer.read()))
        visible = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.visible == calamine.SheetVisibleEnum.Visible and sheet.typ == calamine.SheetTypeEnum.WorkSheet
        ]
        if len(visible) > most_sheets:
            return TOO_MANY
        sheets, cells = [], 0
        for name in visible:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            # Several sheets may be one and the same part of the archive.
            cells += sum(map(len, rows))
            if cells > most_cells:
                return TOO_MANY
            sheets.append([name, [[plain(cell) for cell in row] for row in rows]])
    except MemoryError:
        return OUT_OF_MEMORY
    except BaseException:
        # A panic of the parser is no Exception; it means the same.
        return UNREADABLE
    sys.stdout.write(json.dumps(sheets))
    return 0


if __name__ == "__main__":
    sys.stderr = io.StringIO()
    raise SystemExit(main(int(sys.argv[1]), int(sys.argv[2])))
