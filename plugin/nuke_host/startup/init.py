"""stfam's start in every Nuke session, also without a window: only the path of its host's side."""

import sys
from pathlib import Path

_SIDE = Path(__file__).resolve().parent / "python"
if _SIDE.is_dir() and str(_SIDE) not in sys.path:
    sys.path.append(str(_SIDE))
