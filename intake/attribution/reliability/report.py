"""How far the report can be trusted: what the silent could change, whether it matters who asks or what stood first."""

from collections.abc import Collection
from dataclasses import dataclass

from intake.attribution.drilldown import ask_counts
from intake.attribution.drilldown.ask_counts import BELOW_FOLD, Positions
from intake.attribution.drilldown.option_positions import place_key
from intake.attribution.filters.date_basis import Basis, DatedSums
from intake.attribution.filters.dimensions.dimension import UNMATCHED, RowName
from intake.attribution.filters.dimensions.sources import SOURCE
from intake.attribution.filters.dimensions.visit_fields import CHANNEL
from intake.attribution.filters.lists import Lists, ListVersion
from intake.attribution.filters.periods import Period
from intake.attribution.filters.queries import Coverage, lists_under
from intake.attribution.statistics.counts import TOO_FEW
from intake.attribution.statistics.mixes import Mix, compare_mixes, compare_with_expected
from intake.attribution.statistics.shares import Interval, simultaneous, wilson, worst_case
from intake.attribution.totals.channels import credit_at_top
from intake.attribution.totals.sums import Sums, sums_on
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import Channel, View

MOST_COLUMNS = 6
# Places on the list that are shown one by one; those after them are counted together.
PLACES_ALONE = 4


@dataclass(frozen=True)
class ShareRow:
    """A source and how sure its share is: alone, beside all others at once, and for any answers of the silent."""

    name: RowName
    units: int
    share: float
    alone: Interval
    at_once: Interval
    share_of_eligible: float
    bounds: Interval
    is_remainder: bool


@dataclass(frozen=True)
class ChannelRow:
    """One way of asking: who replied, and the shares of the largest sources among what they named first."""

    channel: Channel
    replies: Coverage
    reply_interval: Interval
    counts: tuple[int, ...]
    others: int

    @property
    def answered(self) -> int:
        return sum(self.counts) + self.others

    @property
    def reply_share(self) -> float | None:
        """Answered ÷ asked; None when nobody was asked."""
        return self.replies.answered / self.replies.asked if self.replies.asked else None


@dataclass(frozen=True)
class PlaceRow:
    """Places on the list from `first` to `last`, counted from 1: how often chosen, and how often to be expected."""

    first: int
    last: int
    chosen: int
    expected: float

    @property
    def key(self) -> str:
        return place_key(self.first, self.last)


@dataclass(frozen=True)
class Trust:
    period: Period
    view: View
    coverage: Coverage
    shares: tuple[ShareRow, ...]
    channels: tuple[ChannelRow, ...]
    columns: tuple[RowName, ...]
    mix: Mix
    places: tuple[PlaceRow, ...]
    order: Mix
    answers_in_order: int


def trust(
    *,
    period: Period,
    view: View,
    location_ids: Collection[int],
    listing: ListVersion = ListVersion.TODAY,
    basis: Basis = Basis.VISIT,
) -> Trust:
    """Return the report for these days and locations; ways and order of asking only by the day of the visit."""
    lists = lists_under(listing, period)
    sums = sums_on(basis, location_ids=location_ids, lists=lists)
    coverage = sums.coverage(period)
    shares = _shares(sums, lists, coverage, view, period)
    if basis != Basis.VISIT:
        nothing = _places(Positions())
        return Trust(period, view, coverage, shares, (), (), compare_mixes([]), *nothing, 0)
    channels, columns, mix = _channels(period, location_ids, lists)
    found = ask_counts.positions(period=period, location_ids=location_ids, lists=lists)
    places, order = _places(found)
    return Trust(period, view, coverage, shares, channels, columns, mix, places, order, found.answers)


def _shares(
    sums: Sums | DatedSums, lists: Lists, coverage: Coverage, view: View, period: Period
) -> tuple[ShareRow, ...]:
    if not coverage.answered:
        return ()
    credit = credit_at_top(sums, period, view=view, lists=lists)
    names = SOURCE.names(credit, lists)
    keys = sorted(credit, key=lambda key: (key == UNMATCHED, -credit[key], names[key].label))
    counts = [credit[key] / UNIT for key in keys]
    at_once = simultaneous(counts, coverage.answered)
    return tuple(
        ShareRow(
            name=names[key],
            units=credit[key],
            share=count / coverage.answered,
            alone=wilson(count, coverage.answered),
            at_once=together,
            share_of_eligible=count / coverage.eligible,
            bounds=worst_case(count, coverage.answered, coverage.eligible),
            is_remainder=names[key].key.startswith("-"),
        )
        for key, count, together in zip(keys, counts, at_once, strict=True)
    )


def _channels(
    period: Period, location_ids: Collection[int], lists: Lists
) -> tuple[tuple[ChannelRow, ...], tuple[RowName, ...], Mix]:
    """Ways of asking in their usual order, the largest sources as columns, and whether the mixes differ."""
    covered = Sums(location_ids, lists).coverage_by(period, by=CHANNEL)
    replies = {channel: each for channel, each in covered.items() if channel and each.asked}
    table: dict[str, dict[int, int]] = {channel: {} for channel in replies}
    for (channel, source_id), units in ask_counts.primary_units_by_channel(
        period=period, location_ids=location_ids
    ).items():
        top = lists.top_of(source_id) if source_id in lists.sources else UNMATCHED
        row = table.setdefault(channel, {})
        row[top] = row.get(top, 0) + units // UNIT
    totals: dict[int, int] = {}
    for row in table.values():
        for top, count in row.items():
            totals[top] = totals.get(top, 0) + count
    by_size = sorted(totals, key=lambda top: (-totals[top], top))
    columns = [top for top in by_size if top != UNMATCHED][:MOST_COLUMNS]
    names = SOURCE.names(columns, lists)
    rows = tuple(
        ChannelRow(
            channel=channel,
            replies=replies.get(channel, Coverage()),
            reply_interval=wilson(replies[channel].answered, replies[channel].asked)
            if channel in replies
            else Interval(0.0, 1.0),
            counts=tuple(table[channel].get(top, 0) for top in columns),
            others=sum(count for top, count in table[channel].items() if top not in columns),
        )
        for channel in Channel
        if channel in table
    )
    # A way that hardly anybody was asked in would only hide whether the others differ.
    enough = [row for row in rows if row.answered >= TOO_FEW]
    mix = compare_mixes([[table[row.channel].get(top, 0) for top in by_size] for row in enough])
    return rows, tuple(names[top] for top in columns), mix


def _places(found: Positions) -> tuple[tuple[PlaceRow, ...], Mix]:
    """Chosen and expected by place. Expected is what the sources that stood there are chosen anywhere."""
    if not found.answers:
        return (), compare_with_expected([], [])
    shown: dict[str, int] = {}
    for (_, code), times in found.stood.items():
        shown[code] = shown.get(code, 0) + times
    liking = {code: found.chosen[code] / times for code, times in shown.items()}
    expected = dict.fromkeys(found.places, 0.0)
    for (place, code), times in found.stood.items():
        expected[place] += times * liking[code]
    scale = found.answers / sum(expected.values())
    rows = [PlaceRow(place + 1, place + 1, found.chosen_at[place], expected[place] * scale) for place in found.places]
    seen = [row for row in rows if row.first <= BELOW_FOLD]
    alone, after = seen[:PLACES_ALONE], seen[PLACES_ALONE:]
    if after:
        chosen, mean = sum(row.chosen for row in after), sum(row.expected for row in after)
        alone.append(PlaceRow(after[0].first, after[-1].last, chosen, mean))
    alone += rows[len(seen) :]
    return tuple(alone), compare_with_expected([row.chosen for row in alone], [row.expected for row in alone])
