"""What may be said against a page's HTML, without a browser."""

from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib
from html5lib.constants import E as MESSAGES

NAMESPACE = "{http://www.w3.org/1999/xhtml}"
NAMELESS_INPUTS = frozenset({"hidden", "submit", "button", "reset", "image"})


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
