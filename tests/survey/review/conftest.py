"""A practice whose manager looks for records that are one."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.clients import Client
from tests.making import Make


@pytest.fixture
def place(session: Session, make: Make, client: Client, sign_in: Any) -> Any:
    location = make.location("Riverside", city="Troy", state="NY")
    make.practice()
    location.sources = make.sources()
    location.manager = make.staff("manager", locations=[location])
    session.commit()
    sign_in(client, location.manager)
    return location
