"""What `stfam render` would refuse at once, found out before a shot waits for the night."""

from __future__ import annotations

from contextlib import closing

from stfam.core.device_name import device_name
from stfam.core.shot import Shot


def check_shot(shot: Shot, frames: str) -> None:
    """Check keyframes, weights, the names of outputs and device, and that `frames` are the plate's; computes nothing.

    Frames that are missing inside the plate are left to the render: they may be copied still.

    Raises:
        StfamError: as `stfam render` says it.
    """
    from stfam.core.engine.sliding_window import check_window
    from stfam.core.media.plate import open_plate  # image libraries: `queue list` should not wait for them
    from stfam.core.network.weights_files import matting_config, weights_path
    from stfam.core.output_apart import check_apart
    from stfam.core.render_outputs import FOREGROUND, MATTE, TRIMAP, output_files
    from stfam.core.render_passes import check_refinement
    from stfam.core.render_request import clip_frames, keyframe_files, requested_frames

    with closing(open_plate(shot.plate, shot.settings.colorspace)) as plate:
        asked = requested_frames(shot, frames, clip_frames(plate.frames), plate.name)
        keys = keyframe_files(shot, plate)
        check_refinement(shot.refinement)
        device_name(shot.settings.device)
        check_window(shot.settings.window, matting_config(shot.settings.weights).window)
        weights_path(shot.settings.propagation_weights, "propagation")
        files = output_files(shot.output, "render", asked, dict.fromkeys((MATTE, FOREGROUND, TRIMAP), _unrecorded))
        check_apart(files, plate, asked, keys)


def _unrecorded(_frame: int) -> str:
    return ""
