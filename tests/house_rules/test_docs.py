"""What the documents name is there: files, folders, links, tests, names in the code and commands of `./dev`."""

import re
from functools import cache
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
DOCUMENTS = [TOP / "README.md", TOP / "CONTRIBUTING.md", *sorted((TOP / "docs").rglob("*.md"))]
# Of these every name in the code is looked for too: they lead somebody through it.
GUIDES = [TOP / "CONTRIBUTING.md", TOP / "docs" / "architecture.md"]
SHOWN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
PATH = re.compile(r"(?:[A-Za-z_.*][\w.*-]*/)+[\w.*-]*|[\w-]+\.(?:py|html|css|js|toml|md|svg|tsv)")
# In plain words as well, below the folders of this tree.
TOLD = re.compile(r"(?<![\w/.:~-])(?:intake|templates|tests|docs|bench|migrations)/[\w./*-]*[\w/*]")
NAME = re.compile(r"[A-Z]\w*[a-z]\w*|[A-Z]\w*_\w+|[a-z]\w*_\w+")
# Made when the service runs.
MADE = ("var/", ".venv/", ".dev/", "keys.env")
# Places of another machine, an address, or part of a sentence.
ELSEWHERE = ("/", "http", "~")


def texts() -> list[tuple[Path, str]]:
    return [(path, path.read_text(encoding="utf-8")) for path in DOCUMENTS]


def test_every_file_and_folder_that_is_named_exists() -> None:
    gone = [(path.name, named) for path, text in texts() for named in _paths(text) if not _is_there(named, path)]

    assert gone == []


def test_every_link_leads_to_a_file_and_a_heading_that_are_there() -> None:
    lost = []
    for document, text in texts():
        for link in LINK.findall(text):
            if link.startswith("http"):
                continue
            target, _, anchor = link.partition("#")
            to = (document.parent / target) if target else document
            if not to.exists() or (anchor and anchor not in _anchors(to)):
                lost.append((document.name, link))

    assert lost == []


def test_every_test_and_command_that_is_named_exists() -> None:
    commands = set(re.findall(r"\./dev ([a-z]+)", (TOP / "dev").read_text(encoding="utf-8"))) | {"help"}
    for document, text in texts():
        # A file of tests is called like one.
        tests = {name for name in SHOWN.findall(text) if re.fullmatch(r"test_\w+", name)}
        assert tests - _tests() == set(), document.name
        assert set(re.findall(r"\./dev ([a-z]+)", text)) - commands == set(), document.name


def test_the_assurance_names_tests_and_no_fault_twice() -> None:
    rows = re.findall(r"^\| (.+?) \| .*`test_\w+`.*$", (TOP / "docs" / "assurance.md").read_text(), re.MULTILINE)

    assert len(rows) > 30
    assert sorted({row for row in rows if rows.count(row) > 1}) == []


@pytest.mark.parametrize("document", GUIDES, ids=lambda path: path.name)
def test_every_name_of_the_code_in_a_guide_stands_in_the_code(document: Path) -> None:
    named = {
        name
        for shown in SHOWN.findall(document.read_text(encoding="utf-8"))
        if (name := shown.partition("(")[0].lstrip("@")) and NAME.fullmatch(name)
    }

    assert named
    assert named - _words_of_the_code() - EXAMPLES == set()


# Names that a guide gives as examples of how things are called.
EXAMPLES = {"test_a_patient_who_opted_out_is_not_texted"}


def _paths(text: str) -> list[str]:
    """What looks like a file or folder of this tree; with `<name>` in it, it is the reader's own."""
    words = [word for shown in SHOWN.findall(text) for word in shown.split()]
    named = [word for word in words if PATH.fullmatch(word) and not word.startswith((*MADE, *ELSEWHERE))]
    return named + TOLD.findall(SHOWN.sub(" ", text))


def _is_there(named: str, document: Path) -> bool:
    if "/" not in named:
        return named in _file_names()
    return any(next(top.glob(named), None) for top in (TOP, document.parent))


def _anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _code() -> list[Path]:
    tops = ("intake", "templates", "tests", "migrations", "bench")
    return [path for top in tops for path in (TOP / top).rglob("*") if path.suffix in (".py", ".html", ".toml")]


@cache
def _file_names() -> frozenset[str]:
    tops = ("intake", "templates", "tests", "migrations", "bench", "docs")
    return frozenset(path.name for top in tops for path in (TOP / top).rglob("*")) | {
        path.name for path in TOP.iterdir()
    }


@cache
def _tests() -> frozenset[str]:
    files = list((TOP / "tests").rglob("test_*.py"))
    defined = {name for path in files for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))}
    return frozenset(defined | {path.stem for path in files} | EXAMPLES)


@cache
def _words_of_the_code() -> frozenset[str]:
    # This file names what it looks for.
    files = [path for path in _code() if path != Path(__file__).resolve()]
    return frozenset(word for path in files for word in re.findall(r"\w+", path.read_text(encoding="utf-8")))
