"""Tables that the searches for physicians and patients look into, derived from theirs and made anew at any time."""

from sqlalchemy import BigInteger, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from intake.db import Base

# Compared byte by byte on both databases, so that a range finds every word with one beginning.
SearchWord = String(90).with_variant(String(90, collation="C"), "postgresql")


class PhysicianSearchKey(Base):
    """Two things that people say about a physician (surname and first name, city and surname, …) as one number.

    physician_search/keys says what each half may be. Derived from `physician`, so no foreign key slows its loading.
    """

    __tablename__ = "physician_clue"

    pair_key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    physician_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)

    __table_args__ = ({"sqlite_with_rowid": False},)


class PhysicianSearchState(Base):
    """Row 1: which vocabulary is the current one, so that every process notices when another has changed it."""

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    # Drawn at random for every change; equal stamps mean equal words.
    vocabulary_stamp: Mapped[int]
    additions_stamp: Mapped[int]
    # Physicians with a higher id may lack search keys: an import was cut off before it was done with them.
    unindexed_after_id: Mapped[int | None]


class PhysicianSearchPart(Base):
    """A piece of the vocabulary as built by the last import or reindexing."""

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    part: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class PhysicianSearchWord(Base):
    """A word that came after the vocabulary was built, by hand or by a small import."""

    kind: Mapped[str] = mapped_column(String(5), primary_key=True)
    word: Mapped[str] = mapped_column(SearchWord, primary_key=True)


class PatientWord(Base):
    """Search words of a patient: words of the names, `#` + chart number, `@` + birth date; see patients/index."""

    word: Mapped[str] = mapped_column(SearchWord, primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), primary_key=True, index=True)


class NameSpelling(Base):
    """A name word with one letter left out, or as it sounds: how a misspelled word leads back to it."""

    spelling: Mapped[str] = mapped_column(SearchWord, primary_key=True)
    word: Mapped[str] = mapped_column(SearchWord, primary_key=True)
