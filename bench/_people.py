# ruff: noqa: E501, SIM905
"""Invented clinicians with the name frequencies of the United States, and registry files made of them.

Names are drawn from the census's own frequency lists (package `names`); NPIs begin with 2, so none is anybody's.
"""

import random
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import accumulate, count
from pathlib import Path

from intake.directory.npi.file import COLUMNS
from intake.directory.npi.number import check_digit

SPREAD = 61_803_399  # coprime to 10**8: numbers that don't come in order, none twice
CITIES = (
    "New York NY 83;Los Angeles CA 39;Chicago IL 27;Houston TX 23;Phoenix AZ 16;Philadelphia PA 16;San Antonio TX 15;"
    "San Diego CA 14;Dallas TX 13;San Jose CA 10;Austin TX 10;Jacksonville FL 9;Fort Worth TX 9;Columbus OH 9;"
    "Charlotte NC 9;Indianapolis IN 9;San Francisco CA 8;Seattle WA 7;Denver CO 7;Washington DC 7;Nashville TN 7;"
    "Oklahoma City OK 7;El Paso TX 7;Boston MA 7;Portland OR 6;Las Vegas NV 6;Detroit MI 6;Memphis TN 6;Louisville KY 6;"
    "Baltimore MD 6;Milwaukee WI 6;Albuquerque NM 6;Tucson AZ 5;Fresno CA 5;Sacramento CA 5;Kansas City MO 5;Mesa AZ 5;"
    "Atlanta GA 5;Omaha NE 5;Colorado Springs CO 5;Raleigh NC 5;Miami FL 4;Long Beach CA 5;Virginia Beach VA 5;"
    "Oakland CA 4;Minneapolis MN 4;Tulsa OK 4;Tampa FL 4;Arlington TX 4;New Orleans LA 4;Wichita KS 4;Cleveland OH 4;"
    "Bakersfield CA 4;Aurora CO 4;Anaheim CA 3;Honolulu HI 3;Santa Ana CA 3;Riverside CA 3;Corpus Christi TX 3;"
    "Lexington KY 3;Stockton CA 3;Saint Louis MO 3;Saint Paul MN 3;Henderson NV 3;Pittsburgh PA 3;Cincinnati OH 3;"
    "Anchorage AK 3;Greensboro NC 3;Plano TX 3;Newark NJ 3;Lincoln NE 3;Orlando FL 3;Irvine CA 3;Toledo OH 3;"
    "Jersey City NJ 3;Chula Vista CA 3;Durham NC 3;Fort Wayne IN 3;St. Petersburg FL 3;Laredo TX 3;Buffalo NY 3;"
    "Madison WI 3;Lubbock TX 3;Chandler AZ 3;Reno NV 3;Glendale AZ 3;Norfolk VA 2;Winston Salem NC 2;Irving TX 2;"
    "Chesapeake VA 2;Gilbert AZ 2;Hialeah FL 2;Garland TX 2;Fremont CA 2;Baton Rouge LA 2;Richmond VA 2;Boise ID 2;"
    "Spokane WA 2;Des Moines IA 2;Tacoma WA 2;Modesto CA 2;Rochester NY 2;Albany NY 2;Springfield MO 2;Springfield IL 2;"
    "Springfield MA 2;Salem OR 2;Jackson MS 2;Portland ME 1;Burlington VT 1;Manchester NH 1;Providence RI 2;"
    "Hartford CT 2;Wilmington DE 1;Charleston SC 2;Charleston WV 1;Columbia SC 2;Birmingham AL 2;Mobile AL 2;"
    "Little Rock AR 2;Shreveport LA 2;Knoxville TN 2;Chattanooga TN 2;Savannah GA 2;Augusta GA 2;Fargo ND 1;"
    "Sioux Falls SD 2;Billings MT 1;Cheyenne WY 1;Salt Lake City UT 2;Provo UT 1;Eugene OR 2;Santa Fe NM 1"
)
_TOWN_STARTS = "Oak Maple Cedar River Lake Spring Green Fair West North South East Glen Mill Stone Clear Brook Ash Elm Pine Rock Silver Willow Bridge Marsh".split()
_TOWN_ENDS = "field ville ton wood dale port mont view burg ford haven side brook land crest".split()
_TOWN_STATES = "TX CA FL NY PA OH IL GA NC MI NJ VA WA AZ TN MA IN MO MD WI".split()
STREETS = "Main Oak Maple Washington Park Elm Lake Hill Walnut Spring North Ridge Church Willow Mill Sunset Jackson Lincoln Highland Forest".split()
_STREET_KINDS = ("St", "Ave", "Rd", "Blvd", "Dr", "Ln")
TAXONOMIES = (
    ("207Q00000X", "MD", 12), ("207R00000X", "MD", 12), ("363LF0000X", "FNP", 10), ("363A00000X", "PA-C", 7),
    ("122300000X", "DDS", 5), ("1223G0001X", "DDS", 6), ("225100000X", "PT", 8), ("111N00000X", "DC", 4),
    ("208000000X", "MD", 5), ("207V00000X", "MD", 4), ("207RC0000X", "MD", 3), ("207X00000X", "MD", 3),
    ("207N00000X", "MD", 2), ("2084P0800X", "MD", 4), ("2084N0400X", "MD", 2), ("207W00000X", "MD", 2),
    ("213E00000X", "DPM", 2), ("152W00000X", "OD", 4), ("207RG0100X", "MD", 2), ("208800000X", "MD", 2),
    ("207Y00000X", "MD", 2), ("1041C0700X", "LCSW", 6), ("103TC0700X", "PHD", 4), ("207L00000X", "MD", 4),
    ("2085R0202X", "MD", 3), ("208600000X", "MD", 3), ("207P00000X", "MD", 4), ("207RN0300X", "MD", 1),
    ("207RX0202X", "MD", 1), ("2086S0129X", "MD", 1), ("235Z00000X", "CCC-SLP", 4), ("207RE0101X", "MD", 1),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    npi: str
    first: str
    middle: str
    last: str
    former_last: str
    credential: str
    taxonomy: str
    street: str
    city: str
    state: str


class _Weighted:
    def __init__(self, things: list[tuple[object, float]]) -> None:
        self.things = [thing for thing, _ in things]
        self.bounds = list(accumulate(weight for _, weight in things))

    def draw(self, rng: random.Random) -> object:
        return self.things[min(bisect_right(self.bounds, rng.random() * self.bounds[-1]), len(self.things) - 1)]


def census(name: str) -> list[tuple[str, float]]:
    """(NAME, share) of one of the census's lists: all.last, male.first, female.first."""
    lines = (files("names") / f"dist.{name}").read_text().splitlines()
    # The rarest share is printed as 0.000.
    return [(row[0], max(float(row[1]), 0.0004)) for line in lines if len(row := line.split()) >= 2]


def people(number: int, seed: int) -> Iterator[Person]:
    """The same people for the same seed."""
    rng = random.Random(seed)
    last = _Weighted(census("all.last"))  # type: ignore[arg-type]
    firsts = (_Weighted(census("female.first")), _Weighted(census("male.first")))  # type: ignore[arg-type]
    big = [
        ((entry.rsplit(" ", 2)[0].upper(), entry.rsplit(" ", 2)[1]), float(entry.rsplit(" ", 1)[1]))
        for entry in CITIES.split(";")
    ]
    small = [((f"{start}{end}".upper(), rng.choice(_TOWN_STATES)), 0.8) for start in _TOWN_STARTS for end in _TOWN_ENDS]
    towns = _Weighted(big + small)  # type: ignore[arg-type]
    kinds = _Weighted([((code, credential), weight) for code, credential, weight in TAXONOMIES])  # type: ignore[arg-type]
    offset = rng.randrange(10**8)
    for place in range(number):
        digits = f"2{(place * SPREAD + offset) % 10**8:08d}"
        sex = rng.random() < 0.5
        surname = str(last.draw(rng))
        if rng.random() < 0.04:
            surname = f"{surname}-{last.draw(rng)}"
        chance = rng.random()
        middle = (
            str(firsts[sex].draw(rng))
            if chance < 0.3
            else "ABCDEFGJKLMRSTW"[rng.randrange(15)]
            if chance < 0.75
            else ""
        )
        (city, state), (code, credential) = towns.draw(rng), kinds.draw(rng)  # type: ignore[misc]
        yield Person(
            npi=digits + check_digit(digits),
            first=str(firsts[sex].draw(rng)),
            middle=middle,
            last=surname,
            former_last=str(last.draw(rng)) if not sex and rng.random() < 0.1 else "",
            credential=credential,
            taxonomy=code,
            street=f"{rng.randrange(1, 9999)} {rng.choice(STREETS)} {rng.choice(_STREET_KINDS)}".upper(),
            city=city,
            state=state,
        )


def registry_header() -> list[str]:
    """All 330 columns of the registry's file, in an order of ours: it is read by name."""
    names = list(COLUMNS.values())
    for slot in range(1, 16):
        names += [
            f"Healthcare Provider Taxonomy Code_{slot}",
            f"Provider License Number_{slot}",
            f"Provider License Number State Code_{slot}",
            f"Healthcare Provider Primary Taxonomy Switch_{slot}",
        ]
    for slot in range(1, 51):
        names += [
            f"Other Provider Identifier_{slot}",
            f"Other Provider Identifier Type Code_{slot}",
            f"Other Provider Identifier State_{slot}",
            f"Other Provider Identifier Issuer_{slot}",
        ]
    filler = (f"Provider Other Fact {number}" for number in count(1))
    names += [next(filler) for _ in range(330 - len(names))]
    return names


def write_registry_file(path: Path, number: int, seed: int, *, narrow: bool = False) -> None:
    """A file as the registry would publish it of `people(number, seed)`; `narrow` leaves out columns nobody reads."""
    header = registry_header()
    if narrow:
        header = header[: len(COLUMNS) + 4]
    place = {name: index for index, name in enumerate(header)}
    named = {field: place[name] for field, name in COLUMNS.items()}
    code, switch = place["Healthcare Provider Taxonomy Code_1"], place["Healthcare Provider Primary Taxonomy Switch_1"]
    with path.open("w", encoding="utf-8", newline="", buffering=1 << 20) as out:
        out.write('"' + '","'.join(header) + '"\n')
        for person in people(number, seed):
            row = [""] * len(header)
            for field, value in (
                ("npi", person.npi),
                ("entity_type", "1"),
                ("last_name", person.last),
                ("first_name", person.first),
                ("middle_name", person.middle),
                ("credential", person.credential),
                ("former_last_name", person.former_last),
                ("street", person.street),
                ("city", person.city),
                ("state", person.state),
                ("postal_code", "012340000"),
                ("phone", "5555550100"),
                ("updated_on", "07/08/2021"),
            ):
                row[named[field]] = value
            row[code], row[switch] = person.taxonomy, "Y"
            out.write('"' + '","'.join(row) + '"\n')
