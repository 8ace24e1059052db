"""A clinic with a paired tablet and somebody who has just arrived; a desk with somebody at it and in front of it."""

from types import SimpleNamespace

import pytest

from intake.capture.patient_flow.handover import hand_over


@pytest.fixture
def clinic(session, make, client, pair):
    """`clinic.hand_over(visit)` puts a visit on the tablet that `client` is."""
    sources = make.sources()
    location = make.location("Northgate")
    device = make.device(location, name="Blue")
    pair(client, device)
    staff = make.staff(locations=[location])
    return SimpleNamespace(
        location=location,
        device=device,
        staff=staff,
        sources=sources,
        visit=lambda *args, **kwargs: make.visit(location, *args, **kwargs),
        hand_over=lambda visit: hand_over(visit, device, staff),
    )


@pytest.fixture
def place(app, make):
    return make.location("Riverside")


@pytest.fixture
def sources(make):
    return make.sources()


@pytest.fixture
def front_desk(client, make, place, sign_in):
    staff = make.staff("front_desk", locations=[place], name="Ana Whitfield")
    sign_in(client, staff)
    return staff


@pytest.fixture
def visit(make, place, sources):
    return make.visit(place, make.patient("Marta", "Reyes"))
