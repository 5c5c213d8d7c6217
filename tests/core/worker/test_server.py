from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stfam.core.worker.client import WorkerError
from stfam.core.worker.messages import (
    AdjustTrimap,
    Cancel,
    Configure,
    Estimate,
    Export,
    Frame,
    Matte,
    Open,
    Pixel,
    Playhead,
    Propagate,
    RemoveKey,
    SetKey,
    Status,
    TrimapFrom,
)

EVENT_FIELDS = {
    "progress": {"done", "total", "seconds_left"},
    "frame_done": {"frame", "stage"},
    "frame_failed": {"frame", "message", "kind"},
    "device": {"text", "name", "fallback"},
    "warning": {"text"},
}
"""As docs/worker-protocol.md has them."""


def picture(answer) -> np.ndarray:
    channels = {"rgb32": 4, "gray8": 1, "index8": 1}[answer["format"]]
    raw = np.fromfile(answer["path"], np.uint8).reshape(answer["height"], answer["stride"])
    return raw[:, : answer["width"] * channels].reshape(answer["height"], answer["width"], channels)


def test_open_describes_the_plate(worker, open_shot, make_shot_folder):
    client = worker()
    answer = open_shot(client, make_shot_folder(count=3), keys=(1001,))
    assert answer["plate"] | {"colorspace": ""} == {
        "frames": "1001-1003", "width": 96, "height": 64, "fps": pytest.approx(23.976, abs=1e-3), "pixel_aspect": 1.5,
        "colorspace": "", "steady": True,
    }  # fmt: skip
    status = client.call(Status(), 240)["status"]
    assert status["trimap"] == {"fresh": "1001", "missing": "1002-1003"}
    assert status["matte"] == {"missing": "1001-1003"}


def test_a_plate_that_is_not_there_is_an_input_error(worker, tmp_path):
    shot = {"stfam": 1, "plate": str(tmp_path / "gone.####.exr"), "output": {"matte": ""}}
    with pytest.raises(WorkerError) as error:
        worker().call(Open(shot, str(tmp_path / "cache")), 240)
    assert error.value.failure.exit_status == 3


def test_plate_pictures_halve_with_each_level_and_are_written_once(worker, open_shot, make_shot_folder):
    client = worker()
    open_shot(client, make_shot_folder(count=2))
    whole = client.call(Frame(1001), 240)
    half = client.call(Frame(1001, level=1), 240)
    assert picture(whole).shape == (64, 96, 4) and picture(half).shape == (32, 48, 4)
    assert abs(picture(whole).mean((0, 1)) - picture(half).mean((0, 1))).max() < 2
    stamp = Path(whole["path"]).stat().st_mtime_ns
    assert client.call(Frame(1001), 240) == whole and Path(whole["path"]).stat().st_mtime_ns == stamp


def test_a_key_that_is_refused_leaves_the_others_as_they_were(worker, open_shot, make_shot_folder):
    folder = make_shot_folder(count=3)
    client = worker()
    open_shot(client, folder, keys=(1001,))
    with pytest.raises(WorkerError, match="keyframe 1002 is missing"):
        client.call(SetKey(1002, "nowhere.png"), 240)
    client.call(SetKey(1003, str(folder.trimap_file(1003))), 240)
    assert client.call(Status(), 240)["status"]["trimap"]["fresh"] == "1001,1003"


def test_what_makes_no_sense_is_refused_and_the_worker_goes_on(worker, open_shot, make_shot_folder):
    client = worker()
    with pytest.raises(WorkerError, match="cache folder"):
        client.call(Open({"stfam": 1, "plate": "p.####.exr", "output": {"matte": ""}}, ""), 240)
    with pytest.raises(WorkerError):
        client.call(Open({"stfam": 1, "plate": "\ud800.####.exr", "output": {"matte": ""}}, "cache"), 240)
    open_shot(client, make_shot_folder(count=1))
    with pytest.raises(WorkerError, match="no level -1"):
        client.call(Frame(1001, level=-1), 240)
    assert picture(client.call(Frame(1001), 240)).any()


def test_an_unreadable_frame_fails_alone(worker, open_shot, make_shot_folder):
    folder = make_shot_folder(count=3)
    client = worker()
    open_shot(client, folder)
    folder.plate_file(1002).write_bytes(b"not an image")
    with pytest.raises(WorkerError, match="cannot be read"):
        client.call(Frame(1002), 240)
    assert picture(client.call(Frame(1003), 240)).any()


def test_frames_that_the_plate_lacks_fail_alone(worker, open_shot, make_shot_folder):
    events, folder = [], make_shot_folder(count=3)
    client = worker(on_event=events.append)
    open_shot(client, folder, keys=(1001,))
    client.call(Playhead(1002), 30)
    folder.plate_file(1003).unlink()  # the others it never had
    for request in (Propagate("999-1003"), Matte("999-1003")):
        events.clear()
        assert client.call(request, 240) == {"done": 2, "failed": 3}
        told = {event.data["frame"]: event for event in events if event.event in ("frame_done", "frame_failed")}
        assert all(set(event.data) == EVENT_FIELDS[event.event] for event in events)
        assert [frame for frame in sorted(told) if told[frame].event == "frame_done"] == [1001, 1002]
        assert told[1003].data["message"].endswith("plate.####.exr has no frame 1003.")
        with pytest.raises(WorkerError, match="'1005-1006' names no frame of .*, which has 1001-1002"):
            client.call(replace(request, frames="1005-1006"), 240)


def test_matting_a_range_gives_every_layer_and_export_recomputes_nothing(worker, open_shot, make_shot_folder):
    folder, events = make_shot_folder(count=4), []
    client = worker(on_event=events.append)
    open_shot(client, folder, keys=(1001,))
    client.call(Playhead(1003), 240)
    assert client.call(Matte("1001-1004"), 240) == {"done": 4, "failed": 0}
    stages = [(event.data["frame"], event.data["stage"]) for event in events if event.event == "frame_done"]
    assert stages[0] == (1003, "preview")
    assert next(frame for frame, stage in stages if stage == "matte") == 1003
    assert {frame for frame, stage in stages if stage == "matte"} == {1001, 1002, 1003, 1004}
    progress = [event.data for event in events if event.event == "progress"]
    assert progress[-1]["done"] == progress[-1]["total"] == 7 and progress[-1]["seconds_left"] == 0
    for layer in ("trimap", "alpha", "foreground", "comp", "edge"):
        answer = client.call(Frame(1003, layer), 240)
        assert picture(answer).any() and not answer["stale"] and not answer["proxy"]
    grey = picture(client.call(Frame(1003, "comp", 0, "#808080"), 240))
    assert tuple(grey[0, 0, :3]) == (128, 128, 128)
    values = client.call(Pixel(1003, 0, 0), 240)
    assert values["alpha"] == 0.0 and values["trimap"] == 0 and len(values["plate"]) == 3
    assert client.call(Estimate("990-1009"), 240)["seconds"] == 0
    assert client.call(Export("1001-1004"), 240) == {"written": 4, "failed": 0, "matte": folder.out}
    assert all(folder.matte_file(frame).is_file() for frame in folder.frames)


def test_a_changed_key_makes_its_span_stale_and_leaves_the_rest(worker, open_shot, make_shot_folder):
    folder = make_shot_folder(count=20)
    client = worker()
    open_shot(client, folder, keys=(1001, 1011, 1020))
    client.call(Propagate("1001-1020"), 240)
    assert client.call(Status(), 240)["status"]["trimap"] == {"fresh": "1001-1020"}
    client.call(SetKey(1020, str(folder.trimap_file(1018))), 240)
    trimap = client.call(Status(), 240)["status"]["trimap"]
    assert _frames(trimap["stale"]) == set(range(1015, 1020)) and 1020 in _frames(trimap["fresh"])
    client.call(RemoveKey(1001), 240)
    assert 1001 in _frames(client.call(Status(), 240)["status"]["trimap"]["stale"])


def test_a_job_is_cancelled_within_a_frame_and_finished_frames_stay(worker, open_shot, make_shot_folder):
    folder, first = make_shot_folder(count=24), threading.Event()
    client = worker(on_event=lambda event: event.event == "frame_done" and first.set())
    open_shot(client, folder, keys=(1001,))
    job, future = client.send(Matte("1001-1024", preview=False))
    assert first.wait(240)
    assert client.call(Cancel(job), 240) == {"cancelled": True}
    with pytest.raises(WorkerError) as error:
        future.result(240)
    assert error.value.failure.kind == "Cancelled" and error.value.failure.exit_status == 130
    status = client.call(Status(), 240)["status"]
    fresh = _frames(status["matte"]["fresh"])
    assert 1001 in fresh and len(fresh) < 24, "the playhead's frame, which stands on a key, is matted first"
    assert client.call(Cancel(job), 240) == {"cancelled": False}


def test_a_trimap_from_a_mask_and_its_band_grown(worker, open_shot, make_shot_folder, tmp_path):
    import OpenImageIO as oiio

    mask = np.zeros((64, 96, 1), np.uint8)
    mask[16:48, 30:60] = 255
    output = oiio.ImageOutput.create(str(tmp_path / "mask.png"))
    assert output.open(str(tmp_path / "mask.png"), oiio.ImageSpec(96, 64, 1, oiio.UINT8))
    assert output.write_image(mask)
    output.close()
    client = worker()
    open_shot(client, make_shot_folder(count=1))
    made = client.call(TrimapFrom(str(tmp_path / "mask.png"), 4, 6), 240)["path"]
    before = _image(made)
    assert set(np.unique(before)) == {0, 128, 255} and before[32, 45] == 255 and before[32, 28] == 128
    after = _image(client.call(AdjustTrimap(made, 3), 240)["path"])
    assert (after == 128).sum() > (before == 128).sum()
    narrow = _image(client.call(AdjustTrimap(made, -2), 240)["path"])
    assert (narrow == 128).sum() < (before == 128).sum()


def test_equal_trimaps_that_are_asked_for_at_once_are_written_one_after_another(
    worker, open_shot, make_shot_folder, tmp_path
):
    client = worker()
    open_shot(client, make_shot_folder(count=1, size=(512, 768)))
    mask = np.zeros((512, 768))
    for grow in range(1, 7):
        mask[100:400, 100 + grow : 500] = 1
        _write_mask(tmp_path / "mask.exr", mask, full=(768, 512))
        made = client.call(TrimapFrom(str(tmp_path / "mask.exr"), 4, 6), 240)["path"]
        asked = [client.send(AdjustTrimap(made, grow))[1] for _ in range(4)]
        assert len({future.result(240)["path"] for future in asked}) == 1


def _write_mask(path, mask, x=0, y=0, full=(96, 64)):
    """A mask with its data window at (x, y) of a display window."""
    import OpenImageIO as oiio

    spec = oiio.ImageSpec(mask.shape[1], mask.shape[0], 1, oiio.HALF)
    spec.x, spec.y, spec.full_width, spec.full_height = x, y, *full
    output = oiio.ImageOutput.create(str(path))
    assert output.open(str(path), spec) and output.write_image(mask.astype(np.float32)[..., None])
    output.close()


def test_a_mask_lies_where_its_data_window_says(worker, open_shot, make_shot_folder, tmp_path):
    mask = np.zeros((40, 50))
    mask[4:-4, 4:-4] = 1
    _write_mask(tmp_path / "mask.exr", mask, x=30, y=10)
    client = worker()
    open_shot(client, make_shot_folder(count=1))
    trimap = _image(client.call(TrimapFrom(str(tmp_path / "mask.exr"), 2, 2), 240)["path"])
    rows, columns = np.nonzero(trimap == 255)
    assert trimap.shape == (64, 96)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (16, 43, 36, 73)


def test_a_mask_of_a_data_windows_size_lies_in_that_of_its_frame(worker, open_shot, make_shot_folder, tmp_path):
    mask = np.zeros((40, 50))
    mask[4:-4, 4:-4] = 1
    _write_mask(tmp_path / "mask.exr", mask, full=(50, 40))
    folder = make_shot_folder(count=2)
    for frame, x in zip(folder.frames, (0, 30)):
        _write_mask(folder.plate_file(frame), mask, x=x, y=10)
    client = worker()
    open_shot(client, folder)
    for frame, left in zip(folder.frames, (6, 36)):
        made = client.call(TrimapFrom(str(tmp_path / "mask.exr"), 2, 2, frame), 240)["path"]
        assert np.nonzero(_image(made) == 255)[1].min() == left


@pytest.mark.parametrize("kind", ["trimap", "mask"])
def test_a_key_image_of_another_size_is_refused(worker, open_shot, make_shot_folder, tmp_path, kind):
    image = np.zeros((100, 160))
    image[30:70, 40:90] = 1
    if kind == "trimap":
        image[28:30, 40:90] = 128 / 255
    _write_mask(tmp_path / "key.exr", image, full=(160, 100))
    client = worker()
    open_shot(client, make_shot_folder(count=1))
    with pytest.raises(WorkerError, match=r"key\.exr is 160x100, but the plate is 96x64\. Make it at the plate's size"):
        client.call(TrimapFrom(str(tmp_path / "key.exr"), 4, 6), 240)


def test_configure_says_what_changed(worker, open_shot, make_shot_folder):
    folder = make_shot_folder(count=2)
    client = worker()
    open_shot(client, folder)
    shot = {"stfam": 1, "plate": folder.plate, "output": {"matte": ""}, "settings": {"device": "cpu", "window": 1}}
    refined = client.call(Configure({**shot, "refinement": {"blur": 2.0}}), 240)
    assert refined["refined"] and refined["changed"] == ""
    settings = {"device": "cpu", "window": 0}
    changed = client.call(Configure({**shot, "refinement": {"blur": 2.0}, "settings": settings}), 240)
    assert changed["changed"] == "1001-1002" and not changed["refined"]
    with pytest.raises(WorkerError, match="send `open`"):
        client.call(Configure({**shot, "plate": "/other.####.exr"}), 240)


def test_results_without_a_key_are_stale(worker, open_shot, make_shot_folder):
    folder = make_shot_folder(count=2)
    client = worker()
    open_shot(client, folder, keys=(1001,))
    client.call(Propagate("1001-1002"), 240)
    client.call(RemoveKey(1001), 240)
    assert client.call(Status(), 240)["status"]["trimap"] == {"stale": "1001-1002"}


def _frames(text: str) -> set[int]:
    from stfam.core.frame_range import FrameRange

    return set(FrameRange.parse(text))


def _image(path: str) -> np.ndarray:
    import OpenImageIO as oiio

    return oiio.ImageInput.open(path).read_image(oiio.UINT8)[..., 0]
