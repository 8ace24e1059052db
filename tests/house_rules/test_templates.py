"""Templates keep to what holds on every page: nothing marked safe, nothing imported in vain, none forgotten."""

import re
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((TOP / "templates").rglob("*.html"))
IMPORT = re.compile(r"{%-?\s*from\s+['\"]([^'\"]+)['\"]\s+import\s+(.*?)\s*(?:with(?:out)? context\s*)?-?%}", re.DOTALL)
NAMED = re.compile(r"{%-?\s*(?:extends|include|from|import)\s+['\"]([^'\"]+)['\"]")
COMPOSED = re.compile(r'\bf"([\w/{}.]*{[^"]*\.html)"')


def name_of(path: Path) -> str:
    return str(path.relative_to(TOP / "templates"))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_nothing_is_let_through_unescaped(path: Path) -> None:
    text = path.read_text()

    assert not re.search(r"\|\s*safe\b", text)
    assert not re.search(r"{%-?\s*autoescape\s+false", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_quoted_word_has_a_direction_of_its_own(path: Path) -> None:
    assert re.findall(r"<(?:q|blockquote)\b(?![^>]*\bdir=)[^>]*>", path.read_text()) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_no_template_imports_what_it_does_not_use(path: Path) -> None:
    text = path.read_text()
    unused = []
    for match in IMPORT.finditer(text):
        rest = text[: match.start()] + text[match.end() :]
        names = [part.split(" as ")[-1].strip() for part in match.group(2).split(",")]
        unused += [name for name in names if not re.search(rf"\b{re.escape(name)}\b", rest)]

    assert not unused, "\n".join(unused)


def test_every_template_is_rendered_or_built_upon() -> None:
    code = "\n".join(path.read_text() for path in (TOP / "intake").rglob("*.py"))
    named = {name for path in TEMPLATES for name in NAMED.findall(path.read_text())}

    named |= {name for name in map(name_of, TEMPLATES) if f'"{name}"' in code}
    # A name put together at run time, such as f"desk/{name}.html", stands for all that fit it.
    patterns = [re.compile(re.sub(r"\\{.*?\\}", "[a-z_]+", re.escape(text))) for text in COMPOSED.findall(code)]
    forgotten = [
        name
        for name in map(name_of, TEMPLATES)
        if name not in named and not any(pattern.fullmatch(name) for pattern in patterns)
    ]

    assert not forgotten, "\n".join(forgotten)


def test_no_python_code_marks_text_as_markup_unless_it_says_why() -> None:
    """`Markup(...)` switches escaping off; each use stands on a line that says why that is right."""
    bare = [
        f"{path.relative_to(TOP)}:{number}"
        for path in (TOP / "intake").rglob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"\bMarkup\(", line) and "S704" not in line
    ]

    assert not bare, "\n".join(bare)
