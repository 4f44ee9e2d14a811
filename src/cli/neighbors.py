"""The command `nnzoo neighbors`."""

from .vector_arguments import as_table, load_vectors, parse_question, parse_top


def command(args: list[str]) -> int:
    """Print the words with the highest cosine with a word."""
    found = parse_question(args, "word", "top")
    top = parse_top(found)
    print(as_table(load_vectors(found).neighbors(found["word"], top)))
    return 0
