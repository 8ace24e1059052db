"""Files that wait: sealed, gone after a day, and without whoever is erased."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from intake import clock
from intake.config import current_settings
from intake.directory.brought_files import records
from intake.directory.brought_files.models import BroughtFile
from intake.directory.kept_files import forget_old
from tests.clients import Client
from tests.directory.brought_files.bringing import send, take_back
from tests.making import Make
from tests.pages import text_of

ROWS = "Practice,Contact,Note\nElm Street,Ann Lee,Aunt of Zoë Quill\n"


def kept(session: Session, address: str) -> BroughtFile:
    return records.brought_file(int(address.rpartition("/")[2]))


def test_a_file_that_waits_goes_after_a_day_and_taking_back_after_a_month(
    session: Session, make: Make, client: Client, sign_in: Any
) -> None:
    make.referring_practice("Elm Street")
    sign_in(client, make.staff("manager"))
    waits, entered = send(client, "contacts", ROWS).address, send(client, "contacts", ROWS).address
    client.post(entered)
    for address in (waits, entered):
        kept(session, address).uploaded_at = clock.now() - timedelta(days=32)
    session.flush()
    forget_old(BroughtFile, "reading")
    told = client.get(waits)
    assert told.status_code == 303 and "no longer kept here" in text_of(client.get(told.location))
    assert "Take the whole file back" not in client.get(entered).text
    assert "can’t be taken back any more" in take_back(client, entered)


def test_a_file_that_names_somebody_who_is_erased_is_dropped(
    session: Session, make: Make, client: Client, sign_in: Any
) -> None:
    make.referring_practice("Elm Street")
    sign_in(client, make.staff("manager"))
    waits, entered = send(client, "contacts", ROWS).address, send(client, "contacts", ROWS).address
    client.post(entered)
    secrets = [current_settings().secret_key.get_secret_value()]
    records.forget_words(secrets=secrets, words=["Nobody", ""])
    assert kept(session, waits).reading and kept(session, entered).undo
    records.forget_words(secrets=secrets, words=["Zoë"])
    session.expire_all()
    assert not kept(session, waits).reading and not kept(session, entered).undo


def test_a_file_of_more_rows_than_others_can_wait_for_is_refused(
    session: Session, make: Make, client: Client, sign_in: Any
) -> None:
    sign_in(client, make.staff("manager"))
    many = "Practice,Contact\n" + "".join(f"Elm Street,Ann {number}\n" for number in range(2_001))
    assert "It has 2,001 rows. Send at most 2,000 in one file." in text_of(send(client, "contacts", many))
