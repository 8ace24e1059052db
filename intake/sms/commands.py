"""`flask worker` and `flask sms`."""

from collections.abc import Iterator
from datetime import timedelta

import click
from flask import Flask
from flask.cli import AppGroup

from intake import clock, log
from intake.chores import CHORES
from intake.config import Settings, current_settings
from intake.db import db, require_embedded
from intake.sms.carrier.gateway import TwilioGateway
from intake.sms.carrier.gateway_errors import GatewayError
from intake.sms.queue import line, outbox, spool
from intake.sms.queue.forgetting import still_to_erase
from intake.sms.queue.polling import poll_inbound, reconcile_stops
from intake.sms.queue.worker import Worker, alone
from intake.web.http import metrics
from intake.web.ops import doctor, nightly, restore

# Longer than a restart takes.
WORKER_GONE = timedelta(minutes=10)

group = AppGroup("sms", help="The telephone line.")


def register(app: Flask) -> None:
    app.cli.add_command(group)
    app.cli.add_command(worker)
    restore.AFTER_RESTORE.add(app, _after_restore)
    nightly.ALARMS.add(app, _alarm)
    nightly.WORKER_ALARM.fill(app, _worker_alarm)
    metrics.GAUGES.add(app, _gauges)
    doctor.CHECKS.add(app, _worker_check)


@click.command("worker")
@click.option("--once", is_flag=True, help="Work until nothing is due, then end.")
def worker(once: bool) -> None:
    """Send what is due and read what came in, until told to stop."""
    settings = current_settings()
    # Without a carrier there is other work: totals, reports by e-mail, backups.
    gateway = TwilioGateway(settings) if settings.texting else None
    at_work = Worker(gateway, settings, chores=CHORES.all)
    at_work.listen_for_stop()
    if not settings.embedded:
        _work(at_work, once)
        return
    require_embedded(settings)
    with alone(settings.database_path, stopping=at_work.stopping, say=_say_waiting) as ours:
        if ours:
            _work(at_work, once)


def _work(at_work: Worker, once: bool) -> None:
    log.logger().info("worker_is_at_work", worker=at_work.name)
    at_work.run(until_idle=once)
    log.logger().info("worker_ended", worker=at_work.name)


def _say_waiting() -> None:
    # One works on the embedded file; this one takes over as soon as that one ends.
    log.logger().info("another_worker_is_at_work")


@group.command("status")
def status() -> None:
    """What waits, what is uncertain, whether the line is paused and a worker alive."""
    settings = _settings()
    state = line.state()
    click.echo(f"line {'paused: ' + state.paused_because if state.paused_because else 'open'}")
    click.echo(f"worker {'alive' if line.worker_lives() else 'not seen'}")
    for name, count in sorted(outbox.counts_by_state().items()):
        click.echo(f"{name} {count}")
    click.echo(f"spooled {spool.waiting(settings.spool_folder)}")


@group.command("pause")
def pause() -> None:
    """Let nothing leave until resumed."""
    line.pause("staff")
    db.session.commit()
    click.echo("Paused. Queued texts wait.")


@group.command("resume")
def resume() -> None:
    """Open the line again."""
    line.resume()
    db.session.commit()
    click.echo("Open.")


@group.command("poll")
def poll() -> None:
    """Fetch texts that never reached the webhook."""
    try:
        missing = poll_inbound(TwilioGateway(_settings()))
    except GatewayError as error:
        raise click.ClickException(f"The carrier can't be asked now ({error}).") from None
    click.echo(f"{missing} missing texts received")


@group.command("reconcile")
@click.option("--days", default=90, show_default=True, help="How far back to look.")
def reconcile(days: int) -> None:
    """Compare our STOPs with the carrier's; theirs are honoured here at once."""
    try:
        drift = reconcile_stops(TwilioGateway(_settings()), days=days)
    except GatewayError as error:
        raise click.ClickException(f"The carrier can't be asked now ({error}).") from None
    click.echo(
        f"{drift.agreed} on both lists, {drift.only_theirs} only theirs (now honoured), {drift.only_ours} only ours"
    )


def _after_restore() -> list[str]:
    """Return what must be compared with the carrier before a database that came back texts anybody."""
    waiting = outbox.counts_by_state()
    if not current_settings().texting and not waiting:
        return []
    open_texts = ", ".join(f"{count} {state}" for state, count in sorted(waiting.items())) or "none"
    return [
        f"Texting is paused. Open texts: {open_texts}. Some of them may have left since the backup was taken.",
        "flask sms poll fetches replies since then, flask sms reconcile the STOPs that the carrier knows. Then look "
        "under Texts at what must not leave again, and resume there or with flask sms resume.",
    ]


def _worker_check(_settings: Settings, _online: bool) -> list[doctor.Finding]:
    if line.worker_lives():
        return [doctor.Finding("Worker", doctor.GOOD, "It works.")]
    do = "Start flask worker, or look at its log: without it nothing is texted, mailed or backed up."
    return [doctor.Finding("Worker", doctor.BAD, "None has been seen for a minute and a half.", do)]


def _gauges() -> Iterator[metrics.Gauge]:
    seen = line.state().worker_seen_at
    if seen is not None:
        yield "worker_seen_seconds", "Since a worker was seen.", "", {"": (clock.now() - seen).total_seconds()}
    yield "texting_paused", "1 while texting is paused.", "", {"": float(line.is_paused())}
    yield "texts", "Open texts by state.", "state", {name: float(n) for name, n in outbox.counts_by_state().items()}
    yield "spooled", "Events of the carrier that wait.", "", {"": float(spool.waiting(current_settings().spool_folder))}
    yield "carrier_erasures", "Messages to be deleted at the carrier.", "", {"": float(still_to_erase())}


def _worker_alarm() -> str | None:
    """Say that no worker works; a practice that never had one isn't told by mail, the set-up pages tell it."""
    seen = line.state().worker_seen_at
    if seen is None or clock.now() - seen < WORKER_GONE:
        return None
    return (
        f"No worker has worked since {seen:%B %d, %H:%M} UTC: nothing is texted, mailed or backed up. Start it again."
    )


def _alarm() -> str | None:
    if not current_settings().texting:
        return None
    paused = line.state().paused_because
    return f"Texting is paused ({paused}). Texts, Set-up says why and what to do." if paused else None


def _settings() -> Settings:
    settings = current_settings()
    if not settings.texting:
        raise click.ClickException(
            "No carrier is set up. Set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_SENDER; see .env.example."
        )
    return settings
