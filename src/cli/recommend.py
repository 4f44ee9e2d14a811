"""The command `nnzoo recommend`."""

from itertools import groupby
from typing import TYPE_CHECKING

from ..errors import UserError
from ..formatting import format_number, format_table
from ..inference.arguments import whole_number
from .arguments import allowed_packages, parse_arguments, parse_flag, parse_number, refuse_unknown
from .file_commands import parse_settings
from .run_arguments import run_path

if TYPE_CHECKING:
    from ..inference.trained import Predictions

KNOWN = ("run", "user", "input", "n", "items", "include_rated", "output", "checkpoint", "allow")


def command(args: list[str]) -> int:
    """Print recommendations of items for users, or write them to a file."""
    found, others = parse_arguments(args, KNOWN, ("run",))
    settings = [arg for arg in others if arg.startswith("data." if "input" in found else "data.unseen=")]
    refuse_unknown([arg for arg in others if arg not in settings], KNOWN)
    user, source = found.get("user"), found.get("input")
    if bool(user) == bool(source):
        given = "not both" if user else "the users, or a table of their ratings"
        raise UserError(f"give user=ID or input=FILE, {given}")
    n = whole_number("n", parse_number("n", found.get("n", "10"), int), least=1)
    include_rated = parse_flag("include_rated", found.get("include_rated", "false"))
    path = run_path(found["run"])
    from ..inference.files import output_path
    from ..inference.load import load
    from ..inference.recommendations.files import ITEM, USER, ids_from, write_recommendations
    from ..inference.recommendations.recommend import Recommender

    if output := found.get("output"):
        output_path(source or path, output)
    recommender = Recommender(load(path, which=found.get("checkpoint"), allow=allowed_packages(found)))
    if settings:
        recommender.table = recommender.table.reading(parse_settings(settings))
    ids = recommender.table.ids
    recommended = recommender.recommend(
        ids_from(user, ids, USER) if user else None,
        n,
        ratings=source or None,
        items=ids_from(found["items"], ids, ITEM) if "items" in found else None,
        include_rated=include_rated,
    )
    if output:
        print(f"recommendations in {write_recommendations(recommended, source or path, output)}")
    else:
        print(as_text(recommended), end="")
    return 0


def as_text(recommended: "Predictions") -> str:
    """Return a table for each user, with a line that names the user and what the predictions depend on."""
    user, *columns = recommended
    shown = [column for column in columns if column != "basis"]
    rows = [dict(zip(recommended, row, strict=True)) for row in zip(*recommended.values(), strict=True)]
    text = ""
    for (name, basis), group in groupby(rows, key=lambda row: (row[user], row["basis"])):
        cells = [[format_number(float(row[c])) if c == "prediction" else str(row[c]) for c in shown] for row in group]
        text += f"{user} {name} ({basis})\n{format_table([shown, *cells])}\n"
    return text
