import pytest
from nnzoo.errors import UserError
from nnzoo.files.text import find_text_file, lower, normalize, read


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Create the current folder, $NNZOO_DATA and a root, each with its own file and with one file that all have."""
    for name in ("here", "environment", "root"):
        (tmp_path / name / "text").mkdir(parents=True)
        (tmp_path / name / "text" / f"{name}.txt").write_text(name)
        (tmp_path / name / "text" / "every.txt").write_text(name)
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("NNZOO_DATA", str(tmp_path / "environment"))
    return tmp_path


def test_current_folder_has_priority_over_the_environment(folders, monkeypatch):
    assert find_text_file("text/every.txt", None).read_text() == "here"
    assert find_text_file("text/environment.txt", None).read_text() == "environment"
    assert find_text_file(str(folders / "root" / "text" / "root.txt"), None).read_text() == "root"
    monkeypatch.delenv("NNZOO_DATA")
    with pytest.raises(UserError, match=r"no file environment\.txt in \S*/here/text; put"):
        find_text_file("text/environment.txt", None)


def test_only_root_is_searched(folders):
    root = str(folders / "root")
    assert find_text_file("text/every.txt", root).read_text() == "root"
    with pytest.raises(UserError, match=r"no file here\.txt in \S*root\Wtext; put it there, or set root"):
        find_text_file("text/here.txt", root)


def test_missing_file_is_refused(folders):
    with pytest.raises(UserError, match=r"did you mean 'environment\.txt'") as caught:
        find_text_file("text/enviroment.txt", None)
    message = str(caught.value)
    assert "here/text or " in message
    assert "NNZOO_DATA" in message
    assert "\n" not in message
    with pytest.raises(UserError, match=r"no file a\.txt in .*/nowhere"):
        find_text_file("nowhere/a.txt", None)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("naïve\n".encode(), "naïve\n"),
        (b"\xef\xbb\xbfa\r\nb\r\n", "a\nb\n"),
        (b"a\x0cb\xc2\x85c", "a\x0cb\x85c"),
        (b"first\rsecond\r\rthird\r\n", "first\nsecond\n\nthird\n"),
        ("re\u0301sume\u0301".encode(), "r\xe9sum\xe9"),
    ],
)
def test_read_normalizes(tmp_path, content, text):
    (tmp_path / "a.txt").write_bytes(content)
    assert read(tmp_path / "a.txt") == text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n\n", "is empty"),
        (b"na\xefve text", "is not a UTF-8 text: byte 2 is 0xef"),
        ("text".encode("utf-16-le") + b"\xff\xff", "is not a UTF-8 text: byte 8 is 0xff .*; save it as UTF-8"),
        (b"\xef\xbb\xbfab\xe9", "is not a UTF-8 text: byte 5 is 0xe9"),
    ],
)
def test_unreadable_text_is_refused(tmp_path, content, reason):
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with pytest.raises(UserError, match=f"{path} {reason}"):
        read(path)


def test_utf16_without_a_mark_is_refused(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes("fox".encode("utf-16-le"))
    with pytest.raises(UserError, match=r"text\.txt is not a UTF-8 text: it has null characters, as UTF-16 has"):
        read(path)


def test_a_folder_is_no_text(tmp_path):
    with pytest.raises(UserError, match=f"^cannot read {tmp_path}: "):
        read(tmp_path)


def test_lower_case_is_normalized():
    assert lower("J\u030c A\r\nB") == "\u01f0 a\nb"
    assert normalize("E\u0301\r") == "\xc9\n"
