"""The whole suite on another day: `--today 2027-02-28` or `--today 2027-01-01T03:30`, in UTC; 15:00 unless told.

Every clock that Python reads is shifted by the same span and goes on ticking, in this process and in all that it
starts: workers, servers, commands. PostgreSQL and browsers keep their own, which nothing relies on.
"""

import os
import time
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

import time_machine

FOLDER = Path(__file__).parent / "another_day"
SHIFT = "INTAKE_TESTS_SHIFTED_BY"
# A morning in New York, where most tests' practices are.
USUAL_TIME = time_of_day(15)


def moment(text: str) -> datetime:
    """The moment that `--today` names; raises ValueError for anything that isn't a day or a day and a time."""
    found = datetime.fromisoformat(text)
    if "T" not in text and " " not in text:
        found = datetime.combine(found.date(), USUAL_TIME)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def begin(today: datetime) -> time_machine.travel:
    """Make it `today` here and in every process started from now on; the caller stops what is returned."""
    shift = today - datetime.now(UTC)
    os.environ[SHIFT] = str(shift / timedelta(seconds=1))
    os.environ["PYTHONPATH"] = os.pathsep.join([str(FOLDER), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    travel = time_machine.travel(time.time() + float(os.environ[SHIFT]), tick=True)
    travel.start()
    return travel
