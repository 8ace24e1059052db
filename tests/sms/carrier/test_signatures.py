"""Signatures that the carrier has published as examples, and what must not pass for one."""

import pytest
from werkzeug.datastructures import MultiDict

from intake.sms.carrier.signatures import is_signed

TOKEN = "12345"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"


def call_from(phone: str) -> dict[str, str]:
    return {"CallSid": "CA1234567890ABCDE", "Caller": phone, "Digits": "1234", "From": phone, "To": "+18005551212"}


# twilio.com/docs/usage/security in its present and earlier editions, and the examples that come with Twilio's own
# client libraries.
PUBLISHED = [
    (URL, call_from("+12349013030"), "0/KCTR6DLpKmkAf8muzZqo1nDgQ="),
    (URL, call_from("+14158675310"), "GvWf1cFY/Q7PnoempGyD5oXAezc="),
    (URL, call_from("+14158675309"), "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    (URL.replace(".com", ".com:1234"), call_from("+14158675309"), "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    (URL, call_from("+14158675309"), "kvajT1Ptam85bY51eRf/AJRuM3w="),
    (
        URL.replace(".com", ".com:1234").replace("https", "http"),
        call_from("+14158675309"),
        "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=",
    ),
    (URL.replace("https", "http"), call_from("+14158675309"), "0ZXoZLH/DfblKGATFgpif+LLRf4="),
]


@pytest.mark.parametrize(("url", "form", "signature"), PUBLISHED)
def test_every_published_example_passes(url: str, form: dict[str, str], signature: str) -> None:
    assert is_signed(url, MultiDict(form), signature, [TOKEN])
    assert is_signed(url, MultiDict(form), signature, ["the one being introduced", TOKEN])


@pytest.mark.parametrize(
    ("changes", "url", "tokens"),
    [
        ({"Digits": "1235"}, URL, [TOKEN]),
        ({"More": "1"}, URL, [TOKEN]),
        ({}, URL.replace("foo=1", "foo=2"), [TOKEN]),
        ({}, URL.replace("https", "http"), [TOKEN]),
        ({}, URL.replace("mycompany", "yourcompany"), [TOKEN]),
        ({}, URL, ["12346"]),
        ({}, URL, [""]),
        ({}, URL, []),
    ],
)
def test_a_published_example_that_was_changed_does_not_pass(
    changes: dict[str, str], url: str, tokens: list[str]
) -> None:
    form = MultiDict(call_from("+12349013030") | changes)

    assert not is_signed(url, form, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=", tokens)


@pytest.mark.parametrize("signature", ["", " ", "0/KCTR6DLpKmkAf8muzZqo1nDgQ", "é", "0" * 5000])
def test_what_is_no_signature_at_all_is_refused_quietly(signature: str) -> None:
    assert not is_signed(URL, MultiDict(call_from("+12349013030")), signature, [TOKEN])


def test_a_parameter_given_twice_is_refused_though_its_signature_is_right() -> None:
    # Published with the client library: the carrier's own method signs both values of a repeated parameter.
    form = MultiDict([("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234")])

    assert not is_signed(URL, form, "IK+Dwps556ElfBT0I3Rgjkr1wJU=", [TOKEN])
