"""What the address of a report page asks for, read once into a typed request.

Rights are judged on the request, pages and files are made from it, and a kept address is written from it: nothing reads
an address a second time. Each page names the request that it takes; parameters that it doesn't take mean nothing there.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal, Self, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from intake.attribution.filters.date_basis import Basis
from intake.attribution.filters.dimensions.dimension import Dimension
from intake.attribution.filters.dimensions.registry import BY_KEY
from intake.attribution.filters.lists import Level, ListVersion
from intake.attribution.filters.periods import PRESETS, Period
from intake.survey.models import View

Routine = TypeVar("Routine", bound=Callable[..., Any])

# Stands for the dimension by month, week or day that shows a period best.
TIME = "time"
COVERAGE = "coverage"
PERIOD = "period"
LONGEST_TYPED = 80
LAST_PAGE = 999_999


class NotAReport(Exception):
    """The address is no page of the reports, or asks one for what there isn't."""


class Order(StrEnum):
    """How the list of physicians is sorted."""

    MISSED = "missed"
    MOST = "most"
    LATEST = "latest"
    NAME = "name"


class Which(StrEnum):
    """Those of the people whom a physician sent who are listed; `CALLED` are callers without a visit yet."""

    ALL = ""
    CAME = "yes"
    DID_NOT_COME = "no"
    CHARTED = "chart"
    SAID = "patient"
    BOTH = "both"
    CHART_ALONE = "chart-alone"
    CALLED = "call"


def _page(text: Any) -> Any:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= LAST_PAGE):
        raise ValueError("no such page")
    return int(text[:9])


def _preset(name: str) -> str:
    if name not in PRESETS:
        raise ValueError("no such period")
    return name


def _dimension(text: Any) -> Any:
    return BY_KEY.get(text, text)


def _status(text: str) -> str:
    """The state of a referrer; those of kept addresses by their name of today."""
    typed = text.strip()[:LONGEST_TYPED]
    return {"declining": "quieter than usual", "reactivated": "back", "quiet": "inactive"}.get(typed, typed)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in text.split(",") if each))


Yes = Annotated[bool, BeforeValidator(lambda text: text == "yes")]
By = BeforeValidator(_dimension)
Stripped = Annotated[str, BeforeValidator(str.strip)]
Typed = Annotated[str, BeforeValidator(lambda text: text.strip()[:LONGEST_TYPED])]


class ReportRequest(BaseModel):
    """What every page of the reports takes. `location` is a code; only its reader's locations say whether it is one."""

    model_config = ConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=True)

    location: str = ""
    # For somebody outside the practice: small figures hidden.
    leaving: Yes = False
    page: Annotated[int, BeforeValidator(_page)] = 1

    @property
    def dimensions(self) -> frozenset[Dimension]:
        """Everything that the figures are broken down or narrowed by."""
        named = (getattr(self, name, None) for name in ("by", "and_by", "of"))
        return frozenset(each for each in named if isinstance(each, Dimension))

    @property
    def needs_names(self) -> bool:
        """Whether the page is nothing without patients' names, so that it is only for those who may see them."""
        return any(each.names_patients for each in self.dimensions)

    @property
    def names_patients(self) -> bool:
        """Whether the page shows patients one by one to readers who may see them, so that it stays in the practice."""
        return self.needs_names

    def changed(self, **changes: Any) -> Self:
        """The same request with fields as in this class changed, back on its first page unless told."""
        return self.model_copy(update={"page": 1, **changes})

    def over(self, period: Period) -> Self:
        """The same page of these days; itself where a page is of no days."""
        return self

    def query(self) -> dict[str, str]:
        """The parameters of its address: what was asked for, each once, in one order."""
        everywhere = ReportRequest.model_fields
        fields = {name: field for name, field in type(self).model_fields.items() if name not in everywhere} | everywhere
        written = {
            field.alias or name: _written(getattr(self, name))
            for name, field in fields.items()
            if name in self.model_fields_set
        }
        return {name: text for name, text in written.items() if text and (name, text) != ("page", "1")}

    def after(self, path: str) -> str:
        """The address of the page at `path` that asks for this."""
        query = urlencode(self.query())
        return f"{path}?{query}" if query else path


class TotalsRequest(ReportRequest):
    """Figures of a period: by a dimension, or the overview without one."""

    preset: Annotated[str, BeforeValidator(_preset)] = Field("", alias="period")
    # As typed; the page says so where one is no day.
    first: Stripped = Field("", alias="from")
    last: Stripped = Field("", alias="to")
    by: Annotated[Dimension | Literal["time"] | None, By] = None
    view: View = View.PRIMARY
    listing: ListVersion = Field(ListVersion.TODAY, alias="list")
    basis: Basis = Basis.VISIT

    def over(self, period: Period) -> Self:
        first, last = period.first_day.isoformat(), period.last_day.isoformat()
        return self.model_copy(update={"preset": "", "first": first, "last": last})


class FiguresRequest(TotalsRequest):
    """As TotalsRequest; `coverage` may stand for the dimension."""

    by: Annotated[Dimension | Literal["time", "coverage"] | None, By] = None  # type: ignore[assignment]

    @property
    def of_coverage(self) -> bool:
        return self.by == COVERAGE


class RowsRequest(FiguresRequest):
    """The visits behind one figure: a row of the dimension, or a part of coverage."""

    key: str = Field(min_length=1)
    level: Annotated[Level, BeforeValidator(lambda text: text if text == Level.ROLLED_UP else Level.EACH)] = Level.EACH
    # Only those in this row of another dimension as well; only what is credited to none of these sources.
    and_by: Annotated[Dimension | None, By] = Field(None, alias="and-by")
    and_key: str = Field("", alias="and-key")
    besides: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()

    @property
    def names_patients(self) -> bool:
        return True


class ComparisonRequest(TotalsRequest):
    """Two of anything: `first_key` and `second_key` of what `of` names, or the period and another one."""

    of: Annotated[Dimension | Literal["period"] | None, By] = None
    first_key: str = Field("", alias="a")
    second_key: str = Field("", alias="b")
    other_first: Stripped = Field("", alias="b-from")
    other_last: Stripped = Field("", alias="b-to")


class PhysiciansRequest(ReportRequest):
    """The list of physicians, narrowed. A word that isn't offered narrows to nobody."""

    status: Annotated[str, BeforeValidator(_status)] = ""
    tier: Annotated[str, BeforeValidator(lambda text: text.strip()[:LONGEST_TYPED].upper())] = ""
    specialty: Typed = ""
    city: Typed = ""
    name: Typed = ""
    order: Annotated[Order, BeforeValidator(lambda text: text if text in list(Order) else Order.MISSED)] = Field(
        Order.MISSED, alias="sort"
    )

    @property
    def said(self) -> str:
        """'status: lapsed, city: Albany, NY' for files and paper; 'everybody'."""
        words = {name: text for name, text in self.query().items() if name not in ReportRequest.model_fields}
        return ", ".join(f"{name}: {value}" for name, value in words.items()) or "everybody"

    @property
    def narrow(self) -> bool:
        return bool(self.status or self.tier or self.specialty or self.city or self.name)


class SentRequest(ReportRequest):
    """Everybody whom a physician is known to have sent; with days, the new patients who count as referrals on them."""

    came: Which = Which.ALL
    first: date | None = Field(None, alias="from")
    last: date | None = Field(None, alias="to")

    @property
    def days(self) -> Period | None:
        return Period(self.first, self.last) if self.first and self.last else None

    @property
    def names_patients(self) -> bool:
        return True


class InsideRequest(ReportRequest):
    """A page that has no edition for others."""

    leaving: Literal[False] = False


class MonthsRequest(InsideRequest):
    """Figures of the months up to today; a number that isn't offered means the page's usual one."""

    months: Annotated[int, BeforeValidator(lambda text: int(text) if text in ("1", "3", "6", "12") else 0)] = 0

    def among(self, offered: Sequence[int], usual: int) -> int:
        return self.months if self.months in offered else usual


def read_request(model: type[ReportRequest], query: Mapping[str, str]) -> ReportRequest:
    """The request that these parameters make, empty ones left out. Raises NotAReport for a value that there isn't."""
    try:
        return model.model_validate({name: value for name, value in query.items() if value})
    except ValidationError:
        raise NotAReport from None


def takes(model: type[ReportRequest]) -> Callable[[Routine], Routine]:
    """Names the request that a view takes."""

    def decorate(view: Routine) -> Routine:
        view.__intake_request__ = model  # type: ignore[attr-defined]
        return view

    return decorate


def request_of(view: Any) -> type[ReportRequest] | None:
    """The request that a view takes; None for one that is no page of the reports."""
    return getattr(view, "__intake_request__", None)


def _written(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    return "yes" if value is True else str(value or "")
