"""HTML elements as functions. Text is escaped unless it is `Html`, so nothing that a user wrote becomes markup."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from html import escape

EMPTY = ("img", "line", "circle", "path", "polyline", "rect")  # elements without content


class Html(str):
    """Text that is markup already."""


def html(text: str) -> Html:
    """Return text as markup: `Html` unchanged, other text escaped; what UTF-8 cannot encode becomes a question mark."""
    return text if isinstance(text, Html) else Html(escape(text.encode("utf-8", "replace").decode()))


def join(parts: Iterable[str], separator: str = "\n") -> Html:
    """Return the parts that are not empty as markup."""
    return Html(separator.join(html(part) for part in parts if part))


def element(name: str, content: str | Iterable[str] = "", attributes: Mapping[str, object] | None = None) -> Html:
    """Return an element. content: text, or parts of which each is text or markup."""
    given = "".join(f' {key}="{html(str(value))}"' for key, value in (attributes or {}).items())
    if name in EMPTY:
        return Html(f"<{name}{given}/>")
    inner = html(content) if isinstance(content, str) else join(content, "")
    return Html(f"<{name}{given}>{inner}</{name}>")


def section(title: str, *content: str) -> Html:
    """Return a section with a heading; empty if it has no content."""
    if not any(content):
        return Html()
    return Html(f"<section>\n{element('h2', title)}\n{join(content)}\n</section>")


def paragraph(text: str, kind: str = "note") -> Html:
    """Return a paragraph, empty without text. kind: note, lead, or alert."""
    return element("p", text, {"class": kind}) if text else Html()


def preformatted(text: str, kind: str = "text") -> Html:
    """Return text with its line breaks. kind: text, or command, which a click selects as a whole."""
    return element("pre", [element("code", text)], {"class": kind, "tabindex": "0"})  # scrolls with the keyboard


def folded(title: str, *content: str) -> Html:
    """Return content that a click unfolds; empty if there is none."""
    return element("details", [element("summary", title), *content]) if any(content) else Html()


def table(
    header: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Collection[int] = (), current: int | None = None
) -> Html:
    """Return a table that scrolls sideways if it is too wide.

    numbers: indices of the columns of numbers, which are right-aligned; current: index of the row to highlight.
    """
    head = element("tr", [cell("th", name, k in numbers, {"scope": "col"}) for k, name in enumerate(header)])
    body = [
        element("tr", [cell("td", text, k in numbers) for k, text in enumerate(row)], {"class": "best"} if best else {})
        for best, row in ((k == current, row) for k, row in enumerate(rows))
    ]
    whole = element("table", [element("thead", [head]), element("tbody", body)])
    return element("div", [whole], {"class": "scroll", "tabindex": "0"})


def cell(name: str, content: str, is_number: bool, attributes: Mapping[str, str] | None = None) -> Html:
    """Return a cell of a table."""
    return element(name, content, {**(attributes or {}), **({"class": "number"} if is_number else {})})


def pairs(values: Mapping[str, str]) -> Html:
    """Return names and values below each other; empty values are left out."""
    rows = [
        element("tr", [element("th", name, {"scope": "row"}), element("td", value)])
        for name, value in values.items()
        if value
    ]
    return element("table", [element("tbody", rows)], {"class": "pairs"}) if rows else Html()
