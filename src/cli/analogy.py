"""The command `nnzoo analogy`."""

from .vector_arguments import as_table, load_vectors, parse_question, parse_top, parse_words


def command(args: list[str]) -> int:
    """Print the words that complete "a is to b as c is to ..."."""
    found = parse_question(args, "words", "top")
    (a, b, c), top = parse_words(found, 3), parse_top(found)
    print(as_table(load_vectors(found).analogy(a, b, c, top)))
    return 0
