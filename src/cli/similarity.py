"""The command `nnzoo similarity`."""

from .vector_arguments import load_vectors, parse_question, parse_words


def command(args: list[str]) -> int:
    """Print the cosine of two words."""
    found = parse_question(args, "words")
    a, b = parse_words(found, 2)
    print(f"{load_vectors(found).similarity(a, b):.4f}")
    return 0
