"""`/metrics` says how the service fares, to whoever has its token, with nobody's data in it."""

import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from intake import create_app
from intake.db import db
from intake.sms.queue import line
from tests.databases import settings_for
from tests.making import Make

pytestmark = pytest.mark.on("sqlite")
TOKEN = "t" * 40
ONE_REQUEST = (
    "from intake import create_app; a = create_app(); a.test_client().get('/healthz', base_url='http://127.0.0.1:8000')"
)


def test_it_is_there_only_for_whoever_has_the_token(committed_app: Flask, make: Make) -> None:
    make.visit(make.location(), make.patient("Canaryfirst", "Canarylast", mobile_e164="+15185550142"))
    line.record_heartbeat("worker 1")
    db.session.commit()
    settings = committed_app.config["SETTINGS"]
    without = committed_app.test_client().get("/metrics", base_url=settings.public_url)
    app = create_app(settings.model_copy(update={"metrics_token": type(settings.secret_key)(TOKEN)}))
    browser = app.test_client()

    def read(token: str) -> tuple[int, str]:
        answer = browser.get("/metrics", base_url=settings.public_url, headers={"Authorization": f"Bearer {token}"})
        return answer.status_code, answer.get_data(as_text=True)

    assert without.status_code == 404
    assert read("")[0] == read("x" * 40)[0] == 404
    browser.get("/a/secret-token-of-a-link", base_url=settings.public_url)
    status, said = read(TOKEN)
    assert status == 200
    assert 'intake_requests_total{endpoint="link.open_link",method="GET",status="404"} 1.0' in said
    for gauge in ("intake_worker_seen_seconds ", "intake_texting_paused 0.0", "intake_spooled 0.0"):
        assert gauge in said
    assert not any(word in said for word in ("Canary", "5550142", "secret-token"))


def test_any_process_answers_for_all(committed_app: Flask, environment: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    environment |= {"METRICS_TOKEN": TOKEN, "METRICS_FOLDER": str(folder)}
    sent = f"headers={{'Authorization': 'Bearer {TOKEN}'}}"
    asked = f"{ONE_REQUEST}; print(a.test_client().get('/metrics', {sent}).get_data(as_text=True))"

    for _ in range(2):
        subprocess.run([sys.executable, "-c", ONE_REQUEST], env=environment, check=True)
    said = subprocess.run([sys.executable, "-c", asked], env=environment, check=True, capture_output=True, text=True)

    assert 'intake_requests_total{endpoint="health.healthz",method="GET",status="200"} 3.0' in said.stdout


def test_a_short_token_is_refused_at_the_boot() -> None:
    with pytest.raises(ValueError, match="at least 32"):
        settings_for("sqlite:////tmp/none.db", metrics_token="short")
