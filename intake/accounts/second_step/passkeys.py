"""Passkeys (WebAuthn) as a second step: bound to this address, so that no other site can ask for them.

The checks are those of the library that Flask-Security uses, the pages ours.
"""

import hashlib
import hmac
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

import webauthn
from flask import session
from sqlalchemy import delete, select
from webauthn.helpers import bytes_to_base64url, exceptions, structs

from intake import clock
from intake.accounts import tokens
from intake.accounts.models import Passkey, Staff
from intake.accounts.second_step import records
from intake.config import current_settings
from intake.db import db

MOST = 10
LONGEST_CREDENTIAL = 20_000
ASKED_SECONDS = 300
_KEY = "passkey"
# Broken base64 comes out of the library as it is.
NOT_AN_ANSWER = (exceptions.WebAuthnException, ValueError)


class PasskeyRefused(Exception):
    """What the browser sent isn't an answer to what was asked, or not of a passkey of this person."""


def are_possible() -> bool:
    """Return whether browsers know passkeys at this address: https or localhost, and a name instead of a number."""
    parts = urlsplit(current_settings().public_url)
    try:
        ip_address(parts.hostname or "")
    except ValueError:
        return parts.scheme == "https" or parts.hostname == "localhost"
    return False


def of(staff: Staff) -> Sequence[Passkey]:
    return db.session.scalars(select(Passkey).where(Passkey.staff_id == staff.id).order_by(Passkey.id)).all()


def question_to_add(staff: Staff, *, practice: str) -> str:
    """Return what the browser is asked for to add a passkey, as JSON; this browser's session keeps the challenge."""
    options = webauthn.generate_registration_options(
        rp_id=_host(),
        rp_name=practice,
        user_id=hmac.digest(tokens.derived_key("passkey"), str(staff.id).encode(), hashlib.sha256),
        user_name=staff.email,
        user_display_name=staff.name,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.PREFERRED,
            user_verification=structs.UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=_described(staff),
    )
    _keep(options.challenge)
    return webauthn.options_to_json(options)


def add(staff: Staff, answer: str, *, name: str) -> None:
    """Keep the passkey that the browser made. Raises PasskeyRefused. Flushes."""
    if len(of(staff)) >= MOST:
        raise PasskeyRefused
    try:
        made = webauthn.verify_registration_response(
            credential=_bounded(answer),
            expected_challenge=_challenge(),
            expected_rp_id=_host(),
            expected_origin=current_settings().public_url,
        )
    except NOT_AN_ANSWER as error:
        raise PasskeyRefused from error
    credential_id = bytes_to_base64url(made.credential_id)
    if db.session.scalar(select(Passkey.id).where(Passkey.credential_id == credential_id)) is not None:
        raise PasskeyRefused
    db.session.add(
        Passkey(
            staff_id=staff.id,
            credential_id=credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            name=name,
            added_at=clock.now(),
        )
    )
    db.session.flush()
    records.note(staff, "second_step.set_up", kind="passkey")


def question_to_use(staff: Staff) -> str:
    """Return what the browser is asked for to use one of this person's passkeys, as JSON."""
    options = webauthn.generate_authentication_options(rp_id=_host(), allow_credentials=_described(staff))
    _keep(options.challenge)
    return webauthn.options_to_json(options)


def prove(staff: Staff, answer: str) -> bool:
    """Return whether a passkey of this person answered what was asked. Flushes."""
    try:
        _check(staff, answer)
    except PasskeyRefused:
        records.note_refusal(staff)
        return False
    return True


def _check(staff: Staff, answer: str) -> None:
    try:
        given = webauthn.helpers.parse_authentication_credential_json(_bounded(answer))
        passkey = next((each for each in of(staff) if each.credential_id == bytes_to_base64url(given.raw_id)), None)
        if passkey is None:
            raise PasskeyRefused
        proved = webauthn.verify_authentication_response(
            credential=given,
            expected_challenge=_challenge(),
            expected_rp_id=_host(),
            expected_origin=current_settings().public_url,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
        )
    except NOT_AN_ANSWER as error:
        raise PasskeyRefused from error
    passkey.sign_count, passkey.used_at = proved.new_sign_count, clock.now()
    db.session.flush()


def remove(staff: Staff, passkey_id: int) -> bool:
    """Take a passkey away; False when it isn't one of theirs. Raises StepNeeded where it is the last second step."""
    has = records.state(staff)
    if has.needed and not has.app and has.passkeys == 1:
        raise records.StepNeeded
    gone = db.session.execute(delete(Passkey).where(Passkey.id == passkey_id, Passkey.staff_id == staff.id))
    if gone.rowcount:  # type: ignore[attr-defined]
        records.note(staff, "second_step.passkey_removed")
    return bool(gone.rowcount)  # type: ignore[attr-defined]


def _described(staff: Staff) -> list[structs.PublicKeyCredentialDescriptor]:
    ids = [webauthn.base64url_to_bytes(each.credential_id) for each in of(staff)]
    return [structs.PublicKeyCredentialDescriptor(id=each) for each in ids]


def _keep(challenge: bytes) -> None:
    session[_KEY] = [bytes_to_base64url(challenge), int(clock.now().timestamp())]


def _challenge() -> bytes:
    """The challenge of this browser's last question, which counts once."""
    challenge, asked_at = session.pop(_KEY, ["", 0])
    if not challenge or clock.now().timestamp() - asked_at > ASKED_SECONDS:
        raise PasskeyRefused
    return webauthn.base64url_to_bytes(challenge)


def _bounded(answer: str) -> str:
    if len(answer) > LONGEST_CREDENTIAL:
        raise PasskeyRefused
    return answer


def _host() -> str:
    return urlsplit(current_settings().public_url).hostname or ""
