# ruff: noqa: SIM905 - lists of plain words read best as text
"""Stop words: titles and what people say around a name. And spans of words that mean one thing."""

from dataclasses import dataclass

# Of fewer letters than this anything could begin.
LETTERS_FOR_GUESSES = 3
TITLES = frozenset(
    (
        "dr doc doctor doctora dra drs doctors md do dds dmd dpm dc od phd pharmd np fnp pa rn cnm crna pt lcsw "
        "facs mr mrs ms miss sir prof professor sr sra senor senora jr ii iii iv esq"
    ).split()
)
FILLERS = frozenset(
    (
        "a an the my our her his their your at in on of from by for with and or to near around over off out i he "
        "she it they we who that this was is are were be has have had said says sent send told tell referred "
        "referral refer recommended recommend me us named name called like think maybe some someone somebody "
        "office clinic practice street city town lady guy man woman person new old nice good best primary el la "
        "los las en de del por mi con que un una y o es fue mando recomendo dijo llamado llama nombre"
    ).split()
)


@dataclass(frozen=True)
class WordSpan:
    """Some words in a row that mean one thing: kind 'city', 'state', 'specialty', 'street' or 'practice'."""

    kind: str
    places: range
    values: frozenset[str]
    quality: float
    # Says little when it doesn't fit: the words may as well mean something else.
    unclear: bool = False
    # A city likelier than a name.
    sure: bool = False
