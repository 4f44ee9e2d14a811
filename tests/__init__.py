import pytest

pytest.register_assert_rewrite("tests.support")  # its assertions show the values, too
