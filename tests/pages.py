"""Pages compared: the same but for what is random in every response."""

import re
from typing import Any

_random = re.compile(
    r"""nonce="[^"]*"|(?<=name="csrf_token")[^>]*value="[^"]*"|data-token="[^"]*"|"X-CSRFToken": "[^"]*\""""
)


def same_for_all(body: str) -> str:
    """`body` without nonces and form tokens, which differ from one response to the next."""
    return _random.sub("", body)


def text_of(response: Any) -> str:
    """The words of a page as they are read, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


def sentences_of(response: Any) -> str:
    """The words as they are seen: nothing for screen readers alone, links closed up."""
    seen = re.sub(r'<span class="visually-hidden">[^<]*</span>|</?(?:a|strong)\b[^>]*>', "", response.text)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", seen))
