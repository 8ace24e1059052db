# ruff: noqa: SIM905 - lists of plain words read best as text
"""Referring practices that typed words name."""

from dataclasses import dataclass

from intake.directory.name_keys import normal
from intake.directory.physician_search.name_terms import closeness
from intake.directory.physician_search.spelling import Spelling
from intake.directory.physician_search.stop_words import FILLERS, LETTERS_FOR_GUESSES, TITLES, WordSpan


@dataclass
class PracticeTerms:
    """The referring practices, by the words that tell one from another."""

    words: Spelling
    owners: dict[str, set[int]]
    telling: dict[int, frozenset[str]]
    every: dict[int, frozenset[str]]
    # For a practice with merged ones: the ids of all of them, and the name that each merged one is shown by.
    merged_ids: dict[int, frozenset[str]]
    shown_names: dict[int | None, str]

    @classmethod
    def of(cls, names: dict[int, str], *, counts_as: dict[int, int]) -> "PracticeTerms":
        owners: dict[str, set[int]] = {}
        telling, every = {}, {}
        for practice_id, name in names.items():
            all_words = frozenset(normal(name).split())
            own = frozenset(word for word in all_words if word not in _GENERIC and len(word) > 1) or all_words
            telling[practice_id], every[practice_id] = own, all_words
            for word in own:
                owners.setdefault(word, set()).add(practice_id)
        ones: dict[int, set[int]] = {}
        for gone, kept in counts_as.items():
            ones.setdefault(kept, {kept}).add(gone)
        merged_ids = {each: frozenset(map(str, ids)) for ids in ones.values() for each in ids}
        shown_names: dict[int | None, str] = {gone: names[kept] for gone, kept in counts_as.items()}
        return cls(Spelling.of(sorted(owners)), owners, telling, every, merged_ids, shown_names)

    def spans(self, words: list[str]) -> list[WordSpan]:
        """A span for each practice whose telling words all occur, misspelled or not."""
        if not self.owners:
            return []
        seen: dict[int, dict[str, tuple[int, float]]] = {}
        for place, word in enumerate(words):
            if len(word) < LETTERS_FOR_GUESSES or word in FILLERS or word in TITLES:
                continue
            for other, _, edits, alike in self.words.near(word):
                fit = closeness(word, other, edits, alike=alike)
                if fit < 0.8:
                    continue
                for practice_id in self.owners[other]:
                    known = seen.setdefault(practice_id, {}).get(other)
                    if known is None or known[1] < fit:
                        seen[practice_id][other] = (place, fit)
        found = []
        for practice_id, matched in seen.items():
            if len(matched) < len(self.telling[practice_id]):
                continue
            places = sorted(place for place, _ in matched.values())
            first, last = places[0], places[-1]
            every = self.every[practice_id]
            while last + 1 < len(words) and words[last + 1] in every:
                last += 1
            while first > 0 and words[first - 1] in every:
                first -= 1
            quality = sum(fit for _, fit in matched.values()) / len(matched)
            ids = self.merged_ids.get(practice_id, frozenset({str(practice_id)}))
            found.append(WordSpan("practice", range(first, last + 1), ids, quality))
        return found


_GENERIC = frozenset(
    (
        "family medicine medical clinic center centre associates health healthcare care group physicians "
        "physician primary internal pediatrics pediatric partners practice specialists specialist pc llc llp pllc "
        "pa inc the of and for at in doctors services hospital women womens surgery surgical"
    ).split()
)
