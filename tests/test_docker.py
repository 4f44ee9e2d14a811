"""The files of the Docker image; the image itself is built by hand."""

import re
import tomllib

from tests.support.paths import ROOT

LINES = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text()).splitlines()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def arguments(word: str) -> list[list[str]]:
    return [line.split()[1:] for line in LINES if line.startswith(f"{word} ")]


def test_copied_files_are_all_that_is_sent_to_the_build():
    copied = {name for names in arguments("COPY") for name in names[:-1]}
    assert all((ROOT / name).exists() for name in copied)
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert {line[1:] for line in lines if line.startswith("!")} == copied
    assert {"pyproject.toml", "constraints.txt", PROJECT["readme"], *PROJECT["license-files"]} < copied


def test_python_is_a_supported_one():
    (version,) = [name.removeprefix("PYTHON=") for (name,) in arguments("ARG") if name.startswith("PYTHON=")]
    low, high = re.findall(r"3\.(\d+)", PROJECT["requires-python"])
    assert int(low) <= int(version.removeprefix("3.")) < int(high)


def test_it_runs_as_a_user_without_rights():
    assert arguments("USER") == [["nnzoo"]]
    words = [line.split()[0] for line in LINES if line and line[0].isalpha()]
    assert words.index("USER") > max(place for place, word in enumerate(words) if word == "RUN")
