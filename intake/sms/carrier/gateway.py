"""The gateway to the carrier. Every failure is raised as a kind of gateway_errors."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

from intake.config import Settings
from intake.id_filters import read_id
from intake.sms.carrier.carrier_errors import OPTED_OUT
from intake.sms.carrier.gateway_errors import Busy, GatewayError, Locked, TextRefused, call_carrier

RANKS = {
    "accepted": 1,
    "scheduled": 1,
    "queued": 2,
    "sending": 3,
    "sent": 4,
    "delivered": 6,
    "read": 7,
    "undelivered": 6,
    "failed": 6,
    "canceled": 6,
}
ARRIVED = frozenset({"delivered", "read"})
LOST = frozenset({"undelivered", "failed", "canceled"})


def rank_of(status: str) -> int:
    """Return how final a status is; an unknown one ranks 0 and changes nothing."""
    return RANKS.get(status, 0)


CONNECT_SECONDS = 5
# As many as the carrier puts on one page.
LIST_PAGE = 1000
# To one phone, or numbers of one service: more than there can sensibly be.
MOST_LISTED = 400
# What a number looks like; the carrier masks those of patients if the practice asked it to.
_WHOLE_NUMBER = re.compile(r"\+[1-9]\d{6,14}")


@dataclass(frozen=True)
class CarrierMessage:
    """A message as the carrier lists it. Times are aware UTC."""

    sid: str
    status: str
    error_code: int | None = None
    segments: int | None = None
    to: str = ""
    sender: str = ""
    body: str = ""
    direction: str = ""
    # The messaging service it went through, if any.
    service: str = ""
    media_count: int = 0
    created_at: datetime | None = None


class Gateway(Protocol):
    """What the queue needs of a carrier; the real one is `TwilioGateway`."""

    def send(self, *, to: str, body: str, status_callback: str, valid_seconds: int) -> CarrierMessage: ...

    def messages_to(self, phone_e164: str, *, since: datetime) -> list[CarrierMessage]: ...

    def messages_from_people(self, *, since: datetime) -> Iterator[CarrierMessage]: ...

    def opted_out(self, *, since: datetime) -> set[str]: ...

    def has_answered_itself(self, phone_e164: str, *, since: datetime) -> bool: ...

    def wipe_words(self, message_sid: str) -> None: ...

    def delete_pictures(self, message_sid: str) -> None: ...

    def delete_message(self, message_sid: str) -> None: ...

    def account_facts(self) -> "LineFacts": ...


@dataclass(frozen=True)
class LineFacts:
    """Our account as the carrier reports it, for the set-up page. Without `reached` or `known` the rest is empty."""

    # Whether it answered at all, and whether it took our credentials.
    reached: bool = True
    known: bool = True
    # None: a key may not ask that.
    active: bool | None = False
    # The number or messaging service that texts come from is there, and can text.
    has_sender: bool = False
    can_text: bool = False
    # Where it brings replies.
    inbound_url: str = ""
    inbound_method: str = ""
    # A2P 10DLC, as far as it can be seen from here.
    registered: bool | None = None


class TwilioGateway:
    """Twilio's own client, with time limits and without retries: Messages has no idempotency key."""

    def __init__(self, settings: Settings) -> None:
        # Imported here: a hundred modules that only processes which send need.
        from twilio.http.http_client import TwilioHttpClient
        from twilio.rest import Client

        class PlainHttpClient(TwilioHttpClient):
            def request(self, method: str, url: str, *arguments: Any, **named: Any) -> Any:
                return super().request(method, _redirected(url, settings.twilio_api_url), *arguments, **named)

        http = PlainHttpClient(timeout=settings.carrier_answer_seconds)
        # The constructor takes one number only; what it keeps goes to `requests` as it is, which knows the pair.
        http.timeout = (CONNECT_SECONDS, settings.carrier_answer_seconds)
        key = settings.twilio_api_key
        secret = settings.twilio_api_secret if key else settings.twilio_auth_token
        self._client = Client(
            key or settings.twilio_account_sid,
            secret.get_secret_value(),
            account_sid=settings.twilio_account_sid,
            region=settings.twilio_region or None,
            edge=settings.twilio_edge or None,
            http_client=http,
        )
        self._by_key = bool(key)
        self._sender = settings.twilio_sender
        self._account = settings.twilio_account_sid

    def send(self, *, to: str, body: str, status_callback: str, valid_seconds: int) -> CarrierMessage:
        """Hand one text over. Raises TextRefused, Busy, Locked or Unknown."""
        key = "messaging_service_sid" if self._sender.startswith("MG") else "from_"
        # Twilio takes 1 to 36,000 seconds.
        valid = max(1, min(valid_seconds, 36_000))

        def create() -> CarrierMessage:
            return _carried(
                self._client.messages.create(
                    to=to, body=body, status_callback=status_callback, validity_period=valid, **{key: self._sender}
                )
            )

        return call_carrier(create, sends=True)

    def messages_to(self, phone_e164: str, *, since: datetime) -> list[CarrierMessage]:
        """Return what our sender sent to this phone since then, to find out whether a text left.

        Raises Busy where the list can't show that: it is too long, or numbers in it are masked.
        Not asked for by date: the carrier's filters go by the time of sending, which a text that still waits there
        doesn't have, and such a text has left us all the same.
        """
        found: list[CarrierMessage] = []
        listed = 0
        for page in self._pages(to=phone_e164, page_size=50):
            late = [message for message in page if message.created_at is None or message.created_at >= since]
            found += [message for message in late if self._sent_by_us(message)]
            listed += len(page)
            if not late:
                break
            if listed >= MOST_LISTED:
                raise Busy
        if not found and self._masks_numbers(since):
            raise Busy
        return found

    def messages_from_people(self, *, since: datetime) -> Iterator[CarrierMessage]:
        """Yield inbound texts since then, by our own numbers and page by page, in case a webhook never reached us."""
        for number in self._own_numbers():
            for page in self._pages(to=number, date_sent_after=since):
                yield from (message for message in page if message.direction == "inbound")

    def opted_out(self, *, since: datetime) -> set[str]:
        """Return phones to which the carrier refused a text since then because of a STOP."""
        pages = self._pages(date_sent_after=since)
        return {message.to for page in pages for message in page if message.error_code == OPTED_OUT}

    def has_answered_itself(self, phone_e164: str, *, since: datetime) -> bool:
        """Return whether the carrier has sent this phone an answer of its own since then, such as that to HELP."""
        latest = next(self._pages(to=phone_e164, page_size=20), [])
        return any(
            message.direction == "outbound-reply" and (message.created_at is None or message.created_at >= since)
            for message in latest
        )

    def wipe_words(self, message_sid: str) -> None:
        """Have the carrier forget what a message says; it keeps that there was one. Done twice it changes nothing."""
        self._unless_gone(lambda: self._client.messages(message_sid).update(body=""))

    def delete_pictures(self, message_sid: str) -> None:
        """Have the carrier delete what came with a message. Done twice it changes nothing."""

        def delete() -> None:
            for each in self._client.messages(message_sid).media.list(limit=MOST_LISTED):
                each.delete()

        self._unless_gone(delete)

    def delete_message(self, message_sid: str) -> None:
        """Have the carrier delete a message, its number and pictures too. Done twice it changes nothing."""
        self.delete_pictures(message_sid)
        self._unless_gone(lambda: self._client.messages(message_sid).delete())

    def _unless_gone(self, request: Callable[[], object]) -> None:
        try:
            call_carrier(request)
        except (Locked, TextRefused) as error:
            # Nothing is left there to forget.
            if error.status != 404:
                raise

    def account_facts(self) -> LineFacts:
        """Return credentials, sender, webhook and registration, as far as the carrier reports them."""
        try:
            return replace(self._look_at_sender(), active=self._is_active())
        except (Locked, TextRefused):
            # No account with this SID is, to whoever set it up, the same as a wrong token.
            return LineFacts(known=False)
        except GatewayError:
            return LineFacts(reached=False)

    def _is_active(self) -> bool | None:
        try:
            return call_carrier(lambda: _word(self._client.api.accounts(self._account).fetch().status)) == "active"
        except (Locked, TextRefused):
            if not self._by_key:
                raise
            # A standard key opens everything but accounts and keys.
            return None

    def _own_numbers(self) -> list[str]:
        """Return the numbers that people text back to: the sender itself, or those of the messaging service."""
        if not self._sender.startswith("MG"):
            return [self._sender]
        service = self._client.messaging.v1.services(self._sender)
        return call_carrier(lambda: [str(each.phone_number) for each in service.phone_numbers.list(limit=MOST_LISTED)])

    def _pages(self, *, page_size: int | None = None, **filters: Any) -> Iterator[list[CarrierMessage]]:
        """Yield the carrier's list of messages page by page, newest first."""

        def read(turn: Callable[[], Any]) -> tuple[Any, list[CarrierMessage]]:
            page = turn()
            # Its entries are read here: a page that can't be read is a failure of the carrier, not of whoever looks.
            return page, [_carried(message) for message in page] if page is not None else []

        page, messages = call_carrier(
            lambda: read(lambda: self._client.messages.page(page_size=page_size or LIST_PAGE, **filters))
        )
        while page is not None:
            yield messages
            page, messages = call_carrier(partial(read, page.next_page))

    def _sent_by_us(self, message: CarrierMessage) -> bool:
        """Return whether it was sent through the API and may be from our sender."""
        if message.direction not in ("outbound-api", ""):
            return False
        if self._sender.startswith("MG"):
            return message.service in (self._sender, "")
        return message.sender == self._sender or not _WHOLE_NUMBER.fullmatch(message.sender)

    def _masks_numbers(self, since: datetime) -> bool:
        """Return whether the recipients of our latest texts are masked, so that the list of one phone shows nothing."""
        latest = next(self._pages(page_size=50), [])
        return any(
            self._sent_by_us(message) and not _WHOLE_NUMBER.fullmatch(message.to)
            for message in latest
            if message.created_at is None or message.created_at >= since
        )

    def _look_at_sender(self) -> LineFacts:
        if not self._sender.startswith("MG"):
            return self._look_at_number(self._sender)
        try:
            facts = call_carrier(self._look_at_service)
        except (Locked, TextRefused) as error:
            if error.status != 404:
                raise
            return LineFacts()
        numbers = self._own_numbers()
        if not facts.inbound_method and numbers:
            facts = replace(self._look_at_number(numbers[0]), registered=facts.registered)
        return replace(facts, has_sender=True, can_text=bool(numbers))

    def _look_at_service(self) -> LineFacts:
        """Return the messaging service's facts; without a method where its numbers have their own webhooks."""
        service = self._client.messaging.v1.services(self._sender).fetch()
        registered = bool(service.us_app_to_person_registered)
        if service.use_inbound_webhook_on_number:
            return LineFacts(registered=registered)
        return LineFacts(
            inbound_url=service.inbound_request_url or "",
            inbound_method=service.inbound_method or "POST",
            registered=registered,
        )

    def _look_at_number(self, number: str) -> LineFacts:
        def read() -> LineFacts:
            found = self._client.incoming_phone_numbers.list(phone_number=number, limit=1)
            if not found:
                return LineFacts()
            return LineFacts(
                has_sender=True,
                can_text=bool((found[0].capabilities or {}).get("sms")),
                inbound_url=found[0].sms_url or "",
                inbound_method=found[0].sms_method or "POST",
            )

        return call_carrier(read)


def _redirected(url: str, base: str) -> str:
    """Return `url` on another carrier's scheme and host; unchanged when none is set."""
    if not base:
        return url
    parts, target = urlsplit(url), urlsplit(base)
    return urlunsplit((target.scheme, target.netloc, parts.path, parts.query, ""))


def _carried(message: Any) -> CarrierMessage:
    """Convert an entry of the list. Raises ValueError without a message SID."""
    if not isinstance(message.sid, str) or not message.sid:
        raise ValueError
    created = message.date_created
    return CarrierMessage(
        sid=message.sid,
        status=_word(message.status),
        error_code=_number(message.error_code),
        segments=_number(message.num_segments),
        to=message.to or "",
        sender=message.from_ or "",
        body=message.body or "",
        direction=_word(message.direction),
        service=message.messaging_service_sid or "",
        media_count=_number(message.num_media) or 0,
        created_at=created.astimezone(UTC) if created else None,
    )


def _word(value: Any) -> str:
    return str(getattr(value, "value", value) or "")


def _number(value: Any) -> int | None:
    return read_id(str(value or ""))
