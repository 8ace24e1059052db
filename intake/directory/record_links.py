"""Where a reader finds the page of a physician, a referring practice and a source: one address each, everywhere.

The pages belong to a later room, which fills the slots; it returns None for a reader to whom they aren't open.
"""

from collections.abc import Callable

from flask import Flask, url_for

from intake.slots import Slot

PageOf = Slot[Callable[[int], str | None]]
PHYSICIAN_PAGE: PageOf = Slot("physician page")
PRACTICE_PAGE: PageOf = Slot("practice page")
SOURCE_PAGE: PageOf = Slot("source page")


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(
        physician_address=physician_address, practice_address=practice_address, source_address=source_address
    )


def physician_address(physician_id: int) -> str:
    """The physician's page, or the card that the desk may read."""
    return PHYSICIAN_PAGE.filled(physician_id) or url_for("directory.physician", physician_id=physician_id)


def practice_address(practice_id: int) -> str:
    """The practice's page, or who works there, which the desk may read."""
    return PRACTICE_PAGE.filled(practice_id) or url_for("directory.practice", practice_id=practice_id)


def source_address(source_id: int) -> str:
    """The source's page; empty for a reader who has none."""
    return SOURCE_PAGE.filled(source_id) or ""
