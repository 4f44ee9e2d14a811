import pytest
from nnzoo.reports.html import Html, element, folded, html, join, pairs, preformatted, section, table
from nnzoo.reports.page import header, page

from tests.reports.parsing import Page

EVIL = "<script>alert('x')</script> & \"quotes\" ü ✗"


def read(*content):
    return Page(page("title", list(content)))


@pytest.mark.parametrize(
    "content",
    [
        element("p", EVIL),
        element("p", [EVIL, "more"]),
        element("img", "", {"alt": EVIL, "src": "data:,"}),
        table([EVIL], [[EVIL]]),
        pairs({EVIL: EVIL}),
        preformatted(EVIL),
        folded(EVIL, element("p", EVIL)),
        section(EVIL, element("p", EVIL)),
        header(EVIL, EVIL, EVIL),
        join([EVIL, EVIL]),
    ],
    ids=lambda content: content[:12],
)
def test_text_is_escaped(content):
    found = read(content)
    assert EVIL in found.text or found.all("img")[0]["alt"] == EVIL


def test_title_is_escaped():
    assert Page(page("</title>" + EVIL, [])).texts["title"] == ["</title>" + EVIL]


def test_markup_is_not_escaped_twice():
    bold = element("b", "a & b")
    assert bold == "<b>a &amp; b</b>"
    assert html(bold) is bold
    assert element("p", [bold, " & c"]) == "<p><b>a &amp; b</b> &amp; c</p>"
    assert isinstance(join([bold]), Html)


def test_text_that_utf8_cannot_encode():
    assert html("a\udcffb") == "a?b"


def test_empty_parts_leave_nothing():
    assert section("Title", "", Html()) == folded("Title", "") == pairs({"a": ""}) == ""


def test_numbers_are_aligned_right():
    found = Page(page("t", [table(["name", "n"], [["a", "1"], ["b", "2"]], numbers=[1], current=1)]))
    assert [given.get("class") for given in found.all("td")] == [None, "number", None, "number"]
    assert [given.get("class") for given in found.all("tr")] == [None, None, "best"]


def test_parser_finds_mistakes():
    for wrong in (
        "<p>",
        "</p>",
        "<p><b></p></b>",
        "<img src='https://a.b/c.png'>",
        "<script></script>",
        "<p onclick='x'></p>",
    ):
        with pytest.raises(AssertionError):
            Page(wrong)
