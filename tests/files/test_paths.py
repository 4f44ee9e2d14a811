import hashlib
import unicodedata
from pathlib import Path

import pytest
from nnzoo.errors import UserError
from nnzoo.files.paths import digest, digest_of, existing_file, expand_path, search_folders


def test_expand_path(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("NOTHING", raising=False)
    monkeypatch.chdir(tmp_path)
    assert expand_path("~/x.npz") == expand_path("$HOME/x.npz") == expand_path("${HOME}/x.npz") == tmp_path / "x.npz"
    assert expand_path("~x.npz") == Path("~x.npz")
    assert expand_path("$NOTHING/x") == Path("$NOTHING/x")
    Path("$HOME").write_text("")
    assert expand_path("$HOME") == existing_file("$HOME") == Path("$HOME")


def test_variables_are_expanded_after_the_part_of_a_path_that_exists(tmp_path, monkeypatch):
    monkeypatch.setenv("NAME", "x")
    monkeypatch.setenv("ROOT", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "a $NAME"
    place.mkdir()
    assert expand_path(place / "new") == place / "new"
    assert expand_path(place / "$NAME" / "y") == place / "x" / "y"
    assert expand_path("a $NAME/new") == Path("a $NAME/new")
    assert expand_path("$ROOT/new") == expand_path("/$ROOT/new") == tmp_path / "new"


@pytest.mark.parametrize("name", ["M\u00fcller.csv", "a (1).csv", "it's.csv", "back\\slash.csv", "$1.csv", "~x.csv"])
def test_existing_file_finds_names_in_any_unicode_form(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path(unicodedata.normalize("NFD", name)).write_text("")
    assert existing_file(name).read_text() == ""


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("dta.csv", "no file dta.csv; did you mean 'data.csv'?"),
        ("there/data.csv", "no file there/data.csv"),
        ("folder", "folder is a folder, not a file"),
        ("x" * 300, "cannot read x"),
        ("data.csv/x", "no file data.csv/x"),
        ("a\0b", "no file a"),
    ],
)
def test_missing_files_are_refused(name, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("data.csv").write_text("")
    Path("folder").mkdir()
    with pytest.raises(UserError) as caught:
        existing_file(name)
    assert str(caught.value).startswith(message)


def test_checksums(tmp_path):
    """That of several files depends on their order."""
    one, other = tmp_path / "a", tmp_path / "b"
    one.write_bytes(b"abc")
    other.write_bytes(b"")
    first = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, appendix B.1
    second = hashlib.sha256().hexdigest()
    assert digest(one) == digest_of([one]) == first
    assert digest_of([one, other]) == hashlib.sha256((first + second).encode()).hexdigest()
    assert digest_of([other, one]) == hashlib.sha256((second + first).encode()).hexdigest()


def test_folders_that_are_searched(tmp_path, monkeypatch):
    monkeypatch.setenv("NNZOO_DATA", "~")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert search_folders() == search_folders("") == [Path(), tmp_path]
    assert search_folders("~/a") == [tmp_path / "a"]
    monkeypatch.delenv("NNZOO_DATA")
    assert search_folders() == [Path()]
