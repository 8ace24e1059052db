"""Where later rooms put their parts on a physician's and a practice's page: `PHYSICIAN_BELOW.add(app, part)`."""

from intake.directory.models import Physician, ReferringPractice
from intake.slots import PagePlace

# Links and buttons beside the name, such as a brief before a visit.
PHYSICIAN_ACTIONS: PagePlace[Physician] = PagePlace("physician: actions")
# Panels below the figures: what was promised, what is owed.
PHYSICIAN_PANELS: PagePlace[Physician] = PagePlace("physician: panels")
# Sections below what they sent, such as a time line.
PHYSICIAN_BELOW: PagePlace[Physician] = PagePlace("physician: below")
PRACTICE_ACTIONS: PagePlace[ReferringPractice] = PagePlace("practice: actions")
PRACTICE_PANELS: PagePlace[ReferringPractice] = PagePlace("practice: panels")
PRACTICE_BELOW: PagePlace[ReferringPractice] = PagePlace("practice: below")
