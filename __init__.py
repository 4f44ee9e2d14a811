"""Python that is started beside a clone takes the clone for the package; then it is the package."""

from pathlib import Path

_root = Path(__file__).parent
__path__ = [str(_root / "src"), str(_root)]  # `nnzoo.configs` is beside the sources
exec(compile((_root / "src" / "__init__.py").read_text(encoding="utf-8"), str(_root / "src" / "__init__.py"), "exec"))
