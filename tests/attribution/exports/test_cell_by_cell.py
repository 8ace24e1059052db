"""Page, CSV, workbook, PDF and `flask totals` say the same in every cell, by every dimension and under every view."""

import json
import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from intake.attribution.filters.dimensions.registry import DIMENSIONS
from intake.attribution.tables import pdf_writer
from intake.survey.models import View
from intake.survey.outcomes import OUTCOMES, REPLIES
from intake.survey.recording.record_answer import NewMention
from intake.web.ui.formatting import percent, percents
from tests.clients import Client
from tests.making import Make
from tests.report_files import lines_of, pdf_text, sheets_of, take

DAYS = "from=2026-05-01&to=2026-05-31"
LABELS = {View.PRIMARY: "Primary", View.ANY: "Any mention", View.FRACTIONAL: "Fractional"}
PARTS = {"eligible": "Eligible", "asked": "Asked", "awaiting": "No reply yet", "not_asked": "Not asked"}
PARTS |= {str(outcome): OUTCOMES[outcome].label for outcome in REPLIES}


@pytest.fixture
def manager(session: Session, make: Make, client: Client, sign_in: Any) -> Any:
    """Two locations; campaigns below channels, thirds of a visit, names of every kind, months before and no answer."""
    places = [make.location("Riverside"), make.location("Northgate")]
    staff = make.staff("manager", locations=places, name="Ana Bell")
    sources = make.sources()
    osei = make.physician("Osei", "Ama", referring_practice_id=make.referring_practice("Hill Street Vein").id)
    doctor = NewMention(sources["doctor"].id, physician_id=osei.id)
    bare = NewMention(sources["doctor"].id)
    friend = NewMention(sources["friend_family"].id, referring_patient_id=make.patient("Greta", "Lindholm").id)
    flyer = make.source(label="Flyer at the fair", parent_id=sources["social_media"].id)
    for place, day, mentions, channel in (
        (places[0], date(2026, 5, 12), (doctor, sources["tv"], sources["facebook"]), "desk"),
        (places[0], date(2026, 5, 12), (doctor, flyer), "kiosk"),
        (places[1], date(2026, 5, 20), (sources["facebook"], flyer, friend), "kiosk"),
        (places[1], date(2026, 5, 21), (sources["social_media"],), "desk"),
        (places[1], date(2026, 5, 21), (friend, bare), "desk"),
        (places[0], date(2026, 5, 27), (NewMention(None, "the parrot"),), "desk"),
        *((places[0], date(2026, 4, 14), (doctor,), "desk") for _ in range(4)),
        (places[1], date(2026, 4, 15), (flyer,), "kiosk"),
    ):
        visit = make.visit(place, day=day, provider="Dr. Stone" if channel == "desk" else "")
        make.answer(visit, *mentions, channel=channel, staff=staff if channel == "desk" else None)
    make.answer(make.visit(places[1], day=date(2026, 5, 22)), outcome="declined", staff=staff)
    make.visit(places[0], day=date(2026, 5, 22))
    session.commit()
    sign_in(client, staff)
    return staff


@pytest.mark.parametrize("view", list(View))
def test_every_cell_is_the_same_wherever_it_stands(app: Flask, manager: Any, client: Client, view: View) -> None:
    for by in DIMENSIONS:
        address = f"/reports?{DAYS}&by={by}&view={view}"
        words = ["--from", "2026-05-01", "--to", "2026-05-31", "--by", str(by), "--view", str(view), "--json"]
        told = json.loads(app.test_cli_runner().invoke(args=["totals", *words]).output)
        rows = {(row["label"], row.get("detail", "")): row for row in told["rows"]}
        assert len(rows) == len(told["rows"]) > 0, by
        # Beside who asked stands how asking goes, in the same file.
        name, (header, *cells) = list(sheets_of(take(client, "xlsx", address)).items())[1]
        stated = [line for line in lines_of(take(client, "csv", address)) if line.get("Table", name) == name]
        lines = {(line[by.heading], line["Detail"]): line for line in stated}
        sheet = {(row[by.heading], row["Detail"]): row for row in as_rows(header, cells)}
        page = client.get(address).text
        seen, sure = (
            table_of(page, f"Table by {by.title.lower().removeprefix('by ')}"),
            table_of(page, "Table of intervals"),
        )
        paper = pdf_text(take(client, "pdf", address)) if view == View.PRIMARY and not pdf_writer.why_off() else ""
        assert set(lines) == set(sheet) == set(rows), by
        assert {label for label, _ in rows} == set(seen), by
        for (label, detail), row in rows.items():
            about = (str(by), str(view), label)
            expected = {
                f"Visits ({LABELS[view]})": row["credit"],
                "Share of answered": row["share"],
                "95% from": row["share_low"],
                "95% to": row["share_high"],
                "Visits before": row.get("before"),
                "Change": row.get("change"),
            }
            if "coverage" in row:
                expected |= {heading: row["coverage"][part] for part, heading in PARTS.items()}
            for heading, value in expected.items():
                assert same(lines[label, detail][heading], value), (about, heading)
                assert same(sheet[label, detail][heading], value), (about, heading)
            shown = seen[label]
            assert abs(float(shown["Visits"]) - row["credit"]) < 0.01, about
            assert shown["Of answered"] == percent(row["share"]), about
            if "before" in row:
                assert abs(float(shown["Before"]) - row["before"]) < 0.01, about
                assert abs(float(re.sub("[▲▼+]", "", shown["Change"]).replace("−", "-")) - row["change"]) < 0.02, about
            if "coverage" in row:
                assert shown["Eligible"] == f"{row['coverage']['eligible']:,}", about
                assert shown["Coverage"] == percent(row["coverage"]["coverage"]), about
            if not by.is_covered and not by.is_calendar:
                assert sure[label]["95% interval"] == percents((row["share_low"], row["share_high"])), about
                assert sure[label]["Of eligible"] == percent(row["credit"] / told["coverage"]["eligible"]), about
            if paper:
                figures = rf"\b{shown['Visits']}\s+{re.escape(shown['Of answered'])}"
                assert re.search(rf"{re.escape(label)}.{{0,90}}?{figures}", paper), (about, figures)


def as_rows(header: list[str], cells: list[list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(header, row, strict=True)) for row in cells]


def table_of(page: str, label: str) -> dict[str, dict[str, str]]:
    """The finest rows of the table that is called so on the page, by their label, with the words of each column."""
    found = re.search(rf'aria-label="{re.escape(label)}">(.*?)</table>', page, re.DOTALL)
    if found is None:
        return {}
    table = re.sub(r'<span class="(visually-hidden|row-detail)">.*?</span>', "", found[1], flags=re.DOTALL)
    headings = [words(cell) for cell in re.findall(r"<th scope=\"col\".*?>(.*?)</th>", table, re.DOTALL)]
    body = re.findall(r"<tr([^>]*)>(.*?)</tr>", table.partition("<tbody>")[2].partition("</tbody>")[0], re.DOTALL)
    rows: dict[str, dict[str, str]] = {}
    for number, (kind, row) in enumerate(body):
        below = number + 1 < len(body) and "is-below" in body[number + 1][0]
        if below and "is-below" not in kind:
            # A channel: its rows follow.
            continue
        cells = [words(cell) for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row, re.DOTALL)]
        rows[cells[0].removesuffix(", nothing closer")] = dict(zip(headings, cells, strict=True))
    return rows


def words(cell: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", cell)).split())


def same(cell: Any, value: float | None) -> bool:
    """Whether a file's cell holds this number, or nothing."""
    return cell == "" if value is None else cell != "" and abs(float(cell) - value) < 2e-6
