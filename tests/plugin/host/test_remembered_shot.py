"""A remembered shot whose files are somebody else's."""

from __future__ import annotations

import pytest

from stfam.core.shot import Keyframe, Output, Shot
from stfam.plugin.host.remembered_shot import TrimapsGoneError, for_plate, with_keys


def test_what_cannot_be_looked_at_is_gone(tmp_path):
    strange = f"{tmp_path}/{'n' * 300}"
    shot = Shot(f"{strange}/a/p.####.exr", Output(f"{strange}/m/m.####.exr"), (Keyframe(1, f"{strange}/k.png"),))
    with pytest.raises(TrimapsGoneError):
        with_keys(shot, (), ())
    assert with_keys(shot, (1,), ()).keys == (), "it is made of a seed again"
    assert for_plate(shot, "/b/a/p.####.exr").output.matte == "/b/m/m.####.exr"
