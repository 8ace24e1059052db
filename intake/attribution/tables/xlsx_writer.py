"""Tables as an Excel workbook: numbers that stay numbers, text that can't turn into a formula, filters, a chart.

Nothing in a sheet is calculated by the reader's program.
"""

import io
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import xlsxwriter

from intake.attribution.tables.table import BarsBeside, Cell, ReportTables, Table

MIME_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 200_000
# What Excel takes for one cell, in the units that it counts: an emoji is two.
LONGEST_CELL = 32_767
CUT_SHORT = " … [cut short: {length:,} characters in all, which the CSV file has]"
WIDEST_COLUMN = 48
MOST_FIGURES = 16
INK, SOFT, ACCENT, LINE = "#1F1C19", "#4D4741", "#0B5154", "#DDD5CA"


class TooManyRows(Exception):
    """More rows than a workbook should hold; the CSV file holds any number."""


def xlsx_file(book: ReportTables) -> bytes:
    """Return the file. Raises TooManyRows."""
    made = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "remove_timezone": True,
    }
    with xlsxwriter.Workbook(made, options) as file:
        file.set_properties({"title": book.title, "author": "Intake"})
        looks = _looks(file)
        _about(file, book, looks)
        for table in book.tables:
            _table(file, table, looks)
    return made.getvalue()


def _looks(file: xlsxwriter.Workbook) -> dict[str | Cell, Any]:
    base = {"font_name": "Calibri", "font_size": 11, "font_color": INK, "valign": "top"}
    head = {"bold": True, "font_color": SOFT, "bottom": 1, "bottom_color": SOFT, "text_wrap": True}
    return {
        "title": file.add_format({**base, "bold": True, "font_size": 16}),
        "label": file.add_format({**base, "font_color": SOFT}),
        "wrapped": file.add_format({**base, "text_wrap": True}),
        "head": file.add_format({**base, **head}),
        "head_right": file.add_format({**base, **head, "align": "right"}),
        "text": file.add_format({**base, "num_format": "@"}),
        "whole": file.add_format({**base, "num_format": "#,##0"}),
        "decimal": file.add_format({**base, "num_format": "#,##0.00"}),
        Cell.PROBABILITY: file.add_format({**base, "num_format": "0.0000"}),
        Cell.SHARE: file.add_format({**base, "num_format": "0.0%"}),
        "day": file.add_format({**base, "num_format": "mmm d, yyyy", "align": "left"}),
        "moment": file.add_format({**base, "num_format": "mmm d, yyyy h:mm AM/PM", "align": "left"}),
    }


def _about(file: xlsxwriter.Workbook, book: ReportTables, looks: dict[str | Cell, Any]) -> None:
    page = file.add_worksheet("About")
    page.hide_gridlines(2)
    page.set_column(0, 0, 22)
    page.set_column(1, 1, 96)
    page.write_string(0, 0, fitting(book.title), looks["title"])
    for place, (label, value) in enumerate(book.about, start=2):
        page.write_string(place, 0, label, looks["label"])
        if isinstance(value, int | float | Decimal | date):
            _write(page, place, 1, value, looks, kind=Cell.COUNT)
        else:
            page.write_string(place, 1, fitting(str(value)), looks["wrapped"])
    page.set_landscape()
    page.fit_to_pages(1, 0)


def _table(file: xlsxwriter.Workbook, table: Table, looks: dict[str | Cell, Any]) -> None:
    page = file.add_worksheet(table.name[:31])
    header, kinds = table.header, table.kinds
    widths = [len(name) for name in header]
    numeric = [False] * len(header)
    last = 0
    for last, row in enumerate(table.rows, start=1):
        if last > MOST_ROWS:
            raise TooManyRows
        for column, value in enumerate(row):
            widths[column] = max(widths[column], _write(page, last, column, value, looks, kind=kinds[column]))
            numeric[column] = numeric[column] or _is_number(value, kinds[column])
    for column, name in enumerate(header):
        page.write_string(0, column, name, looks["head_right" if numeric[column] else "head"])
        page.set_column(column, column, min(WIDEST_COLUMN, max(8, widths[column] + 2)))
    page.freeze_panes(1, 1)
    page.autofilter(0, 0, last, len(header) - 1)
    page.repeat_rows(0)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.set_footer("&L&A&RPage &P of &N")
    if table.bars and (drawn := min(table.bars.rows, last)):
        _draw(file, page, header, table.bars, drawn)


def _is_number(value: Any, kind: Cell) -> bool:
    return kind != Cell.CODE and isinstance(value, int | float | Decimal | Fraction)


def _write(page: Any, row: int, column: int, value: Any, looks: dict[str | Cell, Any], *, kind: Cell) -> int:
    """Write one cell by what it is, never by what it looks like. Return about how wide it is."""
    width = 0
    if kind == Cell.CODE and value is not None:
        value = str(value)
    match value:
        case None | "":
            pass
        case bool():
            page.write_string(row, column, "yes" if value else "no", looks["text"])
            width = 3
        case int():
            page.write_number(row, column, value, looks.get(kind, looks["whole"]))
            width = len(f"{value:,}")
        case float() | Decimal() | Fraction():
            page.write_number(row, column, float(value), looks.get(kind, looks["decimal"]))
            width = len(f"{float(value):,.2f}")
        case datetime():
            page.write_datetime(row, column, value.replace(tzinfo=None), looks["moment"])
            width = 21
        case date():
            page.write_datetime(row, column, datetime(value.year, value.month, value.day), looks["day"])  # noqa: DTZ001
            width = 12
        case _:
            text = fitting(str(value))
            page.write_string(row, column, text, looks["text"])
            width = len(text)
    return width


def fitting(text: str) -> str:
    """Return the text as a cell holds it: one that is too long is cut short and says so."""
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * LONGEST_CELL:
        return text
    said = CUT_SHORT.format(length=len(text))
    # A pair that the cut parts is left out.
    return units[: 2 * (LONGEST_CELL - len(said))].decode("utf-16-le", "ignore") + said


def _draw(file: xlsxwriter.Workbook, page: Any, header: list[str], bars: BarsBeside, rows: int) -> None:
    column = header.index(bars.column)
    chart = file.add_chart({"type": "column" if bars.over_time else "bar"})
    figures: dict[str, Any] = {"data_labels": {"value": True, "font": {"color": INK}}}
    chart.add_series(
        {
            "name": bars.title,
            "categories": [page.get_name(), 1, 0, rows, 0],
            "values": [page.get_name(), 1, column, rows, column],
            "fill": {"color": ACCENT},
            "gap": 40,
            # More of them would run into each other.
            **(figures if not bars.over_time or rows <= MOST_FIGURES else {}),
        }
    )
    chart.set_title({"name": bars.title, "name_font": {"size": 12, "color": INK}, "overlay": False})
    chart.set_legend({"none": True})
    chart.set_chartarea({"border": {"none": True}})
    names, scale = {"line": {"color": LINE}, "num_font": {"color": INK}}, {"min": 0, "num_font": {"color": SOFT}}
    if bars.over_time:
        chart.set_x_axis(
            {**names, "interval_unit": -(-rows // MOST_FIGURES), "num_font": {"color": INK, "rotation": -45}}
        )
        chart.set_y_axis(
            {**scale, "line": {"none": True}, "major_gridlines": {"visible": True, "line": {"color": LINE}}}
        )
        chart.set_size({"width": min(1_200, 400 + 26 * rows), "height": 380})
    else:
        chart.set_y_axis({**names, "reverse": True})
        chart.set_x_axis({**scale, "visible": False, "major_gridlines": {"visible": False}})
        chart.set_size({"width": 640, "height": 90 + 26 * rows})
    page.insert_chart(1, len(header) + 1, chart)
