"""Exports that a spreadsheet opens as text."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from intake.web.ui.downloads import FORMULA_STARTS, cell, cell_text, csv_lines, csv_response, file_name


@pytest.mark.parametrize(
    "typed",
    [
        "=1+1",
        '=HYPERLINK("http://x.example","y")',
        "+1 415 555 0100",
        "-2",
        "@SUM(A1)",
        "\t=1+1",
        "\r=1+1",
        "\0=1+1",
        "＝1+1",
        "＋1",
        "－1",
        "＠SUM(A1)",
        "  =1+1",
        "\u200b=1+1",
        "\ufeff=1+1",
    ],
)
def test_text_that_a_spreadsheet_would_calculate_is_written_as_text(typed: str) -> None:
    assert cell_text(typed) == "'" + typed.replace("\0", "\N{REPLACEMENT CHARACTER}")


@pytest.mark.parametrize("typed", ["", "Dr. O'Neil", "a=b", "Route 9 - north", "José", "👩‍⚕️", "د. ليلى"])
def test_ordinary_words_are_written_as_they_are(typed: str) -> None:
    assert cell_text(typed) == typed


def test_numbers_stay_numbers_and_days_are_unambiguous() -> None:
    assert cell(-3) == -3
    assert cell(Decimal("-0.5")) == Decimal("-0.5")
    assert cell(Fraction(6, 2)) == 3
    assert cell(Fraction(1, 4)) == 0.25
    assert cell(date(2026, 11, 3)) == "2026-11-03"
    assert cell(datetime(2026, 11, 3, 14, 5, tzinfo=UTC)).startswith("2026-11-03 14:05")
    assert cell(None) == ""
    assert cell(True) == "yes"


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=5))
def test_any_text_comes_back_whole_and_no_cell_begins_a_formula(rows: list[list[str]]) -> None:
    content = b"".join(csv_lines(["one", "two"], rows))
    assert content.startswith(b"\xef\xbb\xbf")
    back = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert back[0] == ["one", "two"]
    assert len(back) == len(rows) + 1
    for row, original in zip(back[1:], rows, strict=True):
        for written, typed in zip(row, original, strict=True):
            assert written[:1] not in FORMULA_STARTS
            assert written.removeprefix("'") == typed.removeprefix("'").replace("\0", "\N{REPLACEMENT CHARACTER}")


def test_a_download_is_named_plainly_and_never_cached_as_a_page() -> None:
    app = Flask(__name__)
    with app.test_request_context():
        response = csv_response('Report "May"/2026\r\n', ["a"], [[1]])
        assert response.headers["Content-Disposition"] == 'attachment; filename="Report-May-2026.csv"'
        assert response.mimetype == "text/csv"
        assert response.get_data() == b"\xef\xbb\xbfa\r\n1\r\n"
    assert file_name("///") == "intake"


def test_no_nul_reaches_a_file() -> None:
    (_, line) = csv_lines(["Said"], [["before\0after"]])
    assert line == "before\N{REPLACEMENT CHARACTER}after\r\n".encode()
