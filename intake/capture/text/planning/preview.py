"""Preview of a survey text as it would be sent today, with its cost."""

import random
import re
from dataclasses import dataclass

from intake import clock
from intake.capture.text.planning.wording import TextTooLong, check_wording, compose, practice_name
from intake.config import Settings
from intake.directory.models import Location
from intake.directory.practice.own_words import WordingRefused
from intake.sms.carrier.segments import Segments, in_gsm
from intake.survey.question.choices import choices, drawn_order

LONGEST = 1000
# As long as a real one, so that the count is right.
SAMPLE_TOKEN = "Vw3k" * 8


# Words that say why somebody sees a doctor; a hint, since a practice's own name may hold one.
HEALTH = re.compile(
    r"\b(?:diagnos[ei]s|treatments?|surgery|procedures?|symptoms?|condition|disease|results|prescription|medication|therapy"
    r"|pregnancy|cancer|veins|varicose|ulcer|tratamiento|cirugia|sintomas|enfermedad|resultados|receta|medicamento"
    r"|terapia|embarazo|varices)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Preview:
    """A preview. `problem`: why the wording can't be used; then the rest is empty."""

    problem: str = ""
    body: str = ""
    segments: Segments | None = None
    cents: float = 0.0
    # Sources that there was no room for.
    left_out: tuple[str, ...] = ()
    # What the alphabet of plain texts lacks, as typed.
    costly: tuple[str, ...] = ()
    caution: str = ""


def preview(location: Location, language: str, *, own: str | None, includes_link: bool, settings: Settings) -> Preview:
    """Return the text of `own` wording, or of the built-in one when it is None. Never raises for anything typed."""
    if own is not None:
        if len(own) > LONGEST:
            return Preview(problem=f"That is {len(own):,} characters. Two texts hold about 300.")
        try:
            check_wording(own)
        except WordingRefused as error:
            return Preview(problem=str(error))
        if "{link}" in own and not includes_link:
            return Preview(problem="{link} needs the personal link: turn it on in the plan of this location first.")
    offered = choices(clock.clinic_today(location.time_zone), language)
    if len(offered) < 2:
        return Preview(problem="There are fewer than two sources to choose from. Add them under Sources first.")
    # One order for as long as somebody types; each patient is shown an order of their own.
    drawn = drawn_order(offered, random.Random(location.id))  # noqa: S311 - decides nothing
    link = f"{settings.public_url}/a/{SAMPLE_TOKEN}" if includes_link else None
    try:
        composed = compose(drawn, practice=practice_name(), language=language, own_wording=own, link=link)
    except TextTooLong:
        return Preview(problem="This is too long: not even two answers fit into two texts beside it. Shorten it.")
    shown = set(composed.options)
    return Preview(
        body=composed.body,
        segments=composed.segments,
        cents=composed.segments.count * settings.text_segment_cents,
        left_out=tuple(choice.label for choice in offered if choice.code not in shown),
        costly=composed.segments.odd if composed.segments.encoding == "UCS-2" else (),
        caution=_caution(own, link),
    )


def _caution(own: str | None, link: str | None) -> str:
    if own is None:
        return ""
    health = HEALTH.search(in_gsm(own))
    if health is not None:
        return f"“{health.group()}” may tell whoever reads over a shoulder why somebody sees you. Better leave it out."
    if link is not None and "{link}" not in own:
        return "The plan includes the personal link, but {link} isn’t in this wording, so it is left out."
    return ""
