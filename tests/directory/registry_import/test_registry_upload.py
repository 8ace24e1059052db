"""The registry's file by upload, for those who may change the directory."""

import io
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake.accounts.models import AuditEntry
from intake.directory.models import Physician
from tests import registry_files
from tests.clients import Client
from tests.making import Make
from tests.pages import text_of


@pytest.fixture
def manager(client: Client, make: Make, sign_in: Any) -> None:
    sign_in(client, make.staff("manager"))


def upload(client: Client, data: bytes, name: str = "npidata_pfile.csv", **fields: str) -> Any:
    return client.post("/physicians/import", data={"file": (io.BytesIO(data), name), **fields}, follow_redirects=True)


def extract(folder: Path) -> bytes:
    rows = [
        registry_files.individual(4001, "GONZALEZ", "ROSALIND"),
        registry_files.individual(4002, "GONZAGA", "PAOLO", state="NJ"),
    ]
    return registry_files.write(folder / "npidata.csv", rows).read_bytes()


def test_a_file_is_brought_in_and_a_repeat_changes_nothing(
    client: Client, manager: None, session: Session, tmp_path: Path
) -> None:
    data = extract(tmp_path)
    page = upload(client, data)
    assert "2 physicians added, 0 updated, 0 as they were." in text_of(page)
    assert "Rosalind Gonzalez" in text_of(page)
    assert "0 physicians added, 0 updated, 2 as they were." in text_of(upload(client, data))
    entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "physicians.imported")).all()
    assert [entry.details["added"] for entry in entries] == [2, 0]


def test_only_some_states_are_taken(client: Client, manager: None, session: Session, tmp_path: Path) -> None:
    page = upload(client, extract(tmp_path), states="ny, ct")
    assert "1 physicians added" in text_of(page) and "1 of other states left out" in text_of(page)
    assert session.scalars(select(Physician.state)).all() == ["NY"]


@pytest.mark.parametrize(
    ("data", "fields", "sentence"),
    [
        (b"", {}, "The file is empty."),
        (b"Name,City\nGrace,Albany\n", {}, "NPI registry file"),
        (b"\x1f\x8b damaged", {}, "damaged"),
        (b"NPI\n", {"states": "NY ZZ"}, "“ZZ” is no state"),
    ],
)
def test_what_is_no_registry_file_is_refused_with_what_to_do(
    client: Client, manager: None, session: Session, data: bytes, fields: dict[str, str], sentence: str
) -> None:
    page = upload(client, data, **fields)
    assert page.status_code == 422
    assert sentence in text_of(page)
    assert session.scalar(select(func.count(Physician.id))) == 0


def test_the_page_of_an_empty_directory_leads_here(client: Client, manager: None) -> None:
    assert 'href="/physicians/import"' in client.get("/physicians").text


@pytest.mark.parametrize("role", ["front_desk", "liaison"])
def test_others_may_not(client: Client, make: Make, sign_in: Any, role: str) -> None:
    sign_in(client, make.staff(role))
    assert client.get("/physicians/import").status_code == 403
