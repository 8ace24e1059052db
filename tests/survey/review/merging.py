"""Records that may be one, found and counted as the pages do."""

from datetime import date
from typing import Any

from intake.attribution.filters.dimensions.dimension import Dimension
from intake.attribution.filters.periods import Period
from intake.attribution.totals.report import totals
from intake.directory.merging.merge import Kind
from intake.survey.models import View
from intake.survey.review import duplicates
from tests.clients import Client

DAY = date(2026, 5, 12)
MAY = Period(date(2026, 5, 1), date(2026, 5, 31))


def found(kind: Kind, place: Any) -> list[tuple[set[int], str]]:
    pairs = duplicates.alike(kind, location_ids={place.id}, today=DAY, language="en")
    return [(set(pair.ids), "; ".join(pair.reasons)) for pair in pairs]


def credit(place: Any, by: Dimension, view: View = View.PRIMARY) -> dict[str, int]:
    report = totals(period=MAY, view=view, by=by, location_ids={place.id}, compare=False)
    assert report.holds
    return {line.name.label: line.units // 27_720 for line in report.lines}


def post(client: Client, address: str, **values: int) -> Any:
    response = client.post(address, data=values)
    assert response.status_code == 303, response.text
    return response
