"""Templates keep to what holds on every page: nothing marked safe, nothing imported in vain, none forgotten."""

import re
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((TOP / "templates").rglob("*.html"))
IMPORT = re.compile(r"{%-?\s*from\s+['\"]([^'\"]+)['\"]\s+import\s+(.*?)\s*(?:with(?:out)? context\s*)?-?%}", re.DOTALL)
NAMED = re.compile(r"{%-?\s*(?:extends|include|from|import)\s+['\"]([^'\"]+)['\"]")
COMPOSED = re.compile(r'\bf"([\w/{}.]*{[^"]*\.html)"')


def name_of(path: Path) -> str:
    return str(path.relative_to(TOP / "templates"))


def found(pattern: str) -> list[str]:
    """Each place in a template that the pattern fits."""
    return [f"{name_of(path)}: {each}" for path in TEMPLATES for each in re.findall(pattern, path.read_text())]


def test_nothing_is_let_through_unescaped() -> None:
    assert found(r"\|\s*safe\b") == []
    assert found(r"{%-?\s*autoescape\s+false") == []


def test_every_quoted_word_has_a_direction_of_its_own() -> None:
    assert found(r"<(?:q|blockquote)\b(?![^>]*\bdir=)[^>]*>") == []


def test_no_template_imports_what_it_does_not_use() -> None:
    unused = []
    for path in TEMPLATES:
        text = path.read_text()
        for match in IMPORT.finditer(text):
            rest = text[: match.start()] + text[match.end() :]
            names = [part.split(" as ")[-1].strip() for part in match.group(2).split(",")]
            unused += [f"{name_of(path)}: {name}" for name in names if not re.search(rf"\b{re.escape(name)}\b", rest)]

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
