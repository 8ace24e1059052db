"""The one place that talks to the carrier. Every failure comes back as one of four kinds, so that callers can't err.

`Refused`: it certainly did not leave and never will. `Busy`: it certainly did not leave, a later try may succeed.
`Locked`: the credentials are wrong, nothing can leave. `Unknown`: it may have left.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol, cast
from urllib.parse import urlsplit, urlunsplit

from intake.config import Settings

CONNECT_SECONDS = 5
# As many as the carrier puts on one page.
LIST_PAGE = 1000
# To one phone, or numbers of one service: more than there can sensibly be.
MOST_LISTED = 400


class GatewayError(Exception):
    """What the carrier said, by number; never the text or the phone."""

    def __init__(self, code: int | None = None, status: int | None = None) -> None:
        super().__init__(f"carrier error {code or ''} status {status or ''}")
        self.code = code
        self.status = status


class Refused(GatewayError):
    """The carrier will never send this text: a bad number, a landline, someone who said STOP."""


class Busy(GatewayError):
    """Not taken now: too many at once, or no connection was made. Trying later is safe."""


class Locked(GatewayError):
    """Wrong credentials or a suspended account: stop asking until a person has looked."""


class Unknown(GatewayError):
    """The request went out and no clear answer came back: the text may have left."""


@dataclass(frozen=True)
class Carried:
    """A message as the carrier knows it. Times are aware UTC."""

    sid: str
    status: str
    error_code: int | None = None
    segments: int | None = None
    to: str = ""
    sender: str = ""
    body: str = ""
    direction: str = ""
    created_at: datetime | None = None


class Gateway(Protocol):
    """What sending needs of a carrier; the real one is `TwilioGateway`."""

    def send(self, *, to: str, body: str, status_callback: str, valid_seconds: int) -> Carried: ...

    def messages_to(self, phone_e164: str, *, since: datetime) -> list[Carried]: ...

    def messages_from_people(self, *, since: datetime) -> Iterator[Carried]: ...

    def opted_out(self, *, since: datetime) -> set[str]: ...

    def look(self) -> "LineFacts": ...


@dataclass(frozen=True)
class LineFacts:
    """What the carrier tells about our account, for the set-up page. Without `reached` or `known` the rest is empty."""

    # Whether it answered at all, and whether it took our credentials.
    reached: bool = True
    known: bool = True
    active: bool = False
    # The number or messaging service that texts come from is there, and can text.
    has_sender: bool = False
    can_text: bool = False
    # Where it brings replies.
    inbound_url: str = ""
    inbound_method: str = ""
    # A2P 10DLC, as far as it can be seen from here.
    registered: bool | None = None


# https://www.twilio.com/docs/api/errors: numbers that will fail the same way for ever, and those of the account.
PERMANENT = frozenset(
    {21211, 21212, 21214, 21217, 21408, 21601, 21602, 21604, 21606, 21608, 21610, 21611, 21612, 21614, 21617, 21635}
    | {30004, 30005, 30006, 30007, 30008, 30034, 63038}
)
ACCOUNT = frozenset({20003, 20005, 20006, 20008, 20403, 21603})
OPTED_OUT = 21610


def error_for(status: int, code: int | None) -> GatewayError:
    """How the carrier's refusal must be treated, from HTTP status and its own error number."""
    if code in ACCOUNT or status in (401, 403):
        return Locked(code, status)
    if status == 429 or code == 20429:
        return Busy(code, status)
    if status >= 500:
        # The carrier failed after it had read the request: there is no idempotency key, so it may have left.
        return Unknown(code, status)
    return Refused(code, status)


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
        self._client = Client(
            settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value(), http_client=http
        )
        self._sender = settings.twilio_sender
        self._account = settings.twilio_account_sid

    def send(self, *, to: str, body: str, status_callback: str, valid_seconds: int) -> Carried:
        """Hand one text over. Raises Refused, Busy, Locked or Unknown."""
        key = "messaging_service_sid" if self._sender.startswith("MG") else "from_"
        # Twilio takes 1 to 36,000 seconds.
        valid = max(1, min(valid_seconds, 36_000))
        message = self._call(
            lambda: self._client.messages.create(
                to=to, body=body, status_callback=status_callback, validity_period=valid, **{key: self._sender}
            ),
            sends=True,
        )
        return _carried(message)

    def messages_to(self, phone_e164: str, *, since: datetime) -> list[Carried]:
        """Everything sent to this phone since then, newest first; for finding out whether an uncertain text left.

        Not asked for by date: the carrier's filters go by the time of sending, which a text that still waits there
        doesn't have, and such a text has left us all the same.
        """

        def read() -> list[Carried]:
            found: list[Carried] = []
            for message in self._client.messages.stream(to=phone_e164, limit=MOST_LISTED, page_size=50):
                carried = _carried(message)
                if carried.created_at is not None and carried.created_at < since:
                    break
                found.append(carried)
            return found

        return cast(list[Carried], self._call(read))

    def messages_from_people(self, *, since: datetime) -> Iterator[Carried]:
        """Inbound texts since then, in case a webhook never reached us; asked for by our own numbers, page by page."""
        for number in self._own_numbers():
            yield from self._listed(lambda message: message.direction == "inbound", to=number, date_sent_after=since)

    def opted_out(self, *, since: datetime) -> set[str]:
        """Phones to which the carrier refused a text since then because they had said STOP to it."""
        return {
            message.to
            for message in self._listed(lambda message: message.error_code == OPTED_OUT, date_sent_after=since)
        }

    def look(self) -> LineFacts:
        """Credentials, sender, where replies are brought, and registration, as far as the carrier tells."""
        try:
            account = self._call(lambda: self._client.api.accounts(self._account).fetch())
            active = str(getattr(account.status, "value", account.status)) == "active"
            return replace(self._look_at_sender(), active=active)
        except Locked:
            return LineFacts(known=False)
        except Refused:
            # No account with this SID: to whoever set it up, the same as a wrong token.
            return LineFacts(known=False)
        except GatewayError:
            return LineFacts(reached=False)

    def _own_numbers(self) -> list[str]:
        """The numbers that people text back to: the sender itself, or those of the messaging service."""
        if not self._sender.startswith("MG"):
            return [self._sender]
        service = self._client.messaging.v1.services(self._sender)
        numbers = self._call(lambda: service.phone_numbers.list(limit=MOST_LISTED))
        return [str(number.phone_number) for number in numbers]

    def _listed(self, wanted: Callable[[Any], bool], **filters: Any) -> Iterator[Carried]:
        """Messages of the carrier's list that are wanted. One page at a time is held, however long the list is."""
        page = self._call(lambda: self._client.messages.page(page_size=LIST_PAGE, **filters))
        while page is not None:
            yield from [_carried(message) for message in page if wanted(message)]
            page = self._call(page.next_page)

    def _look_at_sender(self) -> LineFacts:
        if not self._sender.startswith("MG"):
            return self._look_at_number(self._sender)
        try:
            service = self._call(lambda: self._client.messaging.v1.services(self._sender).fetch())
        except Refused:
            return LineFacts()
        numbers = self._own_numbers()
        if service.use_inbound_webhook_on_number and numbers:
            facts = self._look_at_number(numbers[0])
        else:
            facts = LineFacts(
                inbound_url=service.inbound_request_url or "", inbound_method=service.inbound_method or "POST"
            )
        return replace(
            facts, has_sender=True, can_text=bool(numbers), registered=bool(service.us_app_to_person_registered)
        )

    def _look_at_number(self, number: str) -> LineFacts:
        found = self._call(lambda: self._client.incoming_phone_numbers.list(phone_number=number, limit=1))
        if not found:
            return LineFacts()
        return LineFacts(
            has_sender=True,
            can_text=bool((found[0].capabilities or {}).get("sms")),
            inbound_url=found[0].sms_url or "",
            inbound_method=found[0].sms_method or "POST",
        )

    def _call(self, request: Any, *, sends: bool = False) -> Any:
        import requests
        from twilio.base.exceptions import TwilioRestException

        try:
            return request()
        except TwilioRestException as error:
            raise error_for(error.status, error.code) from None
        except (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError) as error:
            raise Busy from error
        except requests.exceptions.ConnectionError as error:
            # Refused or unreachable: no bytes left. A connection that broke later may have delivered the request.
            raise (Busy if _never_connected(error) or not sends else Unknown) from error
        except (requests.exceptions.RequestException, ValueError) as error:
            raise (Unknown if sends else Busy) from error


def _never_connected(error: Exception) -> bool:
    from urllib3.exceptions import NewConnectionError

    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError)


def _redirected(url: str, base: str) -> str:
    """`url` on another carrier's scheme and host; unchanged when none is set."""
    if not base:
        return url
    parts, target = urlsplit(url), urlsplit(base)
    return urlunsplit((target.scheme, target.netloc, parts.path, parts.query, ""))


def _carried(message: Any) -> Carried:
    created = message.date_created
    return Carried(
        sid=message.sid,
        status=str(getattr(message.status, "value", message.status)),
        error_code=message.error_code,
        segments=int(message.num_segments) if str(message.num_segments or "").isdigit() else None,
        to=message.to or "",
        sender=message.from_ or "",
        body=message.body or "",
        direction=str(getattr(message.direction, "value", message.direction) or ""),
        created_at=created.astimezone(UTC) if created else None,
    )
