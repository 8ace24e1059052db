"""The few statements of a physician search, for either database.

Written out rather than composed: a search runs at each keystroke, and lists of hundreds of keys go as one parameter.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from intake.directory.physician_search.referral_counts import REFERRALS

_COLUMNS = (
    "p.id, p.npi, p.first_name, p.middle_name, p.last_name, p.former_first_name, p.former_last_name, p.suffix,"
    " p.credential, p.taxonomy_code, p.street, p.city, p.state, p.active, p.referring_practice_id, g.name, m.into_id"
)
_FROM = (
    " FROM physician p LEFT JOIN referring_practice g ON g.id = p.referring_practice_id"
    " LEFT JOIN physician_merge m ON m.physician_id = p.id AND m.undone_at IS NULL"
)


class Lookups:
    """The statements on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._postgres = connection.dialect.name == "postgresql"
        self._mark = "%s" if self._postgres else "?"

    def stamps(self) -> Sequence[Any]:
        """The vocabulary's two stamps, and the newest referral's id and moment."""
        return self._connection.exec_driver_sql(
            "SELECT s.vocabulary_stamp, s.additions_stamp, r.id, r.recorded_at"  # noqa: S608
            f" FROM physician_search_state s LEFT JOIN ({REFERRALS.filled.newest}) r ON 1 = 1"
        ).one()

    def pairs(self, keys: Mapping[int, int], most: int) -> Sequence[Any]:
        """(pair key, physician id) of the search keys, of each at most as many as `keys` says, together `most`.

        The embedded database, which has no registry of millions, takes all of them until there are `most`.
        """
        if not self._postgres:
            return self._listed("SELECT pair_key, physician_id FROM physician_clue WHERE pair_key", keys, most)
        return self._connection.exec_driver_sql(
            "SELECT c.pair_key, c.physician_id FROM unnest(%s::bigint[], %s::int[]) AS wanted(pair_key, most),"  # noqa: S608
            " LATERAL (SELECT pair_key, physician_id FROM physician_clue WHERE pair_key = wanted.pair_key"
            f" LIMIT wanted.most) c LIMIT {int(most)}",
            (list(keys), list(keys.values())),
        ).all()

    def ranges(self, ranges: Sequence[tuple[int, int]], most: int) -> Sequence[Any]:
        """(pair key, physician id) of the first search keys, at most `most` of each range."""
        if not ranges:
            return []
        one = (
            "SELECT * FROM (SELECT pair_key, physician_id FROM physician_clue"  # noqa: S608
            f" WHERE pair_key BETWEEN {self._mark} AND {self._mark} ORDER BY pair_key LIMIT {int(most)}) AS part"
        )
        bounds = tuple(bound for both in ranges for bound in both)
        return self._connection.exec_driver_sql(" UNION ALL ".join([one] * len(ranges)), bounds).all()

    def rows(self, ids: Collection[int]) -> Sequence[Any]:
        """What is known of these physicians, with their practice and the record they were merged into."""
        return self._listed(f"SELECT {_COLUMNS}{_FROM} WHERE p.id", ids, len(ids) * 2)

    def by_npi(self, npi: str) -> Sequence[Any]:
        sql = f"SELECT id FROM physician WHERE npi = {self._mark}"  # noqa: S608
        return self._connection.exec_driver_sql(sql, (npi,)).all()

    def members(self, practice_ids: Collection[int], most: int) -> Sequence[Any]:
        """Ids of the active physicians of these practices."""
        return self._listed("SELECT id FROM physician WHERE active AND referring_practice_id", practice_ids, most)

    def in_state(self, ids: Collection[int], state: str, most: int) -> set[int]:
        """Those of `ids` in this state."""
        return self._narrowed(ids, f"state = {self._mark}", state, most)

    def on_street(self, ids: Collection[int], street: str, most: int) -> set[int]:
        """Those of `ids` on this street."""
        pattern = f"%{street.upper().replace('%', '').replace('_', '')}%"
        return self._narrowed(ids, f"street LIKE {self._mark}", pattern, most)

    def _narrowed(self, ids: Collection[int], condition: str, value: str, most: int) -> set[int]:
        sql = f"SELECT id FROM physician WHERE id {self._among()} AND {condition} LIMIT {int(most)}"  # noqa: S608
        return {row[0] for row in self._connection.exec_driver_sql(sql, (self._list(ids), value))}

    def _listed(self, sql: str, numbers: Collection[int], most: int) -> Sequence[Any]:
        if not numbers:
            return []
        return self._connection.exec_driver_sql(
            f"{sql} {self._among()} LIMIT {int(most)}", (self._list(numbers),)
        ).all()

    def _among(self) -> str:
        return "= ANY(%s::bigint[])" if self._postgres else "IN (SELECT value FROM json_each(?))"

    def _list(self, numbers: Collection[int]) -> Any:
        return sorted(numbers) if self._postgres else json.dumps(sorted(numbers))
