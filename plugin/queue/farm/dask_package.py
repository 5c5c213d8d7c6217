"""Whether Dask is installed, which only those need who render on several machines."""

from __future__ import annotations

import importlib.util

from stfam.core.errors import UsageError


def require_dask() -> None:
    """Ask for Dask before it is imported.

    Raises:
        UsageError: it is not installed.
    """
    if importlib.util.find_spec("distributed") is None:
        raise UsageError("Dask is not installed here. It comes with stfam's farm packages: pip install 'stfam[farm]'.")
