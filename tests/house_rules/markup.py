"""What may be said against a page's HTML, without a browser."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as fresh
from html.parser import HTMLParser
from xml.etree.ElementTree import Element

import html5lib
from html5lib.constants import E as MESSAGES

NAMESPACE = "{http://www.w3.org/1999/xhtml}"
NAMELESS_INPUTS = frozenset({"hidden", "submit", "button", "reset", "image"})

A_DAY = re.compile(r"(^|_)(day|date|due|from|until|month|born)(_|$)")


@dataclass
class PageForm:
    """A form of a page: where each of its buttons sends it, and what it holds before anybody types."""

    method: str
    actions: list[str]
    fields: list[tuple[str, str]] = fresh(default_factory=list)

    @property
    def days(self) -> list[str]:
        """Fields that a day is typed into."""
        return sorted({name for name, _ in self.fields if A_DAY.search(name)})


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[PageForm] = []
        self.links: list[str] = []
        self._open: PageForm | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(given.get("href", ""))
        if tag == "form":
            self._open = PageForm(given.get("method", "get").lower(), [given.get("action", "")])
            self.found.append(self._open)
        if self._open is None:
            return
        if "formaction" in given:
            self._open.actions.append(given["formaction"])
        ticked = given.get("type") not in ("radio", "checkbox", "file") or "checked" in given
        if tag in ("input", "textarea") and "name" in given and "disabled" not in given and ticked:
            self._open.fields.append((given["name"], given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


def forms_and_links(text: str) -> tuple[list[PageForm], list[str]]:
    """The forms of a page and the addresses of its links."""
    parser = _Forms()
    parser.feed(text)
    return parser.found, parser.links


def faults(text: str) -> list[str]:
    """Everything wrong with a whole page, or with a part of one that htmx swaps in; empty when it is good."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    whole = text.lstrip().lower().startswith("<!doctype")
    tree = parser.parse(text) if whole else parser.parseFragment(text)
    found = [f"line {line}: {MESSAGES[code] % data}" for (line, _column), code, data in parser.errors]
    if whole:
        found += _faults_of_page(tree)
    return [*found, *_repeated_ids(tree), *_unnamed_fields(tree), *_inline_code(tree), *_silent_pictures(tree)]


def is_whole_page(text: str) -> bool:
    return text.lstrip().lower().startswith("<!doctype")


def _faults_of_page(tree: Element) -> Iterator[str]:
    headings = list(tree.iter("h1"))
    if len(headings) != 1:
        yield f"{len(headings)} h1 instead of one"
    elif not _words(headings[0]):
        yield "an empty h1"
    title = tree.find("head/title")
    if title is None or not (title.text or "").strip(" ·\n"):
        yield "no title"
    if not tree.get("lang"):
        yield "no lang on html"
    if len(list(tree.iter("main"))) != 1:
        yield "not exactly one main"


def _repeated_ids(tree: Element) -> Iterator[str]:
    counts = Counter(element.get("id") for element in tree.iter() if element.get("id"))
    for name, count in counts.items():
        if count > 1:
            yield f"id {name!r} {count} times"


def _unnamed_fields(tree: Element) -> Iterator[str]:
    ids = {element.get("id") for element in tree.iter()}
    labelled = {label.get("for") for label in tree.iter("label") if _words(label)}
    wrapped = {id(field) for label in tree.iter("label") if _words(label) for field in label.iter()}
    for field in tree.iter():
        if field.tag not in ("input", "select", "textarea") or field.get("type", "text") in NAMELESS_INPUTS:
            continue
        by = (field.get("aria-labelledby") or "").split()
        if id(field) in wrapped or field.get("aria-label") or (by and set(by) <= ids):
            continue
        if not field.get("id") or field.get("id") not in labelled:
            yield f"{field.tag} {field.get('name')!r} without a label"
    for element in tree.iter():
        described = (element.get("aria-describedby") or "").split()
        if missing := [name for name in described if name not in ids]:
            yield f"described by {missing}, which isn't there"
        # A hidden button says what the Enter key does; nobody meets it.
        if element.tag in ("button", "a") and element.get("hidden") is None and not _name(element):
            yield f"{element.tag} {element.get('href') or element.get('name')!r} without words"


def _inline_code(tree: Element) -> Iterator[str]:
    for element in tree.iter():
        for attribute in element.attrib:
            if attribute == "style" or (attribute.startswith("on") and attribute != "on"):
                yield f"{element.tag} carries {attribute}=, which the security policy blocks"
        if element.tag == "script" and not element.get("src") and "json" not in (element.get("type") or ""):
            yield "an inline script, which the security policy blocks"
        if element.tag == "style":
            yield "an inline style sheet, which the security policy blocks"


def _silent_pictures(tree: Element) -> Iterator[str]:
    for picture in tree.iter("img"):
        if picture.get("alt") is None:
            yield f"img {picture.get('src')!r} without alt"


def _name(element: Element) -> str:
    inside = "".join(child.get("alt") or child.get("aria-label") or "" for child in element.iter())
    titles = "".join(_words(title) for title in element.iter() if str(title.tag).endswith("title"))
    return element.get("aria-label") or element.get("aria-labelledby") or _words(element) or inside or titles


def _words(element: Element) -> str:
    return "".join(element.itertext()).strip()
