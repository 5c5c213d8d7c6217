"""The real Blender: these tests run where `bpy` is (`make test-blender`), with the worker in another environment."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent

collect_ignore_glob = [] if importlib.util.find_spec("bpy") else ["test_*.py"]


def stfam_python() -> str:
    """Python of the environment that holds stfam."""
    return str(Path(os.environ["STFAM_ENV"]) / "bin" / "python")


@dataclass(frozen=True)
class Matted:
    """A plate from 1001 on with a trimap a frame, and the mattes and foregrounds that stfam made of it."""

    folder: Path
    first: int
    count: int

    @property
    def frames(self) -> range:
        return range(self.first, self.first + self.count)

    @property
    def plate(self) -> str:
        return str(self.folder / "plate.####.exr")

    @property
    def matte(self) -> str:
        return str(self.folder / "out" / "matte.####.exr")

    @property
    def foreground(self) -> str:
        return str(self.folder / "fg" / "fg.####.exr")

    def plate_file(self, frame: int) -> str:
        return self.plate.replace("####", f"{frame:04d}")

    def matte_file(self, frame: int) -> str:
        return self.matte.replace("####", f"{frame:04d}")

    def difference(self, render: Path, colour: str, frame: int, how: str = "multiply") -> float:
        """The largest difference of a render from `colour`, cut out by the frame's matte."""
        script = str(HERE / "largest_difference.py")
        command = [stfam_python(), script, str(render), colour, self.matte_file(frame), how]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def write_plates(folder: Path, first: int, count: int) -> None:
    folder.mkdir(exist_ok=True)
    subprocess.run([stfam_python(), str(HERE / "plates.py"), str(folder), str(first), str(count)], check=True)


@pytest.fixture(scope="session")
def matted(tmp_path_factory: pytest.TempPathFactory) -> Matted:
    """Rendered once; tests read it."""
    made = Matted(tmp_path_factory.mktemp("shot"), 1001, 5)
    write_plates(made.folder, made.first, made.count)
    keys = ["--keys", f"{made.folder}/trimap.####.png"]
    render = [stfam_python(), "-m", "stfam.plugin.cli", "render", made.plate, *keys, "--out", made.matte]
    subprocess.run([*render, "--foreground", made.foreground, "--window", "0", "--device", "cpu"], check=True)
    return made


@pytest.fixture(scope="session")
def make_plates():
    """A function that writes plates and trimaps: folder, first, count."""
    return write_plates


@pytest.fixture(scope="session")
def run_in_stfam():
    """A function that runs a script with arguments in the environment that holds stfam."""

    def run(script: str, *arguments: str) -> None:
        subprocess.run([stfam_python(), "-c", script, *arguments], check=True)

    return run


@pytest.fixture(scope="session")
def names_of_5_0() -> None:
    """Tests write what Blender 5.0 calls the strips and the compositor of a scene; 4.2 to 4.5 learn these names."""
    import bpy

    if bpy.app.version < (4, 4):
        for holder in (bpy.types.SequenceEditor, bpy.types.MetaSequence):
            holder.strips = property(lambda of: of.sequences)
    if bpy.app.version < (5, 0):
        bpy.types.Scene.compositing_node_group = property(lambda scene: scene.node_tree)


@pytest.fixture
def blender(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lent_workers: None, names_of_5_0: None):
    """An empty file with the add-on registered; the add-on is gone and its worker ended afterwards."""
    import bpy

    from stfam.plugin.blender_host import registration

    monkeypatch.setenv("STFAM_CACHE", str(tmp_path / "cache"))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    registration.register()
    scene: Any = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = 96, 64
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.render.image_settings.color_mode = "RGBA"
    scene.render.image_settings.color_depth = "32"
    yield bpy
    registration.unregister()


@pytest.fixture
def sequence(blender: Any, matted: Matted):
    """The plate as an image datablock of the source Image Sequence."""
    image = blender.data.images.load(matted.plate_file(1001))
    image.source = "SEQUENCE"
    image.name = "plate"
    return image


@pytest.fixture
def render(blender: Any, tmp_path: Path):
    """A function that renders the scene at a frame and returns the file."""

    def rendered(frame: int) -> Path:
        path = tmp_path / f"render.{frame}.exr"
        blender.context.scene.frame_set(frame)
        blender.context.scene.render.filepath = str(path)
        blender.ops.render.render(write_still=True)
        return path

    return rendered


@pytest.fixture
def alpha(render: Any):
    """A function that renders the scene at a frame and returns its alpha, row by row from below."""
    import bpy
    import numpy

    def of(frame: int, channel: int = 3) -> Any:
        image = bpy.data.images.load(str(render(frame)), check_existing=False)
        pixels = numpy.array(image.pixels[:]).reshape(image.size[1], image.size[0], 4)
        bpy.data.images.remove(image)
        return pixels[..., channel]

    return of


@pytest.fixture
def opened_result(blender: Any, matted: Matted):
    """A function that looks at a plate as opening it does, and returns one that imports its mattes."""
    from stfam.core.frame_range import FrameRange
    from stfam.core.shot import Output, Shot
    from stfam.plugin.blender_host.host import BlenderHost
    from stfam.plugin.host.interface import Placement

    def opened(kind: str, name: str, frames: str = "1001-1005", matte: str = "", scene: str = "", **output: Any):
        host = BlenderHost(kind, name, scene)
        plate = host.plate()
        shot = Shot(plate.spec, Output(matte or matted.matte, **output))
        return lambda: host.place(Placement(plate, shot, FrameRange.parse(frames)))

    return opened


@pytest.fixture
def strip(blender: Any, matted: Matted):
    """The plate as a strip of the sequencer from frame 10 on."""
    made = blender.context.scene.sequence_editor_create().strips.new_image("shot", matted.plate_file(1001), 2, 10)
    for frame in list(matted.frames)[1:]:
        made.elements.append(f"plate.{frame}.exr")
    return made


@pytest.fixture(scope="session")
def movie_matte(matted: Matted, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A ProRes movie of the mattes of 1002-1004."""
    path = str(tmp_path_factory.mktemp("movie") / "matte.mov")
    keys = ["--keys", f"{matted.folder}/trimap.####.png", "--frames", "1002-1004"]
    render = [stfam_python(), "-m", "stfam.plugin.cli", "render", matted.plate, *keys, "--out", path]
    subprocess.run([*render, "--window", "0", "--device", "cpu"], check=True)
    return path


@pytest.fixture
def roto(blender: Any):
    """A mask whose square stands on the left at frame 1001 and moves right by a tenth of the width a frame."""
    mask = blender.data.masks.new("roto")
    spline = mask.layers.new(name="layer").splines.new()
    spline.use_cyclic = True
    spline.points.add(4 - len(spline.points))
    corners = ((0.1, 0.3), (0.4, 0.3), (0.4, 0.7), (0.1, 0.7))
    for point, corner in zip(spline.points, corners):
        point.co = corner
        point.handle_type = "VECTOR"
    return mask


@pytest.fixture
def opened(blender: Any, sequence: Any, roto: Any, tmp_path: Path) -> Path:
    """The plate open with a key from the mask at 1001."""
    out = str(tmp_path / "out" / "m.####.exr")
    blender.ops.stfam.open_plate(kind="IMAGE", name="plate", window=0, matte=out)
    blender.ops.stfam.add_key(seed="roto", frames="1001", inner=4, outer=4)
    return tmp_path / "out"


@pytest.fixture
def moved(blender: Any, matted: Matted, roto: Any, tmp_path: Path) -> Path:
    """A plate that was opened with a key and then moved on disk."""
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    for frame in matted.frames:
        shutil.copyfile(matted.plate_file(frame), tmp_path / "old" / f"plate.{frame}.exr")
    image = blender.data.images.load(str(tmp_path / "old" / "plate.1001.exr"))
    image.source, image.name = "SEQUENCE", "plate"
    blender.ops.stfam.open_plate(kind="IMAGE", name="plate", window=0)
    blender.ops.stfam.add_key(seed="roto", frames="1001")
    for file in (tmp_path / "old").iterdir():
        shutil.move(file, tmp_path / "new" / file.name)
    return tmp_path / "new" / "plate.1001.exr"
