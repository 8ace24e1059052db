"""Pages compared: the same but for what is random in every response."""

import re
from html.parser import HTMLParser
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
    seen = re.sub(r'<span class="visually-hidden">[^<]*</span>|</?(?:a|strong|bdi)\b[^>]*>', "", response.text)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", seen))


CONTROLS = frozenset({"a", "button", "summary", "input", "select", "textarea"})
VOID = frozenset({"input", "img", "br", "hr", "meta", "link", "source", "wbr"})
# Where figures stand: the sentence on top, a figure of its own, a cell.
FIGURES = frozenset({"report-sentence", "stat-figure", "part-figure", "num"})
UNSEEN = frozenset({"visually-hidden", "skip", "print-only", "toasts", "demo-ribbon"})


class FirstLook(HTMLParser):
    """Parses a page; what stands in closed details counts only with its summary. `None` before a figure was seen."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.controls: list[str] = []
        self.before_figure: list[str] | None = None
        self._open: list[tuple[str, bool, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        classes = set((given.get("class") or "").split())
        parent, seen, figure = self._open[-1] if self._open else ("", True, False)
        seen = seen and not classes & UNSEEN and tag not in ("script", "style", "template", "svg", "title", "head")
        seen = seen and "hidden" not in given and given.get("type") != "hidden"
        if parent == "closed details" and tag != "summary":
            seen = False
        if tag in CONTROLS and seen:
            self.controls.append(given.get("href") or given.get("name") or tag)
        if tag not in VOID:
            kind = "closed details" if tag == "details" and "open" not in given else tag
            self._open.append((kind, seen, figure or bool(classes & FIGURES)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if not self._open or not self._open[-1][1] or not data.strip():
            return
        self.words.append(" ".join(data.split()))
        if self.before_figure is None and self._open[-1][2] and any(each.isdigit() for each in data):
            self.before_figure = list(self.controls)

    @property
    def text(self) -> str:
        return " ".join(self.words)
