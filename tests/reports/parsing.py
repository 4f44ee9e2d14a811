"""A strict reading of a page: every element is closed, and nothing comes from elsewhere."""

from collections import defaultdict
from html.parser import HTMLParser

VOID = ("meta", "link", "img")
FORBIDDEN = ("script", "iframe", "object", "embed", "form", "base")
ADDRESSES = ("src", "href", "data", "action", "srcset", "poster")


class Page(HTMLParser):
    """A parsed page: texts by tag, attributes by tag, and all text outside the style sheet."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.source = source
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = defaultdict(list)
        self.feed(source)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in FORBIDDEN, tag
        given = dict(attrs)
        assert len(given) == len(attrs), f"an attribute of <{tag}> occurs twice"
        assert not [name for name in given if name.startswith("on")], given
        for name in ADDRESSES:
            if (address := given.get(name)) is not None:
                assert address.startswith(("data:", "./", "../")), address
        self.tags.append((tag, given))
        if tag not in VOID:
            self.open.append(tag)
            self.texts[tag].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        for tag in dict.fromkeys(self.open):
            self.texts[tag][-1] += data

    @property
    def text(self) -> str:
        """The visible text, with single spaces."""
        return " ".join(self.texts["body"][0].split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of all elements with a tag."""
        return [given for name, given in self.tags if name == tag]

    def rows(self) -> list[list[str]]:
        """Return the texts of the cells of all table rows, read from the source."""
        found: list[list[str]] = []
        reader = Rows(found)
        reader.feed(self.source)
        return [[" ".join(cell.split()) for cell in row] for row in found]

    def pairs(self) -> dict[str, str]:
        """Return the tables of names and values."""
        return {row[0]: row[1] for row in self.rows() if len(row) == 2}


class Rows(HTMLParser):
    """Collect the cells of table rows."""

    def __init__(self, found: list[list[str]]) -> None:
        super().__init__(convert_charrefs=True)
        self.found = found
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.found.append([])
        elif tag in ("td", "th"):
            self.found[-1].append("")
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.found[-1][-1] += data
