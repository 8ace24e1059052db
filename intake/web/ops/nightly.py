"""What the worker looks after by itself each night: a backup, a look for damage; and who is told when one is missing.

Both run as commands of their own, so that texts and emergencies never wait for them.
"""

import os
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

from flask import Flask

from intake import clock, log
from intake.chores import CHORES
from intake.config import Settings
from intake.db import db, reading, writing
from intake.slots import Parts, Slot
from intake.web.http import metrics
from intake.web.ops import backup as backups
from intake.web.ops import mailing, notes
from intake.web.ops.backup import BackupContents, BackupRefused

TOP = Path(__file__).resolve().parents[3]
LOOK_EVERY_SECONDS = 60.0
SETTLED_SECONDS = 600.0
DAILY = timedelta(hours=23)
AGAIN_AFTER_FAILURE = timedelta(hours=1)
# Two nights may pass before anybody is woken.
OLD = timedelta(hours=50)
# A clock that was set back a little is nothing.
AHEAD = timedelta(hours=1)
# Far more than a million answers take on a busy machine.
LONGEST_SECONDS = 3 * 3600.0
MAIL_EVERY = timedelta(hours=24)
NAME = re.compile(r"intake-\d{8}-\d{6}\.db")
SERVER_SECONDS = 3.0

# A sentence about what somebody must look at, or None: mailed at most once a day.
Alarm = Callable[[], str | None]
ALARMS: Parts[Alarm] = Parts("alarms")
# Says that the worker is gone, by the web processes: a worker can't say that itself.
WORKER_ALARM: Slot[Alarm] = Slot("worker alarm")


def target(settings: Settings) -> Path:
    """Return where this moment's backup belongs. Raises BackupRefused."""
    if settings.backup_folder is None:
        raise BackupRefused("Say where: a FILE, or set BACKUP_FOLDER.")
    return settings.backup_folder / f"intake-{clock.now():%Y%m%d-%H%M%S}.db"


def back_up(settings: Settings, file: Path) -> BackupContents:
    """Back up to `file` in the practice's folder, delete the oldest beyond those to keep, and note the outcome."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        contents = backups.back_up(settings, file)
    except (BackupRefused, OSError):
        _note("backup_try", "failed")
        raise
    _forget_oldest(file, settings.backup_keep)
    _note("backup", notes.GOOD, file=file.name, rows=contents.rows)
    _note("backup_try", notes.GOOD)
    return contents


def _forget_oldest(newest: Path, keep: int) -> None:
    """Delete the oldest of the folder; what a wrong clock dated after the newest was made goes first."""
    others = [path for path in newest.parent.iterdir() if NAME.fullmatch(path.name) and path.name != newest.name]
    others.sort(key=lambda path: (path.name < newest.name, path.name), reverse=True)
    for old in others[keep - 1 :]:
        old.unlink()


def backup_alarm(settings: Settings) -> str | None:
    """Say that the newest backup is old, gone, or of a day to come, or that there never was one."""
    if settings.backup_folder is None:
        return None
    newest = _find("backup")
    if newest is None:
        tried = _find("backup_try")
        return "No backup could be made yet." if tried is not None and tried.outcome != notes.GOOD else None
    file = str(newest.details.get("file", ""))
    if NAME.fullmatch(file) and not (settings.backup_folder / file).exists():
        return f"The newest backup, {file}, isn’t in {settings.backup_folder} any more. Run flask db backup."
    if newest.at - clock.now() > AHEAD:
        return f"The newest backup is of {newest.at:%B %d, %Y}, which is still to come. Set the clock; flask db backup."
    if clock.now() - newest.at <= OLD:
        return None
    return f"The newest backup is of {newest.at:%B %d, %Y}. Look at the worker's log, and run flask db backup."


def damage_alarm() -> str | None:
    found = _find("integrity")
    damaged = found is not None and found.outcome != notes.GOOD
    return "The database is damaged. Stop Intake, keep the file, and restore the last good backup." if damaged else None


def watch_in_background(app: Flask) -> None:
    """Look after the worker from this web process, beginning with its first request."""
    started = threading.Lock()

    def start() -> None:
        if started.acquire(blocking=False):
            threading.Thread(target=_keep_watching, args=(app,), name="worker-watch", daemon=True).start()

    app.before_request(start)


def _keep_watching(app: Flask) -> None:
    while True:
        time.sleep(LOOK_EVERY_SECONDS)
        try:
            with app.app_context():
                look_after_worker(app)
        except Exception as error:
            # The database may be away; whoever reads the log knows already.
            log.logger().warning("worker_not_watched", kind=type(error).__name__)


def look_after_worker(app: Flask) -> None:
    """Mail that the worker is gone, once a day whatever the number of web processes."""
    sentence = WORKER_ALARM.filled()
    db.session.rollback()
    if sentence is not None:
        _mail_once(app.config["SETTINGS"], "worker_alarm", [sentence])


class ServerWatch:
    """The worker's look at the web server, as the proxy and patients see it: twice in a row before it says a word."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._failed = 0

    def __call__(self) -> str | None:
        # On this very machine in the open: somebody tries it out.
        if not self._settings.public_url.startswith("https://"):
            return None
        try:
            with urllib.request.urlopen(f"{self._settings.public_url}/healthz", timeout=SERVER_SECONDS) as answer:  # noqa: S310
                self._failed = 0 if answer.status == 200 else self._failed + 1
        except (OSError, ValueError):
            self._failed += 1
        if self._failed < 2:
            return None
        return "The web server doesn't answer at its public address. Look at the server, the proxy and its certificate."


class NightWork:
    """The worker's chore: starts what is due, one after the other, and mails alarms."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._settings: Settings = app.config["SETTINGS"]
        self._next = 0.0
        self._begun = time.monotonic()
        self._name, self._started = "", 0.0
        self._running: subprocess.Popen[bytes] | None = None

    def __call__(self) -> int:
        if time.monotonic() < self._next:
            return 0
        self._next = time.monotonic() + LOOK_EVERY_SECONDS
        if not self._is_running():
            for name, arguments in self._due():
                log.logger().info("night_work_begins", work=name)
                self._name, self._started = name, time.monotonic()
                self._running = self._start(arguments)
                break
        self._mail_alarms()
        return 0

    def _is_running(self) -> bool:
        """Whether what was started is at work; what has hung for hours is ended, and tried again later."""
        if self._running is None or self._running.poll() is not None:
            return False
        if time.monotonic() - self._started < LONGEST_SECONDS:
            return True
        self._running.kill()
        self._running.wait()
        log.logger().error("night_work_hung", work=self._name)
        _note(f"{self._name}_try", "failed")
        return False

    def _due(self) -> list[tuple[str, tuple[str, ...]]]:
        due: list[tuple[str, tuple[str, ...]]] = []
        if self._settings.backup_folder is not None and _is_due("backup", tried="backup_try"):
            due.append(("backup", ("db", "backup")))
        # A worker that is restarted again and again must not read the whole database each time.
        if time.monotonic() - self._begun >= SETTLED_SECONDS and _is_due("integrity", tried="integrity_try"):
            due.append(("integrity", ("db", "check-integrity")))
        return due

    def _start(self, arguments: tuple[str, ...]) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "FLASK_APP": str(TOP / "wsgi.py")}
        return subprocess.Popen(
            [sys.executable, "-m", "flask", *arguments], cwd=TOP, env=environment, stdout=subprocess.DEVNULL
        )

    def _mail_alarms(self) -> None:
        said = [sentence for alarm in ALARMS.all if (sentence := alarm())]
        db.session.rollback()
        if said:
            _mail_once(self._settings, "alarm", said)


def _mail_once(settings: Settings, name: str, said: list[str]) -> None:
    """Mail these sentences unless as many were mailed under this name within a day, by whatever process."""
    with writing(), db.engine.begin() as connection:
        if not notes.claim(connection, name, every=MAIL_EVERY, said=len(said)):
            return
    log.logger().error("alarm", said=said)
    for address in filter(None, map(str.strip, settings.alarm_mail_to.split(","))):
        if settings.mailing:
            _mail(settings, address, said)


def _mail(settings: Settings, address: str, said: list[str]) -> None:
    message = EmailMessage()
    message["Subject"] = "Intake needs somebody to look after it"
    message["From"], message["To"] = settings.mail_from, address
    message.set_content("\n".join([*said, "", f"flask doctor says more. {settings.public_url}"]))
    try:
        mailing.send(message, settings)
    except (mailing.Refused, mailing.Uncertain) as error:
        log.logger().error("alarm_not_mailed", kind=type(error).__name__)


def _gauges() -> Iterator[metrics.Gauge]:
    backup, whole = _find("backup"), _find("integrity")
    if backup is not None:
        yield "backup_age_seconds", "Since the newest backup.", "", {"": (clock.now() - backup.at).total_seconds()}
    if whole is not None:
        yield "database_whole", "1 when the last look found no damage.", "", {"": float(whole.outcome == notes.GOOD)}


def init_app(app: Flask) -> None:
    metrics.GAUGES.add(app, _gauges)
    ALARMS.add(app, ServerWatch(app.config["SETTINGS"]))
    ALARMS.add(app, lambda: backup_alarm(app.config["SETTINGS"]))
    ALARMS.add(app, damage_alarm)
    CHORES.add(app, NightWork(app))


def _is_due(name: str, *, tried: str | None = None) -> bool:
    done, attempt = _find(name), _find(tried) if tried else None
    if attempt is not None and attempt.outcome != notes.GOOD and clock.now() - attempt.at < AGAIN_AFTER_FAILURE:
        return False
    # Noted while the clock was ahead, it says nothing of today.
    return done is None or clock.now() - done.at >= DAILY or done.at - clock.now() > AHEAD


def _find(name: str) -> notes.OperationNote | None:
    with reading(), db.engine.connect() as connection:
        return notes.find(connection, name)


def _note(name: str, outcome: str, **details: object) -> None:
    with writing(), db.engine.begin() as connection:
        notes.note(connection, name, outcome, **details)
