"""A clinic with a paired tablet and somebody who has just arrived."""

from types import SimpleNamespace

import pytest

from intake.capture.handing_over import hand_over


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
