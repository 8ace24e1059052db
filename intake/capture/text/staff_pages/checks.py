"""Checks of the texting set-up, each with a sentence and what to do."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy import func, select

from intake import clock
from intake.capture.text.staff_pages.emergency_alerts import refused_addresses
from intake.config import Settings
from intake.db import db
from intake.sms.carrier.carrier_errors import UNREGISTERED
from intake.sms.carrier.gateway import LineFacts, TwilioGateway
from intake.sms.models import InboundText, OutboxText, SendAttempt, TextPurpose
from intake.web.ops.doctor import Finding

REGISTRATION = "Registration (A2P 10DLC)"
LOOKS_BACK = timedelta(days=7)
REGISTER = (
    "Carriers in the United States refuse texts from a number whose owner isn’t registered (error 30034). In the "
    "Twilio console, under Messaging, Regulatory compliance, register your practice as a brand and then a campaign; "
    "“low volume” is enough for most. It takes a few days. Until then texts to American phones don’t arrive."
)
HOME = frozenset({"127.0.0.1", "localhost", "::1"})


def inbound_address(settings: Settings) -> str:
    """Return the address of the webhook for replies."""
    return f"{settings.public_url}/sms/inbound"


def own_checks(settings: Settings) -> list[Finding]:
    """Return the checks that need no carrier."""
    checks = [
        _settings_check(settings),
        _address_check(settings),
        _arrivals_check(),
        _registration_seen(),
        _keeping_check(settings),
    ]
    return [*checks, _emergency_mail_check()] if settings.mailing else checks


def doctors_checks(settings: Settings, online: bool) -> list[Finding]:
    """Return the same checks for `flask doctor`; none where the practice doesn't text."""
    if not settings.texting:
        return []
    checks = own_checks(settings)
    if online:
        checks += carrier_checks(TwilioGateway(settings).account_facts(), settings)
    return [replace(each, name=f"Texting, {each.name.lower()}") for each in checks]


def carrier_checks(facts: LineFacts, settings: Settings) -> list[Finding]:
    """Return the checks of what the carrier reported."""
    if not facts.reached:
        return [
            Finding(
                "Carrier",
                "bad",
                "The carrier can’t be reached just now.",
                "Try again in a minute. If it stays so, see whether this machine may reach the internet.",
            )
        ]
    if not facts.known:
        return [
            Finding(
                "Credentials",
                "bad",
                "The carrier does not take the API key and secret."
                if settings.twilio_api_key
                else "The carrier does not take the account SID and auth token.",
                "Copy them anew from the Twilio console into .env: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are on its "
                "first page, a key of the same account and region under API keys. Start Intake again, and resume "
                "sending if it was paused.",
            )
        ]
    checks = [
        Finding("Credentials", "good", "The carrier takes them."),
        _account_check(facts),
        _sender_check(facts, settings),
    ]
    if facts.has_sender:
        checks += [_webhook_check(facts, settings), _registration_check(facts, settings)]
    return checks


def _account_check(facts: LineFacts) -> Finding:
    if facts.active is None:
        return Finding("Account", "unsure", "Whether the account is active can’t be seen with this API key.")
    if facts.active:
        return Finding("Account", "good", "The account is active.")
    return Finding("Account", "bad", "The account is suspended or closed.", "The first page of the console says why.")


def _judged(name: str, faults: Iterable[tuple[object, str, str]], good: str, value: str = "") -> Finding:
    """Return the first fault that holds, with what it says and what to do; else that all is well."""
    found = next(((says, do) for holds, says, do in faults if holds), None)
    return Finding(name, "bad", *found, value) if found else Finding(name, "good", good, value=value)


def _settings_check(settings: Settings) -> Finding:
    given = {
        "TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
        "TWILIO_AUTH_TOKEN": settings.twilio_auth_token.get_secret_value(),
        "TWILIO_SENDER": settings.twilio_sender,
    }
    missing = [name for name, value in given.items() if not value]
    faults = (
        (
            missing,
            f"Not set: {', '.join(missing)}.",
            "Put them into .env as in “Connect your Twilio number” of the README, and start Intake again.",
        ),
        (
            not re.fullmatch(r"AC[0-9a-fA-F]{32}", settings.twilio_account_sid),
            "TWILIO_ACCOUNT_SID doesn’t look like one.",
            "It begins with AC and has 32 letters and digits after it. An API key belongs into TWILIO_API_KEY.",
        ),
        (
            settings.twilio_api_key and not re.fullmatch(r"SK[0-9a-fA-F]{32}", settings.twilio_api_key),
            "TWILIO_API_KEY doesn’t look like one.",
            "It is the key’s SID, which begins with SK; its secret goes into TWILIO_API_SECRET.",
        ),
        (
            not re.fullmatch(r"\+[1-9]\d{7,14}|MG[0-9a-fA-F]{32}", settings.twilio_sender),
            "TWILIO_SENDER is neither a number nor a messaging service.",
            "Write the number as +15185550100, without spaces, or the service’s SID, which begins with MG.",
        ),
    )
    return _judged("Settings", faults, "Account, token and sender are set.")


def _address_check(settings: Settings) -> Finding:
    own = urlsplit(settings.public_url)
    carrier_is_here = urlsplit(settings.twilio_api_url).hostname in HOME
    faults = (
        (
            own.hostname in HOME and not carrier_is_here,
            f"The carrier can’t bring replies to {settings.public_url}: that is this machine only.",
            "Set PUBLIC_URL to the https address under which Intake can be reached from outside.",
        ),
        (
            own.scheme != "https" and not carrier_is_here,
            f"{settings.public_url} isn’t encrypted, so what patients write could be read on the way.",
            "Serve Intake under https and set PUBLIC_URL to that address.",
        ),
    )
    return _judged("Address", faults, f"Replies and reports come to {settings.public_url}.")


def _sender_check(facts: LineFacts, settings: Settings) -> Finding:
    is_service = settings.twilio_sender.startswith("MG")
    what = "messaging service with that SID" if is_service else f"number {settings.twilio_sender}"
    cannot = ("This number can’t send texts.", "Choose one whose capabilities show SMS.")
    empty = ("The messaging service has no number in it.", "Add your number to its senders.")
    faults = (
        (not facts.has_sender, f"This account has no {what}.", "Compare TWILIO_SENDER with the Twilio console."),
        (not facts.can_text, *(empty if is_service else cannot)),
    )
    good = "It is yours and has a number." if is_service else "It is yours and can text."
    return _judged("Messaging service" if is_service else "Number", faults, good)


def _webhook_check(facts: LineFacts, settings: Settings) -> Finding:
    ours = inbound_address(settings)
    paste = "Paste this address in the Twilio console under “A message comes in”, with HTTP POST:"
    elsewhere = f"The carrier brings replies to {facts.inbound_url}, which is not where Intake waits for them."
    by_get = ("The carrier brings replies by HTTP GET.", "Choose HTTP POST beside the address.")
    faults = (
        (not facts.inbound_url, "The carrier has no address to bring replies to, so they would get lost.", paste),
        (facts.inbound_url != ours, elsewhere, paste),
        (facts.inbound_method.upper() != "POST", *by_get),
    )
    return _judged("Replies", faults, "The carrier brings replies to the right address.", ours)


def _registration_check(facts: LineFacts, settings: Settings) -> Finding:
    if facts.registered is None:
        return Finding(REGISTRATION, "unsure", "Whether this number is registered can’t be seen from here.", REGISTER)
    if facts.registered:
        return Finding(REGISTRATION, "good", "The messaging service is registered.")
    return Finding(REGISTRATION, "bad", "The messaging service isn’t registered.", REGISTER)


def _registration_seen() -> Finding:
    since = clock.now() - LOOKS_BACK
    refused = (
        db.session.scalar(
            select(func.count())
            .select_from(OutboxText)
            .where(OutboxText.queued_at >= since, OutboxText.error_code == UNREGISTERED)
        )
        or 0
    )
    texts = "One text was" if refused == 1 else f"{refused:,} texts were"
    fault = (refused, f"{texts} refused within a week because the number isn’t registered.", REGISTER)
    return _judged("Lately", [fault], "No text was refused within a week for a missing registration.")


def _keeping_check(settings: Settings) -> Finding:
    days, pictures = settings.carrier_wipes_words_after_days, settings.carrier_deletes_pictures
    if days is None or not pictures:
        kept = [] if days is not None else ["the words of every text"]
        kept += [] if pictures else ["the pictures that people send"]
        return Finding(
            "What it keeps",
            "unsure",
            f"The carrier keeps {' and '.join(kept)} until it is told otherwise.",
            "CARRIER_WIPES_WORDS_AFTER_DAYS=30 and CARRIER_DELETES_PICTURES=true in .env do. Here the words stay.",
        )
    span = "a day" if days == 1 else f"{days} days"
    return Finding(
        "What it keeps",
        "good",
        f"The carrier is told to wipe out words after {span}, and pictures as soon as they came.",
    )


def _emergency_mail_check() -> Finding:
    refused = refused_addresses(clock.now() - LOOKS_BACK)
    says = f"The mail server refused to tell {', '.join(refused)} of an emergency within a week."
    do = "Correct EMERGENCY_MAIL_TO or the manager’s address. The log says what the server answered."
    return _judged("Emergencies", [(refused, says, do)], "No mail about an emergency was refused within a week.")


def _arrivals_check() -> Finding:
    """Check whether delivery reports come in at all."""
    since = clock.now() - LOOKS_BACK
    old_enough = clock.now() - timedelta(minutes=15)
    sent = db.session.scalar(
        select(func.count()).select_from(OutboxText).where(OutboxText.sent_at >= since, OutboxText.sent_at < old_enough)
    )
    reported = db.session.scalar(
        select(SendAttempt.id)
        .join(OutboxText, OutboxText.id == SendAttempt.outbox_id)
        .where(OutboxText.sent_at >= since, SendAttempt.status.in_(("delivered", "undelivered", "read", "failed")))
        .limit(1)
    )
    by_text = InboundText.received_at >= since, InboundText.from_e164 != ""
    replied = db.session.scalar(select(InboundText.id).where(*by_text).limit(1))
    if sent and reported is None:
        return Finding(
            "Reports",
            "bad",
            "Texts left within a week, but the carrier never reported whether one arrived.",
            "See whether the carrier can reach PUBLIC_URL from outside, and whether a firewall is in the way.",
        )
    if not sent:
        return Finding(
            "Reports",
            "unsure",
            "Nothing was sent within a week, so no report could come in.",
            "Send a test text below.",
        )
    heard = "Reports of delivery come in" + (", and so do replies." if replied else "; no reply within a week.")
    return Finding("Reports", "good", heard)


def last_tests() -> list[OutboxText]:
    """The latest test texts, the newest first."""
    return list(
        db.session.scalars(
            select(OutboxText).where(OutboxText.purpose == TextPurpose.TEST).order_by(OutboxText.id.desc()).limit(3)
        )
    )
