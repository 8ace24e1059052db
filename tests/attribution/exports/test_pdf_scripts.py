"""Every script prints, or a sentence says what is missing: never an empty box."""

import io
import re

import pypdf
import pytest
from flask import Flask
from structlog.testing import capture_logs

from intake.attribution.tables import pdf_writer, scripts

pytestmark = pytest.mark.skipif(bool(pdf_writer.why_off()), reason=pdf_writer.why_off())

WORDS = (
    "微信 (WeChat)", "إعلان", "Łukasz Żółć", "Nguyễn Thị Hồng", "Found you on 小红书 🙏🏽 today", "김나", "日本の",
    "\U0001f469\u200d\u2695\ufe0f \u2b50",
)  # fmt: skip
LATIN = [(0x20, 0x24F), (0x1E00, 0x1EFF), (0x2010, 0x2044), (0x600, 0x6FF), (0xFB50, 0xFEFF)]


def words_of(made: bytes) -> str:
    return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made)).pages)


def test_what_no_font_has_is_left_out_and_said(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripts, "_covered", lambda: tuple(LATIN))
    rows = "".join(f'<tr><th dir="auto">{word}</th><td>7</td></tr>' for word in WORDS)
    with capture_logs() as events:
        made = words_of(pdf_writer.as_pdf(pdf_writer.PrintedPage("微信", f"<h1>Report</h1><table>{rows}</table>")))
    assert not [event for event in events if "notdef" in str(event)]
    assert "[…] (WeChat)" in made and "Found you on […] […] today" in made and "Łukasz Żółć" in made
    assert "no font for Chinese, Japanese, Korean and emoji" in re.sub(r"\s+", " ", made)
    assert "apt-get install fonts-noto-cjk fonts-noto-color-emoji" in re.sub(r"\s+", " ", made)


def test_figures_are_found_and_copied_as_they_are_written(app: Flask) -> None:
    said = "In 2026: 100 patients, 5.0%, $1,000\u00a0each, 10–20 of 30 ▲ −7"
    with capture_logs() as events:
        made = words_of(
            pdf_writer.as_pdf(pdf_writer.PrintedPage("2026", f"<p>{said}</p><p><strong>{said}</strong></p>"))
        )
    assert made.replace("\u00a0", " ").count(said.replace("\u00a0", " ")) == 2
    assert not [event for event in events if "notdef" in str(event)]


def test_what_the_fonts_have_is_printed_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripts, "_covered", lambda: ((0x20, 0x1FFFF),))
    assert scripts.without_unprintable(" ".join(WORDS)) == (" ".join(WORDS), "")
    # Where it can't be found out, nothing is taken away.
    monkeypatch.setattr(scripts, "_covered", tuple)
    assert scripts.without_unprintable("微信") == ("微信", "")


def test_a_drawing_within_a_drawing_has_the_rules_of_both(app: Flask) -> None:
    drawing = (
        '<svg class="columns"><svg><rect class="chart-bar"/></svg>'
        '<text class="chart-label">Jan</text></svg><svg class="spark"><rect class="spark-bar"/></svg>'
    )
    made = pdf_writer._styled(drawing)
    first, second = re.findall(r"<style>(.*?)</style>", made, re.DOTALL)
    assert ".chart-bar" in first and ".chart-label" in first and "spark-bar" in second and "chart-label" not in second
    assert re.sub(r"<style>.*?</style>", "", made, flags=re.DOTALL) == drawing


def test_links_and_marks_beside_words_are_not_set_on_paper() -> None:
    row = '<td data-label="Sent"><a href="/reports/rows">12<span class="visually-hidden"> sent</span></a></td>'
    mark = '<svg class="icon" fill="currentColor"><path d="M0 0"/></svg>Lapsed <a class="btn" href="/x">Go</a>'
    assert pdf_writer._on_paper(row + mark) == '<td>12</td>Lapsed <a class="btn" href="/x">Go</a>'
