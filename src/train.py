"""The script `python src/train.py ...`, which does the same as `nnzoo train ...`."""

import sys

from nnzoo.cli import main

if __name__ == "__main__":
    main(["train", *sys.argv[1:]])
