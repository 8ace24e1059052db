"""How the carrier's resources look on the wire: Twilio's names, types and paging, as its OpenAPI description has them.

Accounts, numbers and services show what a client of ours may look at.
https://github.com/twilio/twilio-oai, `twilio_api_v2010` and `twilio_messaging_v1`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

from flask import Response, jsonify

from intake.sms.carrier.segments import segments_of

VERSION = "2010-04-01"
MOST_ON_A_PAGE = 1000
ERRORS = {
    20001: (400, "Invalid parameter"),
    20003: (401, "Authenticate"),
    20004: (405, "Method not allowed"),
    20009: (409, "Unable to update or delete: the resource is not in a terminal state"),
    20404: (404, "The requested resource was not found"),
    20403: (403, "Forbidden"),
    20429: (429, "Too Many Requests"),
    20500: (500, "Internal Server Error"),
    21211: (400, "Invalid 'To' Phone Number"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number provided is not a valid message-capable phone number."),
    21608: (400, "The 'To' phone number provided is not yet verified for this account."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (400, "This 'From' number has exceeded the maximum number of queued messages"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21701: (400, "The Messaging Service does not exist"),
    30001: (400, "Queue overflow"),
    30002: (400, "Account suspended"),
    30003: (400, "Unreachable destination handset"),
    30005: (400, "Unknown destination handset"),
    30006: (400, "Landline or unreachable carrier"),
    30007: (400, "Message filtered"),
    30008: (400, "Unknown error"),
    30032: (400, "Toll-Free Number Has Not Been Verified"),
    30034: (400, "US A2P 10DLC - Message from an Unregistered Number"),
    63038: (400, "Account exceeded the daily messages limit"),
}


# What a message ends as; until then it can neither be changed nor deleted.
FINAL = frozenset({"sent", "delivered", "undelivered", "failed", "received", "read", "canceled"})
# Lost before they left the carrier; everything else is lost on the way.
NEVER_LEFT = frozenset({30001, 30002, 30036, 63038})


@dataclass
class WireMessage:
    """One message as the carrier keeps it. Times are aware UTC; `sent_at` is None until it has left the carrier."""

    sid: str
    to: str
    sender: str
    body: str
    direction: str
    created_at: datetime
    status: str = "queued"
    error_code: int | None = None
    status_callback: str = ""
    service_sid: str | None = None
    sent_at: datetime | None = None
    # SIDs of its pictures, and what the carrier took the text for.
    media: tuple[str, ...] = ()
    opt_out_type: str = ""
    updated_at: datetime = field(default_factory=lambda: datetime.min.replace(tzinfo=UTC))

    def move_on(self, status: str, moment: datetime, error_code: int | None = None) -> None:
        """Take the next status; from 'sent' on it has a time of sending."""
        self.status, self.error_code, self.updated_at = status, error_code, moment
        if status not in ("accepted", "queued", "sending", "failed", "canceled"):
            self.sent_at = self.sent_at or moment


class BadParameter(ValueError):
    """A query parameter can't be read; the carrier answers 400."""


def message_json(account: str, message: WireMessage) -> dict[str, Any]:
    uri = f"/{VERSION}/Accounts/{account}/Messages/{message.sid}"
    # A service chooses the number it sends from only when it sends; until then nothing is counted either.
    waits = message.status == "accepted"
    failed = message.status in ("failed", "undelivered")
    return {
        "account_sid": account,
        "api_version": VERSION,
        "body": message.body,
        "date_created": stamp(message.created_at),
        "date_sent": stamp(message.sent_at) if message.sent_at else None,
        "date_updated": stamp(max(message.updated_at, message.created_at)),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": ERRORS.get(message.error_code or 0, (0, "Unknown error"))[1] if failed else None,
        "from": None if waits else message.sender,
        "messaging_service_sid": message.service_sid,
        "num_media": str(len(message.media)),
        "num_segments": "0" if waits else str(segments_of(message.body).count),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json", "feedback": f"{uri}/Feedback.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


def media_json(account: str, message: WireMessage, media_sid: str) -> dict[str, Any]:
    return {
        "account_sid": account,
        "content_type": "image/jpeg",
        "date_created": stamp(message.created_at),
        "date_updated": stamp(message.created_at),
        "parent_sid": message.sid,
        "sid": media_sid,
        "uri": f"/{VERSION}/Accounts/{account}/Messages/{message.sid}/Media/{media_sid}.json",
    }


def account_json(account: str, *, status: str = "active", trial: bool = False) -> dict[str, Any]:
    uri = f"/{VERSION}/Accounts/{account}"
    parts = {"messages": "Messages", "incoming_phone_numbers": "IncomingPhoneNumbers", "balance": "Balance"}
    return {
        "auth_token": None,
        "date_created": stamp(_BEGINNING),
        "date_updated": stamp(_BEGINNING),
        "friendly_name": "Demo carrier",
        "owner_account_sid": account,
        "sid": account,
        "status": status,
        "subresource_uris": {name: f"{uri}/{part}.json" for name, part in parts.items()},
        "type": "Trial" if trial else "Full",
        "uri": f"{uri}.json",
    }


def number_json(account: str, number: str, *, sms_url: str = "") -> dict[str, Any]:
    sid = "PN" + "0" * 32
    return {
        "account_sid": account,
        "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
        "date_created": stamp(_BEGINNING),
        "date_updated": stamp(_BEGINNING),
        "friendly_name": number,
        "phone_number": number,
        "sid": sid,
        "sms_method": "POST",
        "sms_url": sms_url or None,
        "status": "in-use",
        "uri": f"/{VERSION}/Accounts/{account}/IncomingPhoneNumbers/{sid}.json",
    }


def service_json(account: str, service: str, *, base: str, inbound_url: str = "") -> dict[str, Any]:
    url = f"{base}/v1/Services/{service}"
    return {
        "account_sid": account,
        "date_created": _iso(_BEGINNING),
        "date_updated": _iso(_BEGINNING),
        "friendly_name": "Demo service",
        "inbound_method": "POST",
        "inbound_request_url": inbound_url or None,
        "links": {"phone_numbers": f"{url}/PhoneNumbers"},
        "sid": service,
        "us_app_to_person_registered": True,
        "url": url,
        "use_inbound_webhook_on_number": False,
        "validity_period": 36000,
    }


def service_number_json(account: str, service: str, number: str, *, base: str) -> dict[str, Any]:
    sid = "PN" + "0" * 32
    return {
        "account_sid": account,
        "capabilities": ["MMS", "SMS", "Voice"],
        "country_code": "US",
        "date_created": _iso(_BEGINNING),
        "date_updated": _iso(_BEGINNING),
        "phone_number": number,
        "service_sid": service,
        "sid": sid,
        "url": f"{base}/v1/Services/{service}/PhoneNumbers/{sid}",
    }


def page_json(key: str, rows: Sequence[Any], path: str, asked: dict[str, str], show: Any) -> dict[str, Any]:
    """One page of the 2010 API: the rows asked for, and addresses that keep every filter. Raises BadParameter."""
    size, page = _page(asked, 50)
    shown = rows[page * size : (page + 1) * size]

    def uri(number: int) -> str:
        kept = {name: value for name, value in asked.items() if name not in ("PageSize", "Page", "PageToken")}
        token = {"PageToken": f"PA{number}"} if number else {}
        return f"{path}?{urlencode({**kept, 'PageSize': size, 'Page': number, **token})}"

    return {
        key: [show(row) for row in shown],
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": page * size + max(0, len(shown) - 1),
        "first_page_uri": uri(0),
        "next_page_uri": uri(page + 1) if len(rows) > (page + 1) * size else None,
        "previous_page_uri": uri(page - 1) if page else None,
        "uri": uri(page),
    }


def meta_page_json(key: str, rows: list[dict[str, Any]], url: str, asked: dict[str, str]) -> dict[str, Any]:
    """One page of the newer APIs, which put the paging under `meta`. The demo never has more than one."""
    size, _ = _page(asked, 20)
    here = f"{url}?PageSize={size}&Page=0"
    meta = {"page": 0, "page_size": size, "first_page_url": here, "previous_page_url": None, "next_page_url": None}
    return {key: rows, "meta": {**meta, "key": key, "url": here}}


def moment_of(given: str) -> datetime:
    """A date or a moment of a filter. Raises BadParameter."""
    try:
        moment = datetime.fromisoformat(given.replace("Z", "+00:00"))
    except ValueError as error:
        raise BadParameter from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def error_response(code: int) -> Response:
    status, words = ERRORS.get(code, (400, "Refused"))
    body = {"code": code, "message": words, "more_info": f"https://www.twilio.com/docs/errors/{code}", "status": status}
    response = json_response(body, status)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    return response


def json_response(body: dict[str, Any], status: int = 200) -> Response:
    response = jsonify(body)
    response.status_code = status
    return response


def stamp(moment: datetime) -> str:
    """RFC 2822 with a numeric zone, as the 2010 API writes times."""
    return format_datetime(moment.astimezone(UTC))


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _page(asked: dict[str, str], usual: int) -> tuple[int, int]:
    try:
        size, page = int(asked.get("PageSize", usual)), int(asked.get("Page", 0))
    except ValueError as error:
        raise BadParameter from error
    if size < 1 or page < 0:
        raise BadParameter
    return min(size, MOST_ON_A_PAGE), page


_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
