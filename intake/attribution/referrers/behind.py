"""Addresses of the patients behind the figures of those who refer."""

from dataclasses import replace
from datetime import date
from urllib.parse import urlencode

from flask import url_for

from intake.attribution.filters.dimensions.people import PHYSICIAN
from intake.attribution.filters.dimensions.sources import SOURCE
from intake.attribution.filters.periods import Period
from intake.attribution.filters.request import Which
from intake.attribution.page.scope import ReportScope
from intake.attribution.referrers import charts
from intake.attribution.referrers.status import ReferrerStatus, Windows
from intake.directory.models import Location
from intake.survey.models import View


class Behind:
    """Addresses of the patients behind the figures of a physician, or of a practice: those known to be sent, or with
    `said` those who said so with a source."""

    def __init__(self, asked: ReportScope, *, of_practice: bool = False) -> None:
        self._asked = replace(asked, by=PHYSICIAN, view=View.ANY, preset=None)
        self._sent = ("referring.practice_sent", "practice_id") if of_practice else ("referring.sent", "physician_id")

    def visits(
        self, physician_id: int, first_day: date, last_day: date, which: Which = Which.ALL, at: Location | None = None
    ) -> str:
        location = at or self._asked.location
        place = location.code if location else ""
        # As SentRequest writes it, which takes ten times as long: a list has hundreds of them.
        asked = {"came": str(which), "from": first_day.isoformat(), "to": last_day.isoformat(), "location": place}
        query = urlencode({name: text for name, text in asked.items() if text})
        endpoint, name = self._sent
        return f"{url_for(endpoint, **{name: physician_id})}?{query}"  # type: ignore[arg-type]

    def said(self, physician_id: int, period: Period, source: str) -> str:
        return replace(self._asked, period=period).rows(str(physician_id), also=(SOURCE, source))

    def year_before(self, physician_id: int, month: charts.ReferrerMonth) -> str:
        """The same month a year before, as it is counted beside this one."""
        span = charts.year_before(month.period)
        return self.visits(physician_id, span.first_day, span.last_day)

    def year(self, standing: ReferrerStatus, windows: Windows) -> str:
        return self.visits(standing.physician_id, windows.year_first_day, windows.today)

    def recently(self, standing: ReferrerStatus, windows: Windows, which: Which) -> str:
        return self.visits(standing.physician_id, windows.first_day, windows.today, which)

    def recent(self, standing: ReferrerStatus, windows: Windows) -> str:
        return self.visits(standing.physician_id, windows.first_day, windows.today)

    def before(self, standing: ReferrerStatus, windows: Windows) -> str:
        return self.visits(standing.physician_id, windows.before_first_day, windows.before_last_day)

    def ever(self, standing: ReferrerStatus, windows: Windows) -> str:
        return self.visits(standing.physician_id, standing.first_day, windows.today)
