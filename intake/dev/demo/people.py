"""Who works in the demo practice, and how each signs in. Known to everybody who reads this: for demos only."""

from dataclasses import dataclass

from sqlalchemy import select

from intake.accounts.devices import pins, tablets
from intake.accounts.models import KioskDevice, RoleName, Staff
from intake.accounts.staff.records import create_user
from intake.db import db
from intake.directory.models import Location

PASSWORD = "larkfield demo"  # noqa: S105 - printed at every start
DOMAIN = "larkfield.example"
TABLET_NAME = "Front tablet"


@dataclass(frozen=True)
class DemoPerson:
    """`locations` empty: all of them."""

    name: str
    address: str
    role: RoleName
    locations: tuple[str, ...] = ()
    # Takes a tablet back from the patients' question to its pairing page.
    pin: str = ""

    @property
    def email(self) -> str:
        return f"{self.address}@{DOMAIN}"


PEOPLE = (
    DemoPerson("Nora Finch", "desk", RoleName.FRONT_DESK, ("RIV",), pin="258036"),
    DemoPerson("Helen Voss", "manager", RoleName.MANAGER),
    DemoPerson("Theo Lund", "liaison", RoleName.LIAISON),
    DemoPerson("Priya Anand", "admin", RoleName.ADMINISTRATOR),
    DemoPerson("Marcus Obi", "marcus", RoleName.FRONT_DESK, ("RIV",)),
    DemoPerson("Keisha Albright", "keisha", RoleName.FRONT_DESK, ("NOR",)),
    DemoPerson("Ramón Solís", "ramon", RoleName.FRONT_DESK, ("CED",)),
)


def add_people() -> None:
    """Everybody above and one tablet that waits to be paired. Flushes."""
    places = {row.code: row for row in db.session.scalars(select(Location))}
    for each in PEOPLE:
        staff = create_user(
            email=each.email,
            name=each.name,
            password=PASSWORD,
            role=each.role,
            location_ids=[places[code].id for code in each.locations],
            all_locations=not each.locations,
        )
        staff.kiosk_pin_hash = pins.hashed(each.pin) if each.pin else None
    administrator = db.session.scalars(select(Staff).filter_by(email=f"admin@{DOMAIN}")).one()
    tablets.add(name=TABLET_NAME, location_id=places["RIV"].id, by=administrator)


def tablet_code() -> str | None:
    """A fresh code that pairs the tablet at the front; None once it is paired or somebody took it away. Flushes."""
    tablet = db.session.scalars(select(KioskDevice).filter_by(name=TABLET_NAME).order_by(KioskDevice.id)).first()
    if tablet is None or tablet.paired_at is not None or tablet.revoked_at is not None:
        return None
    return tablets.new_pairing_code(tablet)
