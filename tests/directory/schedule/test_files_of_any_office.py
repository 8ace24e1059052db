"""Files of offices that nobody here has seen: what is taken, what is said of it, and what is asked. No database."""

import pytest

from tests.directory.schedule.schedules import read
from tests.directory.schedule.sheets import a_file, a_row


@pytest.mark.parametrize(
    "number", ["1234567890", "123456789", "0000000000", "2.00900E+09", "#REF!", "see notes", "9" * 400]
)
def test_a_bad_npi_never_costs_the_visit(number: str) -> None:
    reading = read(a_file(a_row(referring_npi=number)))
    assert [(row.referrer_name, row.referrer_npi) for row in reading.rows] == [("Okafor, Grace, MD", "")]
    assert [(note.row, note.column) for note in reading.warnings] == [(2, "Referring NPI")]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("MuÃ±oz", "Muñoz"),
        ("MuÃƒÂ±oz", "Muñoz"),
        ("Oâ€™Brien", "O’Brien"),
        ("ZoÃ« BjÃ¶rk", "Zoë Björk"),
        ("NuÃ±ez", "Nuñez"),
    ],
)
def test_letters_encoded_twice_are_repaired_and_said(written: str, meant: str) -> None:
    whole = read(a_file(a_row(last_name=written, provider=f"{written}, A MD")))
    assert [(row.last_name, row.provider) for row in whole.rows] == [(meant, f"{meant}, A MD")]
    assert any("encoded twice" in note for note in whole.notes)
    # Beside letters that were encoded once, each cell is repaired by itself.
    mixed = read(a_file(a_row(last_name=written), a_row(appt_id="A2", mrn="9", first_name="José")))
    assert [(row.first_name, row.last_name) for row in mixed.rows] == [("Ana", meant), ("José", "Cruz")]
    assert [(note.row, note.column) for note in mixed.warnings] == [(2, "Last Name")]
