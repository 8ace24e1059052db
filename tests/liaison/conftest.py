"""Whom most tests of relationships act as."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.clients import Client
from tests.making import Make


@pytest.fixture
def liaison(session: Session, make: Make, client: Client, sign_in: Any) -> Any:
    """The liaison of one location, signed in; `place` is the location."""
    location = make.location("Riverside")
    staff = make.staff("liaison", locations=[location])
    staff.place = location
    sign_in(client, staff)
    return staff
