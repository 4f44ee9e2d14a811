"""Names and kinds of exported files."""

from pathlib import Path

import pytest
from nnzoo.errors import UserError
from nnzoo.inference.export.formats import FORMATS, output_path, vectors_of_format


def test_the_default_is_in_the_run(tmp_path: Path) -> None:
    checkpoint = tmp_path / "best.ckpt"
    checkpoint.touch()
    for name, found in FORMATS.items():
        assert output_path(tmp_path, name, None) == tmp_path / found.file
        assert output_path(checkpoint, name, None) == Path(found.file)  # in the working directory


def test_the_suffix_is_that_of_the_format(tmp_path: Path) -> None:
    assert output_path(tmp_path, "onnx", "a.onnx") == Path("a.onnx")
    assert output_path(tmp_path, "onnx", tmp_path / "A.ONNX") == tmp_path / "A.ONNX"
    for name, wrong in (("onnx", "a.pt"), ("torchscript", "a.onnx"), ("npy", "a")):
        suffix = Path(FORMATS[name].file).suffix
        with pytest.raises(UserError, match=rf"^output={wrong}: with format={name} it must end in \{suffix}$"):
            output_path(tmp_path, name, wrong)


def test_kinds_of_vectors() -> None:
    assert vectors_of_format("word2vec", None) == vectors_of_format("onnx", None) == "input"
    assert vectors_of_format("npy", "both") == "both"
    message = r"^vectors=sum has no effect with format=onnx; it is for word2vec, word2vec_binary, npy$"
    with pytest.raises(UserError, match=message):
        vectors_of_format("onnx", "sum")
    with pytest.raises(UserError, match="input"):
        vectors_of_format("npy", "inputs")
