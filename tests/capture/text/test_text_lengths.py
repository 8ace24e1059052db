"""What our own texts cost, in every language."""

from intake.capture.text.planning.wording import MOST_SEGMENTS
from intake.sms.carrier.segments import in_gsm, segments_of
from intake.survey.question import wording

PHONE = "(518) 555-0142"
GIVEN = {
    "practice": "Vein Center of Albany NY",
    "phone": PHONE,
    "initials": "A. B.",
    "day": "November 30",
    "physician": "Dr. Bartholomew Gonzalez-Smith",
    "link": "https://intake.example.com/a/" + "x" * 33,
}
# Read to somebody, and never sent.
SPOKEN = "text.consent"
# These carry the office's number behind them.
EMERGENCIES = {"text.medical", "text.self_harm"}


def test_no_text_in_any_language_costs_more_than_two_segments() -> None:
    long = []
    for language in wording.languages():
        words = wording.all_words(language.code)
        for key in sorted(each for each in words if each.startswith("text.") and each != SPOKEN):
            said = words[key] + (" " + words["text.office"] if key in EMERGENCIES else "")
            taken = segments_of(in_gsm(said.format(**GIVEN)))
            if taken.count > MOST_SEGMENTS:
                long.append(f"{language.code} {key}: {taken.units} of {taken.room}")
    assert long == []
