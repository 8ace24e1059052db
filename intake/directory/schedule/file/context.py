"""What reading a schedule file depends on beside the file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from intake import clock
from intake.directory.schedule.file.places import Places
from intake.directory.schedule.file.titles import zone_of


@dataclass(frozen=True)
class ReadingContext:
    """What reading depends on beside the file: time zone, day, and the practice's own words."""

    time_zone: str
    today: date
    # The practice's own words for types of visit, casefolded, to `new` or `established`.
    learned_types: Mapping[str, str] = field(default_factory=dict)
    # The same for statuses: to one of VisitStatus.
    learned_statuses: Mapping[str, str] = field(default_factory=dict)
    # What this location and the practice's others are called in files: a row that names another one is wrong here.
    places: Places = field(default_factory=Places)
    # What somebody has answered to questions about this file, by the key of the question.
    answers: Mapping[str, str] = field(default_factory=dict)

    def other_zone(self, title: str) -> str:
        """The time zone that a title names; empty for none, and for one whose clocks are this location's own."""
        zone = zone_of(title)
        return "" if zone and clock.same_clocks(zone, self.time_zone, self.today) else zone
