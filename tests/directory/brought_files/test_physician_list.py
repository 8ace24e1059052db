"""A practice's own list of those who refer: linked by NPI, by name and practice, or listed."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.directory.models import ReferringPractice
from tests.clients import Client
from tests.directory.brought_files.bringing import bring_in, send, take_back
from tests.making import Make
from tests.pages import text_of

TITLES = "Phone,Practice,NPI,Name\n"


def test_a_list_says_where_those_work_whom_it_names_and_is_taken_back(
    session: Session, make: Make, client: Client, sign_in: Any
) -> None:
    elm = make.referring_practice("Elm Street Family Medicine")
    ruth = make.physician("Adler", "Ruth")
    caleb = make.physician("Quarles", "Caleb", referring_practice_id=elm.id)
    session.commit()
    sign_in(client, make.staff("manager"))
    rows = (
        f'(518) 555-0142,Oak Hill Internists,{ruth.npi},"Adler, Ruth MD"\n'
        f",Elm Street Family Medicine PLLC,,Dr. Caleb Quarles\n"
    )
    page = send(client, "physicians", TITLES + rows)
    told = text_of(page)
    assert "To change 1" in told and "There already 1" in told and "“Oak Hill Internists” is added" in told
    assert "no NPI; taken as Caleb Quarles, MD" in told
    assert ruth.referring_practice_id is None
    client.post(page.address)
    oak = session.scalars(select(ReferringPractice).where(ReferringPractice.name == "Oak Hill Internists")).one()
    assert (ruth.referring_practice_id, ruth.phone, caleb.referring_practice_id) == (oak.id, "(518) 555-0142", elm.id)
    assert "To change 0" in bring_in(client, "physicians", TITLES + rows)

    ruth.phone = "(518) 555-0199"
    told = take_back(client, page.address)
    assert "1 stays, as before but for what was changed since: Ruth Adler, MD" in told
    assert (ruth.referring_practice_id, ruth.phone) == (None, "(518) 555-0199")
    assert session.scalars(select(ReferringPractice.name)).all() == ["Elm Street Family Medicine"]


def test_nobody_is_guessed_and_the_others_are_listed(
    session: Session, make: Make, client: Client, sign_in: Any
) -> None:
    one = make.physician("Adler", "Ruth")
    make.physician("Adler", "Ruth")
    make.physician("Osei", "Ana")
    session.commit()
    sign_in(client, make.staff("manager"))
    told = bring_in(
        client,
        "physicians",
        f"{TITLES},Elm Street,,Ruth Adler\n,Elm Street,,Ana Osei\n,,1234567890,Ana Osei\n,,{one.npi},Caleb Quarles\n"
        ",,1.23E+09,Ana Osei\n,Elm Street,,\n,,,Nobody Known\n,,1245319599,Zoe Far\n",
    )
    assert "8 rows can’t be brought in" in told and "Nothing to bring in" in told
    assert "nothing says which of these works there: Ruth Adler" in told
    assert "nothing but the name says that it is Ana Osei" in told
    assert "“1234567890” is no NPI" in told and "“1.23E+09” is no NPI" in told and "not “Caleb Quarles”" in told
    assert "It has neither a name nor an NPI" in told and "No physician is called “Nobody Known”" in told
    assert "No physician here has the NPI 1245319599" in told
