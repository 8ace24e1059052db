"""Time zones to choose among: those of the United States first, then every other one."""

from functools import cache
from zoneinfo import available_timezones

UNITED_STATES = (
    ("America/New_York", "Eastern (New York)"),
    ("America/Chicago", "Central (Chicago)"),
    ("America/Denver", "Mountain (Denver)"),
    ("America/Phoenix", "Mountain without daylight saving (Phoenix)"),
    ("America/Los_Angeles", "Pacific (Los Angeles)"),
    ("America/Anchorage", "Alaska (Anchorage)"),
    ("Pacific/Honolulu", "Hawaii (Honolulu)"),
    ("America/Puerto_Rico", "Atlantic (Puerto Rico)"),
    ("America/Indiana/Indianapolis", "Eastern (Indianapolis)"),
    ("America/Detroit", "Eastern (Detroit)"),
    ("America/Boise", "Mountain (Boise)"),
    ("Pacific/Guam", "Guam"),
    ("Pacific/Pago_Pago", "Samoa (Pago Pago)"),
)
REGIONS = frozenset(
    {"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)


@cache
def all_zones() -> frozenset[str]:
    """Every zone a location may be in: real places, and UTC."""
    return frozenset(name for name in available_timezones() if name.partition("/")[0] in REGIONS) | {"UTC"}


@cache
def others() -> tuple[tuple[str, str], ...]:
    """Zones outside the short list, by name as people would look for it."""
    listed = {name for name, _label in UNITED_STATES}
    rest = sorted(all_zones() - listed)
    return tuple((name, name.replace("_", " ").replace("/", ": ", 1)) for name in rest)
