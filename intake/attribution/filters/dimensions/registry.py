"""All dimensions, in the order in which pages offer them."""

from intake.attribution.filters.dimensions.calendar import DAY, MONTH, WEEK
from intake.attribution.filters.dimensions.dimension import Dimension
from intake.attribution.filters.dimensions.people import PATIENT, PHYSICIAN, PRACTICE
from intake.attribution.filters.dimensions.sources import KIND, SOURCE
from intake.attribution.filters.dimensions.visit_fields import CHANNEL, LOCATION, PROVIDER, STAFF

DIMENSIONS: tuple[Dimension, ...] = (
    SOURCE,
    KIND,
    PHYSICIAN,
    PRACTICE,
    PATIENT,
    LOCATION,
    PROVIDER,
    STAFF,
    CHANNEL,
    MONTH,
    WEEK,
    DAY,
)
BY_KEY = {dimension.key: dimension for dimension in DIMENSIONS}
