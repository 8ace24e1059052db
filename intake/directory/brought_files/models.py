"""The table of files that are brought in."""

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from intake.directory.kept_files import KeptFile


class BroughtFile(KeptFile):
    """A file between preview and entering, then what it did. `what` is the kind of its rows, such as contacts."""

    what: Mapped[str] = mapped_column(String(12))

    __table_args__ = (Index("ix_brought_file_what", "what", "uploaded_at"),)
