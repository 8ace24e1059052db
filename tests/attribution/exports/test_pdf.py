"""Making a PDF tells the log what went wrong with it, and nothing of what stands in it."""

import io
import logging

import pypdf
import pytest
from flask import Flask
from structlog.testing import capture_logs

from intake.attribution.tables import pdf_writer

pytestmark = pytest.mark.skipif(bool(pdf_writer.why_off()), reason=pdf_writer.why_off())


def test_the_steps_of_making_a_pdf_are_not_told(app: Flask, capfd: pytest.CaptureFixture[str]) -> None:
    assert pdf_writer.as_pdf(pdf_writer.PrintedPage("Report", "<h1>Report</h1>")).startswith(b"%PDF")
    told = capfd.readouterr()
    assert "Step" not in told.err + told.out and "glyph" not in told.err + told.out


def test_what_was_wrong_is_told_without_the_words_of_the_page(app: Flask, capfd: pytest.CaptureFixture[str]) -> None:
    with capture_logs() as events:
        wrong = '<p style="torvald: 5185550177">x</p><img src="http://torvald.example/a">' * 2
        pdf_writer.as_pdf(pdf_writer.PrintedPage("Report", wrong))
    assert [event["event"] for event in events] == ["pdf_complaint"] * len(events) != []
    assert len({event["words"] for event in events}) == len(events)
    assert "torvald" not in f"{events}{capfd.readouterr()}".casefold()
    assert not logging.getLogger("weasyprint").propagate


def test_a_drawing_keeps_its_words_and_figures(app: Flask) -> None:
    drawing = '<svg class="chart" width="100%" height="60"><text class="chart-label" x="0" y="16">Doctor</text>'
    drawing += '<text class="chart-value" x="100%" y="16" text-anchor="end">46</text></svg>'
    made = (
        pypdf.PdfReader(io.BytesIO(pdf_writer.as_pdf(pdf_writer.PrintedPage("Report", drawing))))
        .pages[0]
        .extract_text()
    )
    assert "Doctor" in made and "46" in made


def test_whiskers_of_a_chart_are_drawn_on_paper(app: Flask) -> None:
    line = '<line class="chart-whisker" x1="{0}%" x2="{1}%" y1="{2}" y2="{3}" />'
    drawing = "".join(line.format(*each) for each in ((10, 60, 18, 18), (10, 10, 16, 20), (60, 60, 16, 20)))
    made = pdf_writer.as_pdf(pdf_writer.PrintedPage("Report", f'<svg class="chart" width="100%">{drawing}</svg>'))
    drawn = pypdf.PdfReader(io.BytesIO(made)).pages[0].get_contents()
    assert drawn is not None
    # Grey, one wide, three strokes.
    assert drawn.get_data().count(b" RG\n1 w") == 3
