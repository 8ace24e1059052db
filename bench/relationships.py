"""The liaison's pages with 3,000 referrers looked after, 200,000 touchpoints and millions of answers.

My day, the list of those looked after, the list of touchpoints and a time line within 50 ms, a brief within 200 ms, at
the 95th percentile of the server's time.
"""

import argparse
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from bench._databases import migrated
from bench._figures import finish, percentile, waits
from bench._totals_kept import Kept, shelf
from bench._totals_rows import Ids, fill, people_and_lists
from intake import clock
from intake.accounts.models import Staff
from intake.attribution.rollup.refresh import ROWS_A_LARGE_STEP, refresh_all
from intake.db import db
from intake.liaison.day.models import RoundStop
from intake.liaison.people.models import OfficePreference, Relationship
from intake.liaison.promises.models import Promise
from intake.liaison.touchpoints.models import Participant, Touchpoint
from intake.web.ops.warm_up import warm_up
from tests.clients import Client, sign_in
from tests.databases import KINDS, settings_for
from tests.making import ZONE

TARGETS = 3_000
TOUCHPOINTS = 200_000
LIAISONS = 5
PAGES_MS, BRIEF_MS = 50.0, 200.0
DAYS = 1_500


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a hundred thousand answers only")
    parser.add_argument("--answers", type=int, help="five million unless given")
    parser.add_argument("--database", choices=KINDS, help="one of the two only")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="make the rows there once a day, and leave them")
    options = parser.parse_args()
    answers = options.answers or (100_000 if options.quick else 5_000_000)
    figures: dict[str, Any] = {"bench": "relationships", "targets_ms": {"pages": PAGES_MS, "brief": BRIEF_MS}}
    with shelf(options.keep, only=options.database) as found:
        for kind in found.kinds(options.database):
            print(f"{kind}, {answers:,} answers, {TARGETS:,} looked after, {TOUCHPOINTS:,} touchpoints", flush=True)
            kept = found.take(kind, answers, clock.clinic_today(ZONE))
            for name, value in _measured(kept, answers):
                figures[f"{kind} {name}"] = value
                print(f"  {name:40} {value:10.1f}", flush=True)
    p95 = {name: value for name, value in figures.items() if name.endswith("p95 ms")}
    figures["holds"] = all(value <= (BRIEF_MS if "brief" in name else PAGES_MS) for name, value in p95.items())
    return finish(figures)


def _measured(kept: Kept, answers: int) -> Iterator[tuple[str, float]]:
    with migrated(settings_for(kept.url)) as app:
        app.test_client_class = Client
        ids = kept.ids
        if ids is None:
            ids = people_and_lists()
            for said in fill(answers, ids):
                print(f"    {said}", flush=True)
            kept.is_full(ids)
        for _ in refresh_all(rows=ROWS_A_LARGE_STEP):
            pass
        if not db.session.scalar(select(func.count()).select_from(Relationship)):
            _relationships(ids)
        warm_up(app)
        reader = db.session.get_one(Staff, ids.reader)
        client = app.test_client()
        sign_in(client, reader)
        db.session.close()
        for name, address in {
            "my day": "/relationships/day",
            "those looked after": "/relationships",
            "touchpoints": "/relationships/touchpoints",
            "time line": f"/relationships/physicians/{ids.physician + 7}/history",
            "brief": f"/relationships/physicians/{ids.physician + 7}/brief",
        }.items():
            began = time.perf_counter()
            assert client.get(address).status_code == 200
            yield f"{name}, first look, ms", (time.perf_counter() - began) * 1000
            yield f"{name}, p95 ms", percentile(waits(lambda at=address: client.get(at), 40), 0.95)


def _relationships(ids: Ids) -> None:
    """Rows of relationships: the reader looks after a fifth, eight of them on today's round."""
    now, owners = clock.now(), [ids.reader, *(ids.staff + number for number in range(LIAISONS - 1))]
    numbers = range(TARGETS)
    db.session.execute(
        insert(Relationship),
        [
            {
                "location_id": ids.place,
                "physician_id": ids.physician + number,
                "owner_id": owners[number % LIAISONS],
                "tier": "ABC"[number % 3],
                "tier_reason": "",
                "goal": "keep",
                "since": ids.first_day,
                "last_contact_on": ids.today - timedelta(days=number % 150),
            }
            for number in numbers
        ],
    )
    db.session.execute(
        insert(OfficePreference),
        [
            {
                "physician_id": ids.physician + number,
                "hours": "Mon-Thu 8:00-12:00",
                "referrals_by": "Fax",
                "results_by": "Fax",
                "do_not_visit": number % 40 == 0,
                "note": "",
                "changed_at": now,
            }
            for number in numbers
        ],
    )
    facts = {"kind": "visit", "purpose": "", "need": "", "materials": "", "over_limit_reason": "", "written_at": now}
    for start in range(0, TOUCHPOINTS, 20_000):
        batch = [(number, ids.today - timedelta(days=number * 7 % DAYS)) for number in range(start, start + 20_000)]
        db.session.execute(
            insert(Touchpoint),
            [
                {
                    **facts,
                    "id": number + 1,
                    "submission_id": f"bench-{number}",
                    "location_id": ids.place,
                    "author_id": owners[number % LIAISONS],
                    "day": day,
                    "words": f"Sentence {number}",
                }
                for number, day in batch
            ],
        )
        db.session.execute(
            insert(Participant),
            [
                {"touchpoint_id": number + 1, "day": day, "physician_id": ids.physician + number % TARGETS}
                for number, day in batch
            ],
        )
    db.session.execute(
        insert(Promise),
        [
            {
                "location_id": ids.place,
                "physician_id": ids.physician + number,
                "text": f"Promise {number}",
                "due_on": ids.today + timedelta(days=number % 40 - 5),
                "owner_id": owners[number % LIAISONS],
                "made_at": now,
            }
            for number in range(500)
        ],
    )
    mine = db.session.scalars(select(Relationship.id).where(Relationship.owner_id == ids.reader).limit(8))
    for position, relationship_id in enumerate(mine, start=1):
        db.session.add(
            RoundStop(
                relationship_id=relationship_id,
                staff_id=ids.reader,
                day=ids.today,
                position=position,
                planned_at=now,
            )
        )
    db.session.commit()
    if db.engine.dialect.name == "sqlite":
        with db.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()


if __name__ == "__main__":
    raise SystemExit(main())
