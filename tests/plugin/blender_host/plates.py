"""Run in the environment that holds stfam: `plates.py FOLDER FIRST COUNT` writes the suite's plates with trimaps."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

CONFTEST = Path(__file__).resolve().parents[2] / "conftest.py"


def main(folder: str, first: str, count: str) -> None:
    spec = importlib.util.spec_from_file_location("conftest", CONFTEST)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["conftest"] = module
    spec.loader.exec_module(module)
    plates = module.ShotFolder(Path(folder), int(first), int(count), (64, 96))
    for frame in plates.frames:
        plates.write(frame)


if __name__ == "__main__":
    main(*sys.argv[1:])
