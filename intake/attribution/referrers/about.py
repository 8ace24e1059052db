"""What a file of the physicians' pages says about itself."""

from intake.attribution.page.scope import Asked
from intake.attribution.referrers.messages import exposure_sentence
from intake.attribution.referrers.status import Windows
from intake.attribution.tables.about import About, printed_on
from intake.attribution.totals import messages
from intake.web.ui.template_context import practice_name


def about_physicians(asked: Asked, windows: Windows) -> About:
    """For the physicians' pages, which are of one day and always count any mention."""
    return [
        ("Practice", practice_name()),
        ("As of", windows.today),
        ("Locations", asked.where),
        ("View", "Any mention"),
        ("What that means", "A visit counts once for each physician it names."),
        ("Counted", "by day of visit"),
        ("List", messages.LISTING_LABELS[asked.listing]),
        ("Records began", windows.records_began),
        ("Windows", exposure_sentence(windows)),
        ("Printed on", printed_on()),
    ]
