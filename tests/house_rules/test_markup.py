"""The markup rules find what they are there to find."""

import pytest

from tests.house_rules.markup import faults

GOOD = """<!doctype html><html lang="en"><head><title>Desk</title></head><body><main><h1>Desk</h1>
<label for="a">Name</label><input id="a" name="a"><a href="/x"><svg><title>Back</title></svg></a>
</main></body></html>"""


def test_a_good_page_has_no_faults() -> None:
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("<h1>Desk</h1>", "", "0 h1"),
        ("<h1>Desk</h1>", "<h1>Desk</h1><h1>Two</h1>", "2 h1"),
        ("<title>Desk</title>", "<title> · </title>", "no title"),
        ('lang="en"', "", "no lang"),
        ('<label for="a">Name</label>', "", "without a label"),
        ('<label for="a">Name</label>', '<label for="b">Name</label>', "without a label"),
        ('<label for="a">Name</label>', '<label for="a"> </label>', "without a label"),
        ("<svg><title>Back</title></svg>", "", "without words"),
        ("<h1>", '<h1 id="a">', "id 'a' 2 times"),
        ("<h1>", '<h1 style="color: red">', "carries style="),
        ("<h1>", '<h1 onclick="go()">', "carries onclick="),
        ("</main>", "<script>go()</script></main>", "inline script"),
        ("</main>", '<img src="/x.png"></main>', "without alt"),
        ("</main>", "<p><div>x</div></p></main>", "Unexpected end tag"),
        ("</main>", "<b><i>x</b></i></main>", "i"),
        ("<main>", "<div>", "main"),
        ('id="a" name', 'id="a" aria-describedby="gone" name', "isn't there"),
    ],
)
def test_a_fault_is_named(before: str, after: str, fault: str) -> None:
    text = GOOD.replace(before, after, 1)
    if before == "<main>":
        text = text.replace("</main>", "</div>")

    found = faults(text)

    assert found
    assert any(fault in each for each in found)


def test_a_part_of_a_page_needs_neither_title_nor_heading() -> None:
    assert faults("<ul><li>one</li></ul>") == []
    assert faults("<ul><li>one</ul></p>") != []
