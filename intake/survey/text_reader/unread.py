"""What of an answer nobody understood, when it is plainly an item of its own."""

from intake.survey.spotting.lexicon import ORDINARY, ORDINARY_SPANISH, SMALL_WORDS, words
from intake.survey.spotting.spotter import Marked

_LONGEST_ITEM = 2
_HAVE_NAMES = words("radio tv print newspaper magazine podcast hospital_er")
_LISTING = words("and y or o e also plus")


def list_items_unread(marked: Marked) -> list[tuple[int, int]]:
    """Spans of short items between commas and the like that hold no hit and are more than small talk.

    Only in answers that are lists: a long sentence always holds words that mean nothing here.
    """
    parts = marked.parts()
    if any(not marked.joints[places[0]] and marked.word(places[0]) not in _LISTING for places in parts[1:]):
        return []
    if len(parts) < 2 or any(len(places) > _LONGEST_ITEM + 1 for places in parts):
        return []
    unread = []
    for places in parts:
        if not marked.understood.isdisjoint(places) or _is_its_name(marked, places[0]):
            continue
        telling = [at for at in places if _telling(marked.word(at))]
        if telling and len(places) <= _LONGEST_ITEM and len(telling) * 2 >= len(places):
            unread.append((telling[0], telling[-1]))
    return unread


def _is_its_name(marked: Marked, at: int) -> bool:
    """ "The radio, la Kebuena": which one it was."""
    return any(hit.last == at - 1 and hit.concept in _HAVE_NAMES for hit in marked.hits)


def _telling(word: str) -> bool:
    return (
        len(word) > 2
        and not word.isdigit()
        and word not in SMALL_WORDS
        and word not in ORDINARY
        and word not in ORDINARY_SPANISH
    )
