"""Every page's workbook reopened with LibreOffice: the same numbers and words, nothing that acts, nothing lost."""

import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from intake.dev.runner import libreoffice
from intake.dev.runner.environment import alone
from tests.attribution.exports import test_every_file as every
from tests.clients import Client
from tests.making import Make
from tests.report_files import take

practice = every.practice
SHEET = re.compile(r"xl/worksheets/sheet\d+\.xml")

FILTERED = re.compile(r'<autoFilter ref="([^"]+)"')


@pytest.fixture
def reopened(tmp_path: Path) -> Any:
    """Saves workbooks as LibreOffice makes them of ours, all in one go; a function of a folder."""
    with alone(libreoffice.FOLDER / "lock"):
        found = libreoffice.find_office()
    if found is None:
        pytest.skip("no LibreOffice on this machine and none could be fetched")
    program, environment = found

    def reopen(folder: Path) -> Path:
        out = tmp_path / "reopened"
        words = [program, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xlsx"]
        files = [str(path) for path in sorted(folder.glob("*.xlsx"))]
        done = subprocess.run(
            [*words, "--outdir", str(out), *files], env=environment, capture_output=True, timeout=200, check=False
        )
        assert done.returncode == 0, done.stderr
        return out

    return reopen


# What is in a workbook doesn't depend on the database it was read from.
@pytest.mark.on("sqlite")
def test_libreoffice_reads_the_same_in_every_workbook_and_finds_no_formula(
    session: Session, practice: Any, make: Make, client: Client, sign_in: Any, reopened: Any, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    addresses = list(every.pages(practice).values())
    keep(client, mine, addresses)
    # As somebody else, of places of their own.
    others = every.dangerous_pages(make, client, sign_in)
    keep(client, mine, others, first=len(addresses))

    theirs = reopened(mine)

    for number, address in enumerate([*addresses, *others]):
        ours, reread = (folder / f"{number:02}.xlsx" for folder in (mine, theirs))
        assert list(every.formulas(reread.read_bytes())) == [], address
        assert cells(reread) == cells(ours), address
        kept = filters(ours)
        assert filters(reread) == kept and any(kept), address
        assert frozen(ours) == [bool(each) for each in kept], address


def keep(client: Client, folder: Path, addresses: list[str], *, first: int = 0) -> None:
    for number, address in enumerate(addresses, first):
        (folder / f"{number:02}.xlsx").write_bytes(take(client, "xlsx", address).data)


def cells(file: Path) -> dict[str, list[list[Any]]]:
    """Every cell of every sheet; trailing empty ones don't count."""
    book = CalamineWorkbook.from_path(str(file))
    return {name: [plain(row) for row in book.get_sheet_by_name(name).to_python()] for name in book.sheet_names}


def plain(row: list[Any]) -> list[Any]:
    found = [round(cell, 9) if isinstance(cell, float) else cell for cell in row]
    while found and found[-1] == "":
        found.pop()
    return found


def filters(file: Path) -> list[list[str]]:
    """Sheet by sheet the cells that its filter is over."""
    return [FILTERED.findall(text) for text in sheets(file)]


def frozen(file: Path) -> list[bool]:
    """Sheet by sheet whether its head stays in sight. A matter of the window, which a converter hasn't got."""
    return ['state="frozen"' in text for text in sheets(file)]


def sheets(file: Path) -> list[str]:
    with zipfile.ZipFile(file) as parts:
        names = sorted((name for name in parts.namelist() if SHEET.fullmatch(name)), key=lambda name: (len(name), name))
        return [parts.read(name).decode() for name in names]
