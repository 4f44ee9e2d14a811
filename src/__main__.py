"""`python -m nnzoo ...` does the same as `nnzoo ...`."""

from .cli.commands import main

if __name__ == "__main__":
    main()
