"""What somebody has written: text that can be seen, not only spaces and invisible characters."""

from typing import Any

from wtforms.validators import InputRequired, StopValidation


def is_blank(text: str) -> bool:
    """Return whether nothing of the text can be seen: spaces, joiners of no letters, nothing at all."""
    return not any(character.isprintable() and not character.isspace() for character in text)


class Written(InputRequired):
    """Refuse a field that is empty, or has nothing that can be seen."""

    def __call__(self, form: Any, field: Any) -> None:
        super().__call__(form, field)
        if isinstance(field.data, str) and is_blank(field.data):
            field.errors[:] = []
            raise StopValidation(self.message)
