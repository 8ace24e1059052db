"""Files as other programs export them: nothing in one is taken for what it isn't, and no good row is lost."""

import io
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.attribution.costs.models import Spend
from intake.directory.models import Physician, ReferringPractice
from intake.liaison.people.models import OfficeContact
from intake.liaison.touchpoints.models import Touchpoint
from tests.clients import Client
from tests.directory.brought_files.bringing import bring_in, send, take_back
from tests.liaison import relationships
from tests.making import Make
from tests.pages import text_of


@pytest.fixture
def elm(session: Session, make: Make, client: Client, sign_in: Any) -> Any:
    """A practice with a physician, where a manager is signed in."""
    make.location()
    make.sources()
    sign_in(client, make.staff("manager", all_locations=True))
    group = make.referring_practice("Elm Street Clinic")
    make.physician("Adler", "Ruth", referring_practice_id=group.id)
    session.commit()
    return group


def workbook(fill: Callable[[Any, Any], None]) -> bytes:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet("Oct")
        for number, row in enumerate(
            (("Source", "Month", "Amount"), ("Mail", "2026-10", 100.5), ("TV", "2026-10", 20))
        ):
            sheet.write_row(number, 0, row)
        fill(book, sheet)
    return data.getvalue()


@pytest.mark.parametrize(
    ("what", "file", "said"),
    [
        # What holds patients is kept out, whichever page it is chosen on.
        (
            "contacts",
            "MRN,First Name,Last Name,DOB,Phone,NPI\n1,Ana,Whit,03/14/1980,5185550123,{npi}\n",
            "list of patients",
        ),
        ("touchpoints", "Patient,Date,NPI,Notes\nAna Whit,11/20/2026,{npi},leg pain\n", "columns “Patient”"),
        ("physicians", "Patient Name,Referring Physician,NPI,Phone\nAna,Adler,{npi},5185550123\n", "list of patients"),
        # Cells that slipped at a comma outside quotation marks.
        ("invoices", "Source,Month,Amount,Note\nMail,2026-05,1,234.56\n", "“1” and “234.56” stand in two cells"),
        ("invoices", "Source,Month,Amount,Note\nMail,2026-05,1,234.50,cards\n", "5 cells under 4 titles"),
        ("touchpoints", "Date,NPI,Sentence\n05/11/2026,{npi},Cards, pens and cookies\n", "4 cells under 3 titles"),
        # One of two columns, one of two orders, one of two days.
        ("invoices", "Source,Month,Cost,Amount\nMail,2026-05,612.55,900\n", "column “Amount” and the column “Cost”"),
        ("invoices", "Source,Month,Amount,Amount\nMail,2026-05,1,2\n", "may be the Amount"),
        ("invoices", "Source,Date,Debit,Credit\nMail,05/07/2026,10,5\n", "both an amount and a credit"),
        ("invoices", "Source,Date,Amount\nMail,13/05/2026,1\nMail,05/06/2026,2\n", "“05/06/2026” may be month/day or"),
        ("touchpoints", "Date,NPI,Notes\n13/05/2026,{npi},a\n05/06/2026,{npi},b\n", "as “13/05/2026” elsewhere"),
        ("invoices", "Source,Month,Cost (EUR)\nMail,2026-05,1\n", "Missing: Amount"),
        # What a spreadsheet made of a number.
        ("contacts", "NPI,Contact\n2.10004E+09,Ann Lee\n", "the spreadsheet shortened it"),
        ("invoices", "Source,Month,Amount\nMail,46150,1\n", "a spreadsheet’s day number"),
        # Who works elsewhere, and two practices in a cell.
        ("contacts", "Practice,NPI,Contact\nOak Hill,{npi},Ann Lee\n", "works at Elm Street Clinic, not “Oak Hill”"),
        ("physicians", 'NPI,Practice\n{npi},"Elm Street Clinic, Oak Hill"\n', "names several practices"),
        ("invoices", "Source,Month,Amount\nMail,2026-05,\nMail,,1\n", "It has no amount"),
    ],
)
def test_what_may_be_two_things_is_refused_with_its_reason(
    elm: Any, session: Session, make: Make, client: Client, what: str, file: str, said: str
) -> None:
    make.referring_practice("Oak Hill")
    session.commit()
    told = bring_in(client, what, file.replace("{npi}", npi_of(elm, session)))
    assert said in told
    for table in (Spend, OfficeContact, Touchpoint):
        assert not session.scalars(select(table)).all()


def npi_of(group: Any, session: Session) -> str:
    return str(session.scalars(select(Physician.npi).where(Physician.referring_practice_id == group.id)).one())


def test_rows_that_hold_no_money_are_passed_over_and_numbers_tell_two_of_one_amount_apart(
    elm: Any, client: Client, session: Session
) -> None:
    rows = (
        "Campaign report\n\nDate,Num,Source,Amount,Status,Type\n05/01/2026 - 05/31/2026,1041,Mail,50,Paid,Bill\n"
        "05/07/2026,1042,Mail,50,Paid,Bill\n05/08/2026,1043,Mail,9,Failed,Bill\n05/09/2026,1044,Mail,8,,Estimate\n"
        "Total,,,117,,\n"
    )
    for _ in range(2):
        told = bring_in(client, "invoices", rows)
        assert "titles were found in row 3" in told and "“Total”, only sums up" in told
        assert "“Mail”, was not paid" in told and "“Mail”, is no invoice yet" in told
    assert [(each.cents, each.note) for each in session.scalars(select(Spend).order_by(Spend.id))] == [
        (5_000, "1041"), (5_000, "1042")
    ]  # fmt: skip


def test_a_workbook_says_what_of_it_is_not_read(elm: Any, client: Client) -> None:
    def second(book: Any, _: Any) -> None:
        book.add_worksheet("Nov").write_row(0, 0, ("Source", "Month", "Amount"))

    def hidden(book: Any, sheet: Any) -> None:
        sheet.set_row(2, None, None, {"hidden": True})
        book.add_worksheet("Read me").write(0, 0, "Prices without tax")

    def euros(book: Any, sheet: Any) -> None:
        sheet.write(1, 2, 1234.5, book.add_format({"num_format": "[$€-2] #,##0.00"}))
        sheet.write(2, 2, 20, book.add_format({"num_format": "[$$-409]#,##0.00"}))

    assert "Other sheets hold such a table too: “Nov”" in text_of(send(client, "invoices", workbook(second)))
    told = text_of(send(client, "invoices", workbook(hidden)))
    assert "To add 1" in told and "Row 3 It is hidden" in " ".join(told.split()).replace("Row Why 3", "Row 3")
    assert "Not read: the sheets “Read me”" in told
    told = text_of(send(client, "invoices", workbook(euros)))
    assert "To add 1" in told and "“€ 1234.5” is no amount in dollars" in told


def test_files_taken_back_in_any_order_leave_what_was_there(
    elm: Any, client: Client, make: Make, session: Session
) -> None:
    walt = relationships.contact(make, elm, name="Walt Jensen", phone_e164="+15025550100")
    session.commit()
    titles = "Practice,Contact,Job,Phone,Note,Left\n"
    first = send(client, "contacts", f"{titles}Elm Street Clinic,Walt Jensen,nurse,5025550101,from A,\n"
                                     "Elm Street Clinic,Zed New,,,,\n")  # fmt: skip
    client.post(first.address)
    second = send(client, "contacts", f"{titles}Elm Street Clinic,\"Jensen, Walt\",,5025550199,from B,\n"
                                      "Elm Street Clinic,Zed New,,,,yes\n")  # fmt: skip
    client.post(second.address)
    assert walt.note == "from B"
    told = take_back(client, first.address)
    assert "changed since: Zed New" in told and "This file was taken back but for 2 contacts" in told
    assert "2 contacts as before" in take_back(client, second.address)
    assert "1 contact removed, 1 as before" in take_back(client, first.address)
    session.expire_all()
    assert (walt.job, walt.phone_e164, walt.note) == ("coordinator", "+15025550100", "")
    assert session.scalars(select(OfficeContact.name)).all() == ["Walt Jensen"]


def test_a_practice_that_two_lists_named_goes_with_the_last_of_them(
    elm: Any, client: Client, make: Make, session: Session
) -> None:
    other = make.physician("Beck", "Tom")
    session.commit()
    npi = npi_of(elm, session)
    first = send(client, "physicians", f"NPI,Practice,Phone\n{npi},Clinic AAA,5025550111\n")
    client.post(first.address)
    second = send(client, "physicians", f"NPI,Practice\n{npi},Clinic AAA\n{other.npi},Clinic AAA\n")
    client.post(second.address)
    assert "1 stays, in use since: Clinic AAA" in take_back(client, first.address)
    take_back(client, second.address)
    take_back(client, first.address)
    assert session.scalars(select(ReferringPractice.name)).all() == ["Elm Street Clinic"]


def test_all_that_was_refused_comes_out_as_a_file_to_mend(elm: Any, client: Client) -> None:
    rows = "".join(f"Elm Street Clinic,Ann {number},a@x,row {number}\n" for number in range(60))
    page = send(client, "contacts", f"Practice,Contact,E-mail,Remark\n{rows}Elm Street Clinic,Ben Ott,,fine\n")
    assert "These are the first 50 of 60" in text_of(page)
    client.post(page.address)
    assert "The 60 refused rows" in text_of(client.get(page.address))
    lines = client.get(f"{page.address}/refused.csv").text.lstrip("\ufeff").splitlines()
    assert lines[0] == "Row,Why,Practice,Contact,E-mail,Remark" and len(lines) == 61
    assert lines[60] == "61,“a@x” is no e-mail address,Elm Street Clinic,Ann 59,a@x,row 59"


def test_a_name_that_nobody_knows_is_asked_about_once(elm: Any, client: Client, make: Make, session: Session) -> None:
    mail, tv = (make.sources()[code] for code in ("mail", "tv"))
    rows = (
        "Vendor,Month,Amount\nPostcard House,2026-05,50\nPostcard House,2026-05,60\nRoute 9,2026-05,5\nTV,2026-05,1\n"
    )
    page = send(client, "invoices", rows)
    assert "What do these names mean?" in text_of(page) and "3 rows can’t" in text_of(page)
    told = text_of(client.get(client.post(f"{page.address}/names", data={"name-0": mail.id, "name-1": ""}).location))
    assert "What does this name mean?" in told and "To add 3" in told and "One row can’t" in told
    client.post(page.address)
    assert [(each.source_id, each.cents) for each in session.scalars(select(Spend).order_by(Spend.cents))] == [
        (tv.id, 100), (mail.id, 5_000), (mail.id, 6_000)
    ]  # fmt: skip
    assert "To add 1" in bring_in(client, "invoices", "Vendor,Month,Amount\nPOSTCARD HOUSE,2026-05,70\n")
