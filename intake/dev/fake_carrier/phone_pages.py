"""The demo's phones in a browser: what was texted to each, a box to reply, and a switch for each fault.

On loopback and for the demo only. This page stands in for every patient and for the carrier.
"""

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Response, abort, redirect, render_template, request, send_from_directory, url_for

from intake import clock, phone
from intake.dev.fake_carrier.phone_line import PHONE_FAULTS, READING, SENDING, DemoCarrier
from intake.dev.fake_carrier.wire import WireMessage
from intake.phone import NotAPhoneNumber
from intake.sms.carrier.segments import segments_of

FILES = Path(__file__).with_name("phone_files")
STATIC = Path(__file__).resolve().parents[2] / "static"
HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})
API = ("/2010-04-01/", "/v1/")
LONGEST = 1600

Names = Callable[[Collection[str]], dict[str, str]]


@dataclass(frozen=True)
class Thread:
    """One phone: its number, who has it, its texts and the time of the last one."""

    number: str
    name: str
    messages: list[WireMessage]

    @property
    def last(self) -> WireMessage:
        return self.messages[-1]

    @property
    def waits_for_them(self) -> bool:
        return self.last.direction != "inbound"


def add_phone(app: Flask, carrier: DemoCarrier, *, practice_url: str, zone: str, names: Names) -> None:
    """Put the phone's pages beside the carrier's own service. `names` tells who has which number."""
    app.template_folder = str(FILES)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["national"] = phone.said
    app.jinja_env.filters["at"] = lambda moment: _say(moment, zone)

    @app.before_request
    def keep_to_this_machine() -> None:
        if request.path.startswith(API):
            return
        # Another site that the browser has open must not reach this page under a name of its own.
        if urlsplit(f"//{request.host}").hostname not in {host.strip("[]") for host in HOSTS}:
            abort(403)
        origin = request.headers.get("Origin")
        if request.method == "POST" and origin and urlsplit(origin).netloc != request.host:
            abort(403)

    @app.after_request
    def only_own_files(response: Response) -> Response:
        if not request.path.startswith(API):
            response.headers["Content-Security-Policy"] = (
                "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; "
                "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
            )
            response.headers["Cache-Control"] = "no-store"
        return response

    def page(*, part: bool = False, problem: str = "") -> str:
        threads = threads_of(carrier, names)
        wanted = request.values.get("phone", "")
        shown = next((each for each in threads if each.number == wanted), threads[0] if threads else None)
        return render_template(
            "_phone.html" if part else "phone.html",
            carrier=carrier,
            threads=threads,
            shown=shown,
            sending=SENDING,
            reading=READING,
            phone_faults=PHONE_FAULTS,
            practice_url=practice_url,
            problem=problem,
            segments_of=segments_of,
        )

    @app.get("/")
    def phones() -> str:
        return page()

    @app.get("/part")
    def part() -> str:
        return page(part=True)

    @app.post("/reply")
    def reply() -> Response | tuple[str, int]:
        body = request.form.get("body", "").replace("\r\n", "\n").strip()[:LONGEST]
        try:
            number = phone.to_e164(request.form.get("phone", ""))
        except NotAPhoneNumber:
            return page(problem="That isn’t a telephone number. Try 502 555 0123."), 422
        media = (f"ME{secrets.token_hex(16)}",) if "picture" in request.form else ()
        if body or media:
            carrier.text_from(number, body, media=media)
        return redirect(url_for("phones", phone=number), 303)  # type: ignore[return-value]

    @app.post("/faults")
    def faults() -> Response:
        carrier.set_faults(request.form.to_dict())
        return redirect(url_for("phones", phone=request.form.get("phone", "")), 303)  # type: ignore[return-value]

    @app.post("/phone-fault")
    def phone_fault() -> Response:
        carrier.set_phone_fault(request.form.get("phone", ""), request.form.get("fault", ""))
        return redirect(url_for("phones", phone=request.form.get("phone", "")), 303)  # type: ignore[return-value]

    @app.get("/phone-files/<path:name>")
    def files(name: str) -> Response:
        return send_from_directory(FILES if name in ("phone.css", "phone.js") else STATIC, name)


def threads_of(carrier: DemoCarrier, names: Names) -> list[Thread]:
    """Every phone that a text went to or came from, the latest first."""
    with carrier.lock:
        messages = list(carrier.messages)
    by_number: dict[str, list[WireMessage]] = {}
    for message in messages:
        number = message.sender if message.direction == "inbound" else message.to
        by_number.setdefault(number, []).append(message)
    known = names(by_number.keys())
    threads = [Thread(number, known.get(number, ""), texts) for number, texts in by_number.items()]
    return sorted(threads, key=lambda each: each.last.created_at, reverse=True)


def _say(moment: datetime, zone: str) -> str:
    at = clock.local(moment, zone)
    return f"{at.hour % 12 or 12}:{at:%M} {'am' if at.hour < 12 else 'pm'}"
