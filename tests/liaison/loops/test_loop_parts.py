"""What a relationship's page and its brief say of loops: counts, ages, and nobody's name."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import time_machine
from flask import Flask

from intake.accounts.current import BACKGROUND_HEADER
from intake.liaison.loops.owed import Owed
from intake.liaison.loops.parts import owed_lines, told_entries
from intake.liaison.loops.records import record_told
from intake.liaison.loops.referrals import referral
from intake.liaison.page.parties import Party

DAY = date(2026, 5, 12)


@time_machine.travel(datetime(2026, 5, 12, 15, tzinfo=UTC), tick=False)
def test_a_brief_says_what_we_owe_and_a_time_line_what_we_told(app: Flask, make: Any, session: Any) -> None:
    place, practice = make.location(), make.referring_practice("Bluegrass")
    physician = make.physician("Osei", "Ama", referring_practice_id=practice.id)
    staff = make.staff("liaison", locations=[place])
    for number in range(3):
        make.visit(place, make.patient("Marta", "Reyes"), day=DAY - timedelta(days=5 + number), documented=physician)
    # Whatever the season, a year of debts is told alike here, in the list and in a talk.
    make.visit(place, make.patient("Ida", "Holm"), day=DAY - timedelta(days=300), documented=physician)
    told = make.physician_link(place, day=DAY - timedelta(days=20))
    from flask import g

    with app.test_request_context("/", headers={BACKGROUND_HEADER: "file"}):
        g._login_user = staff
        found = referral(told, within=[place.id])
        record_told(found, Owed.CAME, "letter", staff=None)
        of_physician = Party("Ama Osei", physician_ids=(physician.id,))
        of_practice = Party("Bluegrass", practice_ids=(practice.id,))
        lines = [list(owed_lines(each)) for each in (of_physician, of_practice)]
        of_told = Party("Told", physician_ids=(found.physician_id,))
        entries, owed = list(told_entries(of_told, DAY - timedelta(days=30))), list(owed_lines(of_told))

    assert lines[0] == lines[1]
    assert [(line.section, line.text) for line in lines[0]] == [
        ("owed", "Not told that their patient came: 4 referrals, the oldest for 300 days")
    ]
    assert [(entry.day, entry.title) for entry in entries] == [(DAY, "Told that their patient came")]
    assert owed[0].text == "No result yet: 1 referral, the oldest for 20 days" and owed[1].section == "questions"
