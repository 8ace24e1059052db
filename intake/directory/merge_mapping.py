"""Merges as they are read: from each merged record to the one that stands for it."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from intake.db import db
from intake.once_a_look import once_a_look


def merge_mapping(merged_id: InstrumentedAttribute[int]) -> dict[int, int]:
    """Id of each merged record → id of the one it is read as, chains followed to their end.

    `merged_id` is the column of a merge table that names the merged record.
    """
    return once_a_look("merge_mapping", str(merged_id), lambda: _followed(merged_id))


def with_merged(ids: Collection[int], merged: Mapping[int, int]) -> set[int]:
    """Return these records and all that are read as one with any of them."""
    kept = {merged.get(each, each) for each in ids}
    return kept | {gone for gone, into in merged.items() if into in kept}


def _followed(merged_id: InstrumentedAttribute[int]) -> dict[int, int]:
    return follow_chains({row[0]: row[1] for row in db.session.execute(_steps(merged_id))})


@cache
def _steps(merged_id: InstrumentedAttribute[int]) -> Any:
    """Built once: to compose it takes longer than to run it."""
    merge: Any = merged_id.class_
    return select(merged_id, merge.into_id).where(merge.undone_at.is_(None)).order_by(merge.id)


def follow_chains(steps: dict[int, int]) -> dict[int, int]:
    """Map each start of a chain of merges to its end; a circle, which merging refuses, ends where it closes."""
    ends = {}
    for start, first in steps.items():
        seen, end = {start}, first
        while end in steps and end not in seen:
            seen.add(end)
            end = steps[end]
        ends[start] = end
    return ends
