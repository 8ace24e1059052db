"""Single sign-on: whom the provider's word lets in, and every word that is refused."""

from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import pytest
from flask import Flask
from joserfc.jwk import RSAKey
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from intake.accounts.models import AuditEntry, ProviderIdentity, Staff, StaffSession
from intake.accounts.single_sign_on.provider import doctor_check
from intake.config import Settings
from intake.db import db
from tests.accounts.second_step.signing_in import Phone, code, later, set_up
from tests.accounts.single_sign_on.loopback_provider import CLIENT, SECRET, LoopbackProvider
from tests.clients import Client
from tests.making import Make


@pytest.fixture(scope="module")
def running() -> Iterator[LoopbackProvider]:
    made = LoopbackProvider()
    yield made
    made.close()


@pytest.fixture
def provider(running: LoopbackProvider, app: Flask) -> Iterator[LoopbackProvider]:
    kept = dict(vars(running))
    settings: Settings = app.config["SETTINGS"]
    given: dict[str, Any] = {"oidc_issuer": running.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
    changed = Settings(_env_file=None, **(settings.model_dump() | given))
    with patch.dict(app.config, SETTINGS=changed):
        yield running
    running.__dict__.update(kept)


@pytest.fixture
def nora(make: Make, provider: LoopbackProvider) -> Staff:
    make.staff("administrator", email="noise@example.org")
    nora = make.staff("front_desk", email="nora@example.org")
    provider.account = {"sub": "248289761001", "email": "Nora@Example.org", "email_verified": True}
    return nora


def there_and_back(client: Client, provider: LoopbackProvider, **asked: str) -> TestResponse:
    sent = client.get("/sign-in/single-sign-on", query_string=asked)
    assert sent.status_code == 303
    return client.get(f"/sign-in/single-sign-on/back?{provider.sign_in(sent.location)}")


def is_in(client: Client) -> bool:
    return client.get("/account").status_code == 200


def reasons() -> list[str]:
    query = select(AuditEntry.details).where(AuditEntry.action == "single_sign_on.refused").order_by(AuditEntry.id)
    return [each["reason"] for each in db.session.scalars(query)]


@pytest.mark.both
def test_staff_with_that_verified_address_are_let_in_and_known_by_their_number_afterwards(
    app: Flask, client: Client, nora: Staff, provider: LoopbackProvider
) -> None:
    assert there_and_back(client, provider, next="/desk?day=2").location == "/desk?day=2"
    assert is_in(client)
    asked, sent = provider.asked[-1], provider.exchanged[-1]
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert sorted(asked["scope"].split()) == ["email", "openid"]
    assert len(asked["state"]) >= 32
    assert len(asked["nonce"]) >= 32
    assert len(sent["code_verifier"]) >= 43
    linked = db.session.scalars(select(ProviderIdentity)).one()
    assert (linked.staff_id, linked.subject) == (nora.id, "248289761001")
    assert db.session.scalars(select(StaffSession.method)).one() == "single sign-on"

    # Another address of the same account later on: the number counts.
    provider.account["email"] = "married@example.org"
    provider.account["email_verified"] = False
    assert there_and_back(app.test_client(), provider).location == "/desk"
    # The same address for another account: whoever was given it after her is not her.
    provider.account = {"sub": "another", "email": "nora@example.org", "email_verified": True}
    other = app.test_client()
    assert there_and_back(other, provider).location == "/sign-in"
    assert not is_in(other)
    assert "another account than before" in other.get("/sign-in").text
    assert reasons() == ["other_account"]


@pytest.mark.on("sqlite")
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"claims": {"nonce": "another"}}, "InvalidClaimError"),
        ({"claims": {"nonce": None}}, "MissingClaimError"),
        ({"claims": {"exp": 1_000_000_000}}, "ExpiredTokenError"),
        ({"claims": {"exp": None}}, "MissingClaimError"),
        ({"claims": {"iss": "https://evil.example"}}, "InvalidClaimError"),
        ({"claims": {"aud": "another service"}}, "InvalidClaimError"),
        ({"claims": {"aud": ["another service", CLIENT]}}, "MissingClaimError"),
        ({"claims": {"aud": [CLIENT, "other"], "azp": "other"}}, "InvalidClaimError"),
        ({"claims": {"sub": None}}, "MissingClaimError"),
        ({"claims": {"iat": 4_000_000_000}}, "InvalidClaimError"),
        ({"claims": {"email_verified": False}}, "unverified"),
        ({"claims": {"email_verified": None}}, "unverified"),
        ({"claims": {"email_verified": "false"}}, "unverified"),
        ({"claims": {"email_verified": 1}}, "unverified"),
        ({"claims": {"email": "stranger@example.org"}}, "nobody"),
        ({"claims": {"email": ""}}, "nobody"),
        ({"signed_with": "none"}, None),
        ({"signed_with": "HS256"}, None),
        ({"published": []}, None),
        ({"published": [RSAKey.generate_key(2048, {"kid": "first"})]}, "BadSignatureError"),
        ({"metadata": {"issuer": "https://evil.example"}}, None),
        ({"metadata": {"token_endpoint": "ftp://127.0.0.1/token"}}, None),
        ({"away": True}, None),
    ],
)
def test_a_word_that_is_not_the_providers_for_this_try_lets_nobody_in(
    client: Client, nora: Staff, provider: LoopbackProvider, fault: dict[str, Any], reason: str | None
) -> None:
    sent = client.get("/sign-in/single-sign-on")
    query = provider.sign_in(sent.location)
    for name, value in fault.items():
        setattr(provider, name, value)
    response = client.get(f"/sign-in/single-sign-on/back?{query}")

    assert (response.status_code, response.location) == (303, "/sign-in")
    assert not is_in(client)
    assert db.session.scalar(select(func.count()).select_from(ProviderIdentity)) == 0
    assert db.session.scalar(select(func.count()).select_from(Staff)) == 2
    if reason is not None:
        assert reasons() == [reason]
    assert client.get("/sign-in").status_code == 200


def test_an_answer_counts_once_in_the_browser_that_asked(
    app: Flask, client: Client, nora: Staff, provider: LoopbackProvider
) -> None:
    query = provider.sign_in(client.get("/sign-in/single-sign-on").location)
    other = app.test_client()
    # Somebody else's answer, pushed on a browser that asked nothing or something else.
    assert other.get(f"/sign-in/single-sign-on/back?{query}").location == "/sign-in"
    other.get("/sign-in/single-sign-on")
    assert other.get(f"/sign-in/single-sign-on/back?{query}").location == "/sign-in"
    assert not is_in(other)

    assert client.get(f"/sign-in/single-sign-on/back?{query}&iss=https://evil.example").location == "/sign-in"
    query = provider.sign_in(client.get("/sign-in/single-sign-on").location)
    with later(minutes=11):
        assert client.get(f"/sign-in/single-sign-on/back?{query}").location == "/sign-in"
    query = provider.sign_in(client.get("/sign-in/single-sign-on").location)
    assert client.get("/sign-in/single-sign-on/back?error=access_denied&state=x").location == "/sign-in"
    query = provider.sign_in(client.get("/sign-in/single-sign-on").location)
    assert client.get(f"/sign-in/single-sign-on/back?{query}").location == "/desk"
    assert client.get(f"/sign-in/single-sign-on/back?{query}").location == "/sign-in"
    assert reasons() == ["state", "state", "issuer", "too_late", "state", "state"]


def test_keys_may_be_rotated_and_thin_tokens_completed(
    client: Client, nora: Staff, provider: LoopbackProvider, app: Flask
) -> None:
    provider.rotate()
    assert there_and_back(client, provider).location == "/desk"
    provider.thin = True
    provider.account = {"sub": "thin", "email": "noise@example.org", "email_verified": "true"}
    assert there_and_back(app.test_client(), provider).location == "/set-up"


def test_whose_access_was_stopped_stays_out(client: Client, nora: Staff, provider: LoopbackProvider) -> None:
    there_and_back(client, provider)
    nora.active = False
    db.session.commit()
    assert there_and_back(client, provider).location == "/sign-in"
    assert not is_in(client)


def test_a_second_step_is_asked_for_unless_the_provider_has_seen_one(
    app: Flask, client: Client, nora: Staff, provider: LoopbackProvider
) -> None:
    there_and_back(client, provider)
    phone: Phone = set_up(client)[0]
    other = app.test_client()
    with later(minutes=2):
        provider.account["amr"] = ["pwd", "otp"]
        assert there_and_back(other, provider, next="/desk").location == "/sign-in/second-step"
        assert code(other, phone.code()).location == "/desk"
    provider.account["amr"] = ["pwd", "mfa"]
    assert there_and_back(app.test_client(), provider).location == "/desk"


def test_who_is_asked_again_proves_it_anew_at_the_provider(
    client: Client, nora: Staff, provider: LoopbackProvider, make: Make
) -> None:
    there_and_back(client, provider)
    with later(minutes=40):
        for minutes in (10, 20, 30):
            with later(minutes=minutes - 40):
                client.get("/account")
        page = client.get("/sign-in?again=1&next=/account")
        assert "/sign-in/single-sign-on?next=/account&amp;again=1" in page.text
        provider.claims = {"auth_time": 1_000_000_000}
        assert there_and_back(client, provider, again="1").location == "/sign-in"
        provider.claims = {"auth_time": None}
        assert there_and_back(client, provider, again="1").location == "/sign-in"
        assert client.post("/account/second-step").status_code == 401
        provider.claims = {}
        assert there_and_back(client, provider, again="1", next="/account").location == "/account"
        assert (provider.asked[-1]["prompt"], provider.asked[-1]["max_age"]) == ("login", "0")
        assert client.post("/account/second-step").location == "/account/second-step"
    assert reasons() == ["not_fresh", "not_fresh"]


def test_another_address_of_a_person_unlinks_their_account(
    client: Client, nora: Staff, provider: LoopbackProvider, make: Make, app: Flask, sign_in: Callable[..., None]
) -> None:
    there_and_back(client, provider)
    boss = make.staff("administrator", all_locations=True)
    sign_in(client, boss)
    given = {"name": nora.name, "email": "vale@example.org", "roles": ["front_desk"]}
    client.post(f"/people/{nora.id}", data=given | {"locations": [each.id for each in nora.locations]})
    assert db.session.scalar(select(func.count()).select_from(ProviderIdentity)) == 0
    other = app.test_client()
    assert there_and_back(other, provider).location == "/sign-in"
    provider.account["email"] = "vale@example.org"
    assert there_and_back(other, provider).location == "/desk"


def test_doctor_says_whether_the_provider_answers_as_itself(provider: LoopbackProvider, app: Flask) -> None:
    settings: Settings = app.config["SETTINGS"]
    assert [each.state for each in doctor_check(settings, True)] == ["good"]
    for address in (f"{provider.issuer}/elsewhere", "http://127.0.0.1:9"):
        (found,) = doctor_check(settings.model_copy(update={"oidc_issuer": address}), True)
        assert found.state == "bad" and address in found.says
    assert doctor_check(settings.model_copy(update={"oidc_issuer": ""}), True) == []


def test_nothing_leads_to_a_provider_where_none_is_set_up(client: Client, make: Make) -> None:
    assert client.get("/sign-in/single-sign-on").status_code == 404
    assert client.get("/sign-in/single-sign-on/back?code=a&state=b").status_code == 404
    assert "single-sign-on" not in client.get("/sign-in").text
