"""Which spellings of a plate are one plate to the cache."""

from __future__ import annotations

import pytest

from stfam.core.cache import plate_cache, session_folder


@pytest.mark.parametrize("folder", [plate_cache, session_folder])
def test_one_plate_has_one_folder_however_it_is_spelt(folder):
    same = ("/s/p.####.exr:fg", "/s/p.%04d.exr:fg", "/s/p.@@@@.exr:fg", "/s/../s/p.%04d.exr:fg")
    others = ("/s/p.%d.exr:fg", "/s/p.#.exr:fg", "/s/p.#####.exr:fg", "/s/p.%04d.exr", "/s/p.1-9%04d.exr:fg")
    assert {folder(spec).name for spec in same} == {folder(same[0]).name}
    assert len({folder(spec).name for spec in (same[0], *others)}) == 1 + len(others)
