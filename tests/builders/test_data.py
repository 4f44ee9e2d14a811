import pytest
from nnzoo.errors import UserError
from PIL import Image

from tests.support.built import built


def test_images_without_class_folders(tmp_path):
    for number in range(9):
        Image.new("L", (4, 4), number).save(tmp_path / f"{number}.png")
    data = ["data=image_folder", f"data.path={tmp_path}"]
    for model in ("autoencoder", "rbm", "gan"):
        assert built(f"model={model}", *data).spec.target in ("input", "none")
    with pytest.raises(UserError, match="contains pictures but no folders; the pictures of each class must be in"):
        built("model=mlp", *data)
