"""The skeleton of a report: head, style and footer."""

import time
from collections.abc import Sequence

from .html import Html, element, html, join, paragraph
from .style import STYLE

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"  # a browser loads nothing from elsewhere
STATUS_KINDS = {"done": "done", "failed": "bad", "diverged": "bad"}  # status -> class; the others are "other"


def page(title: str, content: Sequence[str]) -> str:
    """Return a complete page. title: plain text, of the browser's tab."""
    return f"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html(title)}</title>
<link rel="icon" href="data:,">
<style>
{STYLE}
</style>
</head>
<body>
{join(content)}
{footer()}
</body>
</html>
"""


def header(kicker: str, title: str, *sentences: str) -> Html:
    """Return the head of the page: a line above the title, the title, and sentences."""
    parts = [paragraph(kicker, "kicker"), element("h1", title), *(paragraph(each, "lead") for each in sentences)]
    return element("header", parts)


def status_label(status: str, text: str | None = None) -> Html:
    """Return a status, or a text about it, coloured by the kind of status."""
    return element("span", status if text is None else text, {"class": f"status {STATUS_KINDS.get(status, 'other')}"})


def footer() -> Html:
    """Return the footer with the version and the time."""
    from .. import __version__

    return element("footer", f"Written by nnzoo {__version__}, {time.strftime('%Y-%m-%d %H:%M')}.")
