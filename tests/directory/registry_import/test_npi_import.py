import csv
import gzip
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from intake.db import db
from intake.directory.merging.duplicate_physicians import alike_physicians
from intake.directory.models import Physician
from intake.directory.npi.file import COLUMNS, FileRefused
from intake.directory.physician_search.search import search_physicians
from intake.directory.registry_import import importer
from intake.directory.registry_import.importer import ImportCounts, import_registry
from tests.making import Make, npi
from tests.registry_files import HEADER, deactivated, individual, organisation, write

pytestmark = [pytest.mark.both, pytest.mark.usefixtures("app")]


def take(path: Path, **options: Any) -> ImportCounts:
    return import_registry(path, checkpoint=db.session.commit, **options)


def registered(number: int) -> Physician:
    db.session.expire_all()
    return db.session.scalars(select(Physician).where(Physician.npi == npi(number))).one()


def test_individuals_become_physicians_with_what_the_registry_says(tmp_path: Path) -> None:
    counts = take(
        write(
            tmp_path / "npi.csv",
            [
                individual(1, street_second="STE 7", former_last_name="VILLAREAL", former_first_name="ODALYS"),
                individual(2, "O'NEIL", "BRÍD", taxonomies=["207Q00000X", "207RC0000X*"]),
                organisation(3),
            ],
        )
    )

    assert (counts.read, counts.added, counts.skipped_organisations) == (3, 2, 1)
    physician = registered(1)
    assert (physician.first_name, physician.last_name, physician.former_last_name) == (
        "ODALYS",
        "SANTANGELO",
        "VILLAREAL",
    )
    assert (physician.street, physician.postal_code) == ("12 ORCHARD ST, STE 7", "012081234")
    assert physician.active and not physician.added_by_hand
    assert registered(2).taxonomy_code == "207RC0000X"


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "npi.csv", [individual(1), individual(2), deactivated(3)])
    take(path)

    counts = take(path)

    assert (counts.added, counts.updated, counts.unchanged, counts.unknown_deactivated) == (0, 0, 2, 1)
    assert db.session.scalar(select(func.count()).select_from(Physician)) == 2


def test_a_deactivation_keeps_the_name_and_a_reactivation_brings_it_back(tmp_path: Path) -> None:
    take(write(tmp_path / "full.csv", [individual(1), individual(2)]))

    off = take(write(tmp_path / "week1.csv", [deactivated(1), deactivated(9)]))
    assert (off.deactivated, off.unknown_deactivated, off.added) == (1, 1, 0)
    physician = registered(1)
    assert (physician.last_name, physician.active) == ("SANTANGELO", False)

    assert take(tmp_path / "full.csv").unchanged == 2
    assert not registered(1).active

    back = individual(1, updated_on="05/05/2022", deactivated_on="03/04/2022", reactivated_on="05/05/2022")
    on = take(write(tmp_path / "week2.csv", [back]))
    assert (on.updated, on.reactivated) == (1, 1)
    assert registered(1).active

    assert take(tmp_path / "week1.csv").older == 1
    assert registered(1).active


def test_a_bare_deactivation_note_brings_the_new_number(tmp_path: Path, make: Make) -> None:
    take(
        write(tmp_path / "full.csv", [individual(1), individual(2, "SANTANGELO-REYES"), individual(3), deactivated(3)])
    )
    registered(1).referring_practice_id = make.referring_practice("Lakeside").id
    db.session.commit()

    off = take(write(tmp_path / "week1.csv", [deactivated(1, replacement=npi(2))]))
    assert off.deactivated == 1
    assert (registered(1).replacement_npi, registered(1).last_name) == (npi(2), "SANTANGELO")
    (pair,) = alike_physicians()
    assert pair.ids == (registered(1).id, registered(2).id)
    assert pair.reasons == ("The registry replaced one number by the other",)
    assert take(tmp_path / "week1.csv").unchanged == 1

    # The number comes later than the note; a bare note takes none away; both in one file.
    assert take(write(tmp_path / "week2.csv", [deactivated(3, replacement=npi(2))])).updated == 1
    assert take(write(tmp_path / "week3.csv", [deactivated(3)])).unchanged == 1
    assert registered(3).replacement_npi == npi(2)
    take(write(tmp_path / "week4.csv", [individual(4), deactivated(4, replacement=npi(2))]))
    assert (registered(4).replacement_npi, registered(4).active) == (npi(2), False)

    back = individual(1, updated_on="05/05/2022", deactivated_on="03/04/2022", reactivated_on="05/05/2022")
    take(write(tmp_path / "week5.csv", [back]))
    assert (registered(1).active, registered(1).replacement_npi) == (True, "")


def test_an_older_file_overwrites_nothing_newer(tmp_path: Path) -> None:
    take(write(tmp_path / "new.csv", [individual(1, "SANTANGELO-REYES", updated_on="02/02/2024")]))

    counts = take(write(tmp_path / "old.csv", [individual(1, updated_on="02/02/2020")]))

    assert (counts.older, counts.updated) == (1, 0)
    assert registered(1).last_name == "SANTANGELO-REYES"


def test_a_newer_row_changes_the_name_and_what_it_is_found_by(tmp_path: Path, make: Make) -> None:
    take(write(tmp_path / "old.csv", [individual(1), individual(2, "NOISE")]))
    registered(1).referring_practice_id = make.referring_practice("Lakeside Family Medicine").id
    db.session.flush()

    take(write(tmp_path / "new.csv", [individual(1, "WINTERBOURNE", city="TROY", updated_on="02/02/2024")]))

    assert registered(1).referring_practice_id is not None
    assert [hit.npi for hit in search_physicians("odalys winterbourne")][:1] == [npi(1)]
    assert npi(1) not in [hit.npi for hit in search_physicians("santangelo")]


def test_only_the_states_asked_for_are_taken_but_those_known_are_kept_up(tmp_path: Path) -> None:
    take(write(tmp_path / "a.csv", [individual(1)]), states=frozenset({"NY"}))

    moved = individual(1, state="TX", updated_on="02/02/2024")
    counts = take(write(tmp_path / "b.csv", [moved, individual(2, state="TEXAS")]), states=frozenset({"NY"}))

    assert (counts.updated, counts.skipped_state) == (1, 1)
    assert registered(1).state == "TX"


def test_a_physician_set_aside_by_staff_stays_so(tmp_path: Path) -> None:
    from intake import clock

    take(write(tmp_path / "a.csv", [individual(1)]))
    physician = registered(1)
    physician.set_aside_at, physician.active = clock.now(), False
    db.session.flush()

    take(write(tmp_path / "b.csv", [individual(1, credential="DO", updated_on="02/02/2024")]))

    assert (registered(1).credential, registered(1).active) == ("DO", False)


def test_rows_that_cannot_be_right_are_counted_with_their_row(tmp_path: Path) -> None:
    wrong = individual(2) | {COLUMNS["npi"]: "2000000009"}
    nameless = individual(3, "", "")
    endless = individual(4, "X" * 10_000)
    dated = individual(5, updated_on="31/31/2020")
    counts = take(write(tmp_path / "a.csv", [individual(1), wrong, nameless, endless, dated]))

    assert (counts.added, counts.invalid) == (1, 4)
    assert counts.invalid_examples[0] == "row 3: the NPI's check digit is wrong"
    assert [example.partition(":")[0] for example in counts.invalid_examples] == ["row 3", "row 4", "row 5", "row 6"]


def test_columns_are_found_by_name_and_quotes_are_optional(tmp_path: Path) -> None:
    header = [f" {name.upper().replace(' ', '  ')} " for name in reversed(HEADER)]
    rows = [
        {
            shown: individual(1, 'SMITH "JR"', "A\nB").get(name, "")
            for shown, name in zip(header, reversed(HEADER), strict=True)
        }
    ]
    counts = take(write(tmp_path / "a.csv", rows, header=header, quoting=csv.QUOTE_MINIMAL))

    assert counts.added == 1
    assert registered(1).last_name == 'SMITH "JR"'
    assert registered(1).first_name == "A B"


def test_packed_files_are_read_as_they_are(tmp_path: Path) -> None:
    plain = write(tmp_path / "npidata_pfile_20200101-20200107.csv", [individual(1)])
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    archive = tmp_path / "b.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.write(plain, plain.name)
        out.writestr("npidata_pfile_20200101-20200107_FileHeader.csv", "NPI\n")
        out.writestr("othername_pfile_20200101-20200107.csv", "NPI\n")

    assert take(packed).added == 1
    assert take(archive).unchanged == 1


def _cut(path: Path) -> bytes:
    data = write(path, [individual(number) for number in range(1, 4)]).read_bytes()
    return data[:-60]


REFUSED: list[tuple[str, Any, str]] = [
    ("empty.csv", lambda path: b"", "empty"),
    ("utf16.csv", lambda path: "NPI,Name\n".encode("utf-16"), "UTF-16"),
    ("book.csv", lambda path: b"PK\x03\x04 not really", "damaged"),
    ("picture.csv", lambda path: bytes(range(200)), "isn't a text file"),
    ("schedule.csv", lambda path: b"mrn,name\n1,x\n", "isn't an NPI registry file"),
    (
        "latin.csv",
        lambda path: write(path, [individual(1, "NU\u00d1EZ")]).read_bytes().replace("\u00d1".encode(), b"\xd1"),
        "UTF-8",
    ),
    ("cut.csv", _cut, "Row 4"),
    ("endless.csv", lambda path: b"x" * 300_000, "longer than any row"),
]


@pytest.mark.parametrize(("name", "content", "sentence"), REFUSED, ids=[name for name, _, _ in REFUSED])
def test_another_file_is_refused_with_a_sentence_and_leaves_nothing(
    tmp_path: Path, name: str, content: Any, sentence: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content(path))

    with pytest.raises(FileRefused, match=sentence):
        take(path)

    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Physician)) == 0


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    header = [name for name in HEADER if name != "Provider First Name"]

    with pytest.raises(FileRefused, match="“Provider First Name”"):
        take(write(tmp_path / "a.csv", [individual(1)], header=header))


def test_a_file_with_fewer_columns_is_imported_with_a_note_and_takes_nothing_away(tmp_path: Path) -> None:
    known = {"former_last_name": "VILLAREAL", "street_second": "STE 7", "phone": "5185550101"}
    take(write(tmp_path / "full.csv", [individual(1, **known), individual(2)]))
    take(write(tmp_path / "week.csv", [deactivated(2)]))
    left = {"NPI", "Entity Type Code", "Provider Last Name (Legal Name)", "Provider First Name"}
    left |= {"Provider First Line Business Practice Location Address"}
    header = [name for name in HEADER if name in left]

    counts = take(
        write(tmp_path / "few.csv", [individual(1, "SANTANGELO-REY"), individual(2), individual(3)], header=header)
    )

    assert (counts.added, counts.invalid) == (1, 0)
    assert {"Provider Other Last Name", "Last Update Date", "NPI Deactivation Date"} <= set(counts.lacking)
    physician = registered(1)
    assert (physician.last_name, physician.former_last_name) == ("SANTANGELO-REY", "VILLAREAL")
    assert (physician.street, physician.phone) == ("12 ORCHARD ST, STE 7", "5185550101")
    assert physician.taxonomy_code and physician.registry_updated_on
    assert not registered(2).active
    with pytest.raises(FileRefused, match="State Name"):
        take(tmp_path / "few.csv", states=frozenset({"NY"}))


def test_an_import_that_was_cut_off_is_made_whole_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importer, "BATCH", 2)
    monkeypatch.setattr(importer, "ROWS_AT_ONCE", 2)
    path = write(tmp_path / "a.csv", [individual(number, f"QUILLON{'ABCDEFG'[number]}") for number in range(1, 7)])
    commits = 0

    def pull_the_plug() -> None:
        nonlocal commits
        db.session.commit()
        commits += 1
        if commits == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_registry(path, checkpoint=pull_the_plug)
    db.session.rollback()
    taken = db.session.scalar(select(func.count()).select_from(Physician))
    assert taken is not None and taken > 0

    counts = take(path)

    assert counts.unchanged == taken and counts.added == 6 - taken
    for letter in "BCDEFG":
        assert len(search_physicians(f"odalys quillon{letter}", limit=1)) == 1
