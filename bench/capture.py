"""Durable captures a second over HTTP, beside what the same database does with the bare inserts in the same run.

A capture is a patient's form post to the production server: token, form token, answer, mention, ledger, audit, commit,
then the reply. Beside it runs pgbench with a transaction of three statements that inserts the same rows.
"""

import argparse
import os
import re
import secrets
import subprocess
import tempfile
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from http.cookiejar import CookieJar
from typing import Any

from sqlalchemy import func, insert, select

from bench._databases import migrated
from bench._figures import finish, percentile
from bench._load import Outcomes, Post, post, run
from bench._practice import add_practice
from intake import clock
from intake.accounts.tokens import hash_token
from intake.capture.models import SurveyLink
from intake.config import Settings
from intake.db import db
from intake.dev.demo.texting import insert_rows
from intake.directory.models import Physician, ReferralSource
from intake.directory.sources.records import add_default_sources
from intake.survey.models import Answer, Ask, CoverageEntry, CreditEntry
from tests.databases import settings_for
from tests.postgres import PostgresServer, postgres_server
from tests.serving import free_port, serve
from tests.web import walls

CLIENTS = 16
TARGET_RATIO = 0.06
MOST_P99_OF_MEAN = 3.0
MOST_WAIT_SECONDS = 1.0

# Visits that nobody captures, for the bare inserts.
BARE_VISITS = 2_000
PGBENCH = """
\\set visit random(:first_visit, :last_visit)
BEGIN;
INSERT INTO answer (submission_id, ask_id, visit_id, outcome, verbatim, answered_at, recorded_at)
  VALUES (gen_random_uuid()::text, :visit, :visit, 'answered', '', now(), now());
WITH said AS (
  INSERT INTO mention (answer_id, rank, source_id, match_state, detail)
  VALUES (currval('answer_id_seq'), 1, :source, 'exact', '') RETURNING id
) INSERT INTO physician_referral (visit_id, physician_id, evidence, mention_id, recorded_at)
  SELECT :visit, :physician, 'patient_stated', id, now() FROM said;
INSERT INTO audit_entry (at, actor_kind, actor_id, action, subject_kind, subject_id, location_id, details)
  VALUES (now(), 'link', 1, 'answer.recorded', 'visit', :visit, 1, '{"channel": "link", "outcome": "answered"}');
COMMIT;
"""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--captures", type=int)
    parser.add_argument("--workers", type=int, default=2, help="with PostgreSQL; the embedded file has one")
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--wall", action="store_true", help="with PostgreSQL keeping the locations apart")
    options = parser.parse_args()
    count = options.captures or (3000 if options.quick else 20_000)
    with postgres_server(durable=True) as server:
        on_postgres = measure_postgres(server, count, options)
    on_file = measure_file(max(1000, count // 4), options)
    holds = (
        on_postgres["ratio"] >= TARGET_RATIO
        and on_postgres["p99_ms"] <= MOST_P99_OF_MEAN * on_postgres["mean_ms"]
        and on_file["longest_ms"] <= MOST_WAIT_SECONDS * 1000
        and not on_postgres["refused"]
        and not on_file["refused"]
        and on_postgres["lost"] == on_file["lost"] == 0
    )
    return finish({"bench": "capture", "postgresql": on_postgres, "embedded": on_file, "holds": holds})


def measure_postgres(server: PostgresServer, count: int, options: argparse.Namespace) -> dict[str, Any]:
    settings = settings_for(server.create("capture"), public_url=f"http://127.0.0.1:{free_port()}")
    print(f"PostgreSQL: preparing {count} visits", flush=True)
    with migrated(settings) as app:
        prepared = prepare(count)
        prepare(BARE_VISITS)
        if options.wall:
            walls.raise_in(app)
            settings = walls.walled_settings(settings)
    before = pgbench(server, count, prepared)
    print(f"  bare inserts by pgbench: {before:.0f} transactions a second", flush=True)
    outcomes, lost = captured(settings, prepared, options)
    after = pgbench(server, count, prepared)
    print(f"  bare inserts again: {after:.0f}", flush=True)
    bare = (before + after) / 2
    figures = described(outcomes, lost)
    return {**figures, "pgbench_per_second": round(bare), "ratio": round(outcomes.rate / bare, 3)}


def measure_file(count: int, options: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="intake-bench-") as folder:
        url = f"sqlite:///{folder}/intake.db"
        settings = settings_for(url, public_url=f"http://127.0.0.1:{free_port()}")
        print(f"Embedded file: preparing {count} visits", flush=True)
        with migrated(settings):
            prepared = prepare(count)
        outcomes, lost = captured(settings, prepared, argparse.Namespace(workers=1, threads=options.threads))
        return described(outcomes, lost)


@dataclass(frozen=True)
class Prepared:
    """Tokens of links nobody has used, and a physician to name."""

    tokens: list[str]
    physician_id: int
    source_ids: dict[str, int]


def prepare(count: int) -> Prepared:
    """Commits `count` visits of arrived new patients at one location, each with an ask and a link."""
    now = clock.now()
    # A new patient is a person: each is asked once.
    location, _, visits = add_practice([None] * count, visits=count, arrived_at=now)
    if db.session.scalars(select(Physician.id)).first() is None:
        db.session.add(Physician(first_name="Bench", last_name="Physician", created_at=now))
        add_default_sources()
        db.session.flush()
    sources = {source.code: source.id for source in db.session.scalars(select(ReferralSource))}
    options = [code for code in sources if code != "other"] + ["other"]
    ask = {"channel": "link", "language": "en", "options": options, "asked_at": now}
    asks = insert_rows(Ask, [{**ask, "visit_id": visit_id} for visit_id in visits])
    place = {"day": clock.clinic_day(now, location.time_zone), "location_id": location.id}
    none = {"eligible": 0, "asked": 0, "answered": 0, "dont_remember": 0, "declined": 0}
    covered = [{**place, **none, "visit_id": each, "channel": None, "eligible": 1} for each in visits]
    covered += [{**place, **none, "visit_id": each, "channel": "link", "asked": 1} for each in visits]
    db.session.execute(insert(CoverageEntry), covered)
    tokens = [secrets.token_urlsafe(24) for _ in asks]
    link = {"created_at": now, "expires_at": now + timedelta(days=1), "steps_done": []}
    links = [
        {**link, "token_hash": hash_token(token), "visit_id": visit_id, "ask_id": ask_id}
        for token, visit_id, ask_id in zip(tokens, visits, asks, strict=True)
    ]
    db.session.execute(insert(SurveyLink), links)
    db.session.commit()
    return Prepared(tokens, db.session.scalars(select(Physician.id)).one(), sources)


def captured(settings: Settings, prepared: Prepared, options: argparse.Namespace) -> tuple[Outcomes, int]:
    """What `CLIENTS` patients at once saw, and how many acknowledged answers are not in the tables exactly once."""
    with serve(settings, workers=options.workers, threads=options.threads) as served:
        posts = list(submissions(served.url, prepared))
        run(served.url, posts[:200], clients=CLIENTS)
        outcomes = run(served.url, posts[200:], clients=CLIENTS)
    print(f"  over HTTP: {described(outcomes, 0)}", flush=True)
    with migrated(settings):
        answers = db.session.scalar(select(func.count()).select_from(Answer).where(Answer.turn == 1)) or 0
        credited = db.session.scalar(select(func.count(CreditEntry.visit_id.distinct()))) or 0
    return outcomes, abs(answers - len(posts)) + abs(credited - len(posts))


SOURCES = ("event", "insurance", "online_search", "website", "drove_by")


def submissions(url: str, prepared: Prepared) -> Iterator[Post]:
    cookies, token = form_token(url, prepared.tokens[0])
    for number, link in enumerate(prepared.tokens):
        form = (
            f"csrf_token={token}&step=sources&source={SOURCES[number % len(SOURCES)]}"
            f"&submission_id={uuid.uuid4()}&tapped="
        )
        yield post(url, f"/a/{link}", form, cookies=cookies, name=link)


def form_token(url: str, link: str) -> tuple[str, str]:
    """The session cookie and form token that a browser holds after opening a link."""
    jar = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = opener.open(f"{url}/a/{link}", timeout=10).read().decode()
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found is not None, "the question page carries no form token"
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar), found.group(1)


def pgbench(server: PostgresServer, count: int, prepared: Prepared) -> float:
    assert server.programs is not None
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(PGBENCH)
        script.flush()
        command_line = [
            str(server.programs / "pgbench"),
            "--no-vacuum",
            "--file",
            script.name,
            f"--client={CLIENTS}",
            "--jobs=2",
            "--protocol=prepared",
            f"--time={3 if count <= 5000 else 8}",
            f"--define=first_visit={count + 1}",
            f"--define=last_visit={count + BARE_VISITS}",
            f"--define=source={prepared.source_ids['doctor']}",
            f"--define=physician={prepared.physician_id}",
            server.database_url("capture"),
        ]
        done = subprocess.run(command_line, capture_output=True, text=True, check=False, env=os.environ)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if found is None:
        raise SystemExit(f"pgbench: {done.stderr[-2000:]}")
    return float(found.group(1))


def described(outcomes: Outcomes, lost: int) -> dict[str, Any]:
    waits = sorted(each * 1000 for each in outcomes.seconds)
    return {
        "captures_per_second": round(outcomes.rate),
        "mean_ms": round(sum(waits) / len(waits), 2),
        "p50_ms": percentile(waits, 0.5),
        "p99_ms": percentile(waits, 0.99),
        "longest_ms": round(waits[-1], 1),
        "refused": outcomes.refused,
        "lost": lost,
    }


if __name__ == "__main__":
    raise SystemExit(main())
