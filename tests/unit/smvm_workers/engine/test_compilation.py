import importlib.util
import sys
from pathlib import Path
from types import FunctionType

from smvm_workers.engine.compilation import compiled


def test_compiles_and_computes() -> None:
    assert compiled(_double)(21) == 42


def _double(number: int) -> int:
    return 2 * number


def test_without_a_place_for_the_cache_it_is_compiled_all_the_same() -> None:
    # numba finds no place for the cache of a function that comes from no file
    code = _double.__code__.replace(co_filename="<string>")
    assert compiled(FunctionType(code, globals(), "nowhere"))(21) == 42


def test_cache_is_beside_the_source(tmp_path: Path) -> None:
    source = tmp_path / "kernel_for_test.py"
    source.write_text(
        "from smvm_workers.engine.compilation import compiled\n\n\n"
        "@compiled\ndef half(x: float) -> float:\n    return x / 2\n"
    )
    spec = importlib.util.spec_from_file_location("kernel_for_test", source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["kernel_for_test"] = module
    try:
        spec.loader.exec_module(module)
        assert module.half(3.0) == 1.5
    finally:
        del sys.modules["kernel_for_test"]
    assert list(tmp_path.rglob("*.nbi"))
