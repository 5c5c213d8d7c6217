"""Whoever asks whether a frame holds reckons its hash as the run does that writes it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import PyOpenColorIO as ocio
import pytest

from stfam.core.render_job import prepare_job
from stfam.core.shot import Refinement
from stfam.core.worker.frame_hashes import frame_hashes
from stfam.core.worker.open_plate import OpenPlate


@pytest.mark.parametrize("configured", [False, True], ids=["no configuration", "a studio's configuration"])
@pytest.mark.parametrize("lost", [False, True], ids=["whole plate", "a frame is gone"])
def test_the_worker_reckons_as_the_run_does(make_shot_folder, tmp_path: Path, monkeypatch, configured, lost) -> None:
    folder = make_shot_folder(4, size=(32, 48))
    if configured:
        config = tmp_path / "studio.ocio"
        config.write_text(ocio.Config.CreateFromBuiltinConfig("cg-config-v2.2.0_aces-v1.3_ocio-v2.4").serialize())
        monkeypatch.setenv("OCIO", str(config))
    if lost:
        folder.plate_file(1003).unlink()
    shot = replace(folder.shot(1001, 1004), refinement=Refinement(blur=1.0))
    job = prepare_job(shot, None, "render", continue_on_error=True)
    seen = frame_hashes(shot, OpenPlate(shot.plate, None))
    assert [seen.trimaps[frame] for frame in folder.frames] == [job.hashes.trimaps[frame] for frame in folder.frames]
    assert [seen.matte(frame) for frame in folder.frames] == [job.hashes.matte(frame) for frame in folder.frames]
