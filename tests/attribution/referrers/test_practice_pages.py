"""A referring practice's page: its physicians together, each patient once; and what later rooms put on such pages."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

from flask import Flask
from markupsafe import Markup

from intake import clock
from intake.attribution.referrers.places import PHYSICIAN_PANELS, PRACTICE_BELOW
from intake.db import db
from intake.directory.models import ReferringPracticeMerge
from intake.survey.recording.record_answer import NewMention
from tests.clients import Client
from tests.making import Make
from tests.pages import text_of


def test_a_practice_has_its_sum_its_trend_and_who_works_there(
    app: Flask, client: Client, make: Make, sign_in: Any
) -> None:
    place, sources = make.location("Riverside"), make.sources()
    today = clock.clinic_today(place.time_zone)
    lakeside, merged = make.referring_practice("Lakeside"), make.referring_practice("Lake Side")
    db.session.add(ReferringPracticeMerge(practice_id=merged.id, into_id=lakeside.id, merged_at=clock.now()))
    osei = make.physician("Osei", "Ama", referring_practice_id=lakeside.id)
    lind = make.physician("Lind", "Bo", referring_practice_id=merged.id)
    make.visit(place, day=today - timedelta(days=900))

    def sent(ago: int, *named: Any, documented: Any = None) -> None:
        visit = make.visit(place, day=today - timedelta(days=ago), documented=documented)
        make.answer(visit, *(NewMention(sources["doctor"].id, physician_id=each.id) for each in named))

    sent(3, osei)
    sent(5, osei, documented=lind)
    sent(9, lind)
    sent(400, lind)
    sent(4, make.physician("Noise"))
    sign_in(client, make.staff("manager", locations=[place]))

    page = client.get(f"/reports/physicians/practices/{lakeside.id}")
    text = text_of(page)
    # Three in the year: whom both of them sent counts once.
    assert "Last 365 days 3 " in text and "Referrals in all 4 " in text and "Back" in text
    assert "Ama Osei" in text and "Bo Lind" in text and "Noise" not in text
    for address, shown in re.findall(
        rf'<a href="(/reports/physicians/practices/{lakeside.id}/sent[^"]*)">([\d,]+)<', page.text
    ):
        assert f"{shown} in all" in text_of(client.get(unescape(address))), address
    assert (
        client.get(f"/reports/physicians/practices/{merged.id}").headers["Location"]
        == f"/reports/physicians/practices/{lakeside.id}"
    )
    assert f'href="/reports/physicians/practices/{lakeside.id}"' in client.get(f"/reports/physicians/{osei.id}").text
    assert "4" in client.get(f"/reports/file.csv?of=/reports/physicians/practices/{lakeside.id}").text

    # Several parts in one place, in order; None shows nothing.
    PHYSICIAN_PANELS.add(app, lambda physician: Markup("<p>Owed: {}</p>").format(physician.last_name), order=60)
    PHYSICIAN_PANELS.add(app, lambda _physician: Markup("<p>Promised</p>"), order=20)
    PHYSICIAN_PANELS.add(app, lambda _physician: None)
    PRACTICE_BELOW.add(app, lambda practice: Markup("<p>Time line of {}</p>").format(practice.name))
    assert "<p>Promised</p><p>Owed: Osei</p>" in client.get(f"/reports/physicians/{osei.id}").text
    assert "<p>Time line of Lakeside</p>" in client.get(f"/reports/physicians/practices/{lakeside.id}").text
