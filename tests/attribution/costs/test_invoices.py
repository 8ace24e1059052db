"""Invoices and credit notes from files: entered once, refused row by row, taken back."""

from datetime import date
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.attribution.costs.forms import read_signed_cents
from intake.attribution.costs.models import Spend
from intake.attribution.costs.queries import current_spend
from intake.attribution.filters.periods import Period
from tests.clients import Client
from tests.directory.brought_files.bringing import bring_in, send, take_back
from tests.making import Make
from tests.pages import text_of

DAY = date(2026, 5, 12)
MAY = Period(date(2026, 5, 1), date(2026, 5, 31))
ADDRESS = "/reports/costs?from=2026-05-01&to=2026-05-31"
FIRST = date(2026, 5, 1)


@pytest.fixture
def mail(session: Session, make: Make, client: Client, sign_in: Any) -> Any:
    sign_in(client, make.staff("manager", locations=[make.location("Riverside")]))
    return make.sources()["mail"]


def test_invoices_come_from_a_file_once(mail: Any, client: Client, make: Make, session: Session) -> None:
    tv = make.sources()["tv"]
    file = (
        b'\xef\xbb\xbf\r\nInvoice Date;Vendor;Memo;Total\r\n05/03/2026;MAIL;Cards;"1,000.50"\r\n'
        b'5/17/2026;Mail;Cards;"1,000.50"\r\n2026-05;TV;;$20\r\n;;;\r\n;Total;;"2,021.00"\r\n'
    )
    for _ in range(2):
        assert "Row 7, “Total”, only sums up" in bring_in(client, "invoices", file)
        assert current_spend(MAY) == {mail.id: {FIRST: 200_100}, tv.id: {FIRST: 2_000}}
    told = bring_in(client, "invoices", "source,month,amount\nMail,2026-05,5\nNobody,May,1.234\n")
    assert "“Nobody” is no source on the list" in told
    assert "“May” is no month" in told and "“1.234” is no amount" in told
    assert "To add 1" in told
    assert len(session.scalars(select(Spend)).all()) == 4
    for content in (b"", b"\0\0", b"a,b\n1,2\n", b"\xff\xfe\x00"):
        assert send(client, "invoices", content).request.path == "/reports/costs"


def test_rows_of_invoices_that_cannot_be_entered_are_named_and_the_others_are_entered(
    mail: Any, client: Client, make: Make
) -> None:
    make.visit(make.location(), day=DAY)
    make.spend(mail, cents=38_000, note="Postcards")
    rows = (
        "Mail,May-26,380,\nAdvertising: Mail,2026-05,USD 5.00,\n"
        "Male,2026-05,1,\nMail,2027-11,1,\nMail,1999-02,1,\nMail,2026-05,9,EUR\n,,400,\n"
        # As reports of bookkeeping end each vendor, and themselves.
        "Total for Mail,,400,\n,Total,800,\n"
    )
    told = bring_in(client, "invoices", f"Source,Month,Amount,Currency\n{rows}")
    assert "To add 1" in told and "There already 1" in told and "4 rows can’t be brought in" in told
    assert "Row 2: $380 in May 2026 stands there already with the note “Postcards”" in told
    for said in (
        "did you mean “mail”",
        "still to come",
        "“EUR” is another currency",
        "Row 8, “400”, names neither source nor month",
    ):
        assert said in told
    assert "Row 9, “Total for Mail”, only sums up" in told and "Row 10, “Total”, only sums up" in told
    assert "February 1999 is before records began" in told


def test_credit_notes_lower_their_month_and_wait_where_they_are_more_than_stands_there(
    mail: Any, client: Client, make: Make, session: Session
) -> None:
    tv = make.sources()["tv"]
    rows = "Mail,2026-05,-40,\nMail,2026-05,(10.00),\nTV,2026-05,CR 40,\nMail,2026-05,100.00,\nTV,2026-05,30,\n"
    told = bring_in(client, "invoices", f"Source,Month,Amount,Note\n{rows}")
    assert "A credit of $40 is more than the $30 that stand for TV in May 2026: enter the invoice" in told
    assert current_spend(MAY) == {mail.id: {FIRST: 5_000}, tv.id: {FIRST: 3_000}}
    page = text_of(client.get(ADDRESS))
    assert "$50 after credits of $50" in page and "credit" in page and "−$40" in page
    assert "Credits" in client.get(f"/reports/file.csv?of={quote(ADDRESS)}").text
    # The same file again changes nothing, and an invoice stays under the credit that stands against it.
    bring_in(client, "invoices", f"Source,Month,Amount,Note\n{rows}")
    assert current_spend(MAY)[mail.id] == {FIRST: 5_000}
    hundred = session.scalars(select(Spend).where(Spend.cents == 10_000)).one()
    told = text_of(client.get(client.post(f"/reports/costs/{hundred.id}/undo").location))
    assert "A credit stands against this amount" in told
    typed = {"source": str(mail.id), "month": "2026-05", "amount": "-20"}
    assert client.post(ADDRESS, data=typed).status_code == 303
    assert current_spend(MAY)[mail.id] == {FIRST: 3_000}
    refused = client.post(ADDRESS, data=typed | {"counts": "replaces"})
    assert refused.status_code == 422 and "A credit adds up" in refused.text


def test_columns_of_other_programs_say_what_is_a_credit_and_what_a_payment(mail: Any, client: Client) -> None:
    told = bring_in(
        client,
        "invoices",
        "Vendor,Date,Transaction type,Amount\nMail,05/03/2026,Bill,100\nMail,05/04/2026,Vendor Credit,30.00\n"
        "Mail,05/05/2026,Bill Payment (Check),-70\n",
    )
    assert "“Mail”, is a payment and is passed over" in told
    bring_in(client, "invoices", "Source,Month,Debit,Credit\nMail,2026-05,,20\n")
    assert current_spend(MAY) == {mail.id: {FIRST: 5_000}}


def test_a_file_of_invoices_is_taken_back_but_where_a_credit_stands_against_it(
    mail: Any, client: Client, make: Make
) -> None:
    tv = make.sources()["tv"]
    make.spend(tv, cents=1_000, month=FIRST)
    page = send(client, "invoices", "Source,Month,Amount\nMail,2026-05,100\nTV,2026-05,30\nTV,2026-05,-10\n")
    client.post(page.address)
    bring_in(client, "invoices", "Source,Month,Amount\nMail,2026-05,-60\n")
    assert current_spend(MAY) == {mail.id: {FIRST: 4_000}, tv.id: {FIRST: 3_000}}
    told = take_back(client, page.address)
    assert "2 invoices removed" in told
    assert "1 stays, as a credit stands against it: $100 for Mail in May 2026" in told
    assert current_spend(MAY) == {mail.id: {FIRST: 4_000}, tv.id: {FIRST: 1_000}}
    assert "1 stays, as a credit stands against it" in take_back(client, page.address)


def test_credits_are_read_as_they_are_written() -> None:
    for text in ("-40", "(40.00)", "40-", "CR 40", "40 CR", "−40", "$ (40.00)", "-$40", "USD -40"):
        assert read_signed_cents(text) == -4_000, text
    assert [read_signed_cents(text) for text in ("40", "--40", "(40", "40)", "-(40)", "CR", "")] == [4_000, *[None] * 6]
