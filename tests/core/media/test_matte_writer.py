"""Files that come out: what they hold, and that they are whole or not there."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest

from stfam.core.errors import OutputError, UnreadableFrameError, UsageError, WriteError
from stfam.core.media.frame_meta import FrameMeta
from stfam.core.media.image_file import LINEAR, check_end, read_image, read_meta
from stfam.core.media.matte_writer import COMPRESSIONS, prepare_folder, write_foreground, write_matte, write_trimap
from stfam.core.media.readback import read_back, recorded

from .conftest import gradient

META = FrameMeta((4, 2, 30, 20), (0, 0, 40, 24), 2.0, Fraction(24000, 1001), (0x01020304, 0), LINEAR)
PLAIN = FrameMeta((0, 0, 40, 24), (0, 0, 40, 24))


def _alpha() -> np.ndarray:
    alpha = np.random.default_rng(1).random((24, 40)).astype(np.float32)
    alpha[:, :10], alpha[:, 30:] = 0, 1
    return alpha


def _raw(path: Path) -> tuple[oiio.ImageSpec, np.ndarray]:
    given = oiio.ImageInput.open(str(path))
    spec = given.spec()
    pixels = given.read_image(oiio.FLOAT)
    given.close()
    return spec, pixels


def test_an_exr_matte_is_the_plates_frame(tmp_path: Path) -> None:
    path = tmp_path / "mätte.1001.exr"
    write_matte(path, _alpha(), META, record="abc")
    spec, pixels = _raw(path)
    assert str(spec.format) == "half"
    assert spec.channelnames == ("R", "G", "B", "A")
    assert spec.getattribute("oiio:ColorSpace") == "data"
    assert spec.getattribute("compression") == "zip"
    assert (spec.x, spec.y, spec.width, spec.height) == META.data_window
    assert (spec.full_x, spec.full_y, spec.full_width, spec.full_height) == META.display_window
    assert spec.getattribute("PixelAspectRatio") == 2.0
    assert spec.getattribute("FramesPerSecond") == (24000, 1001)
    assert tuple(spec.getattribute("smpte:TimeCode")) == (0x01020304, 0)
    assert (spec.getattribute("Software"), spec.getattribute("stfam:hash")) == ("stfam", "abc")
    assert (pixels == pixels[..., :1]).all()
    assert np.abs(pixels[..., 0] - _alpha()[2:22, 4:34]).max() < 1e-3
    assert set(np.unique(pixels[:, :6])) == {0}
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_overscan_repeats_the_edge(tmp_path: Path) -> None:
    write_matte(tmp_path / "a.exr", _alpha(), replace(META, data_window=(-5, -3, 60, 40)))
    _, pixels = _raw(tmp_path / "a.exr")
    assert pixels.shape == (40, 60, 4)
    assert (pixels[3:27, 45:, 0] == 1).all()
    assert (pixels[3:27, :5, 0] == 0).all()


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_compressions(tmp_path: Path, compression: str) -> None:
    write_matte(tmp_path / "a.exr", _alpha(), PLAIN, compression=compression)
    spec, pixels = _raw(tmp_path / "a.exr")
    assert spec.getattribute("compression").startswith(compression)
    assert np.abs(pixels[..., 3] - _alpha()).mean() < (0.03 if compression.startswith(("b44", "dwa")) else 5e-4)


def test_an_unknown_compression_or_format(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'lzw' is unknown; there are none, rle"):
        write_matte(tmp_path / "a.exr", _alpha(), PLAIN, compression="lzw")
    with pytest.raises(UsageError, match=r"a\.bmp"):
        write_matte(tmp_path / "a.bmp", _alpha(), PLAIN)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bit_mattes(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    write_matte(path, _alpha(), PLAIN, record="abc")
    spec, _ = _raw(path)
    assert str(spec.format) == "uint16"
    assert np.abs(read_image(path).pixels[..., 0] - _alpha()).max() < 1e-4
    assert np.abs(read_image(path, alpha=True).pixels[..., 0] - _alpha()).max() < 1e-4
    assert recorded(path) == "abc"


@pytest.mark.parametrize("window", [(4, 2, 30, 20), (-5, -3, 60, 40), (20, -4, 40, 20)], ids=["in", "over", "across"])
@pytest.mark.parametrize("origin", [(0, 0), (7, 3)], ids=["at zero", "moved"])
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_a_format_without_windows_holds_the_canvas_clear_outside_the_data_window(
    tmp_path: Path, suffix: str, origin: tuple[int, int], window: tuple[int, int, int, int]
) -> None:
    (left, top), (x, y, width, height) = origin, window
    meta = replace(META, data_window=(x + left, y + top, width, height), display_window=(left, top, 40, 24))
    inside = np.zeros((24, 40), bool)
    inside[max(y, 0) : y + height, max(x, 0) : x + width] = True
    alpha, colours = np.full((24, 40), 0.5, np.float32), np.full((24, 40, 3), 0.25, np.float32)
    write_matte(tmp_path / f"m.{suffix}", alpha, meta, record="abc")
    write_foreground(tmp_path / f"f.{suffix}", colours, alpha, meta, record="abc")
    for name, colour in ((f"m.{suffix}", 0.5), (f"f.{suffix}", 0.25)):
        file, clear = read_image(tmp_path / name), read_image(tmp_path / name, alpha=True)
        assert file.meta.data_window == file.meta.display_window == (0, 0, 40, 24)
        assert np.abs(file.pixels - colour * inside[..., None]).max() < 1e-4
        assert np.abs(clear.pixels[..., 0] - 0.5 * inside).max() < 1e-4
        assert file.record == "abc"


def test_equal_mattes_are_equal_files(tmp_path: Path) -> None:
    code = textwrap.dedent("""
        import sys, numpy as np
        from pathlib import Path
        from stfam.core.media.frame_meta import FrameMeta
        from stfam.core.media.matte_writer import write_matte, write_trimap
        folder, meta = Path(sys.argv[1]), FrameMeta((0, 0, 8, 8), (0, 0, 8, 8))
        for name in ("a.exr", "a.tif"):
            write_matte(folder / name, np.full((8, 8), 0.5, np.float32), meta, record="x")
        write_trimap(folder / "t.tif", np.zeros((8, 8), np.uint8))
    """)
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        subprocess.run([sys.executable, "-c", code, str(tmp_path / name)], check=True)
    for name in ("a.exr", "a.tif", "t.tif"):
        assert b"DateTime" not in (tmp_path / "first" / name).read_bytes()
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


@pytest.mark.parametrize("premultiplied", [False, True], ids=["straight", "premultiplied"])
@pytest.mark.parametrize("suffix", ["exr", "tif"])
def test_foregrounds(tmp_path: Path, suffix: str, premultiplied: bool) -> None:
    colours = gradient(24, 40) * (10 if suffix == "exr" else 0.25) + (0 if suffix == "exr" else 0.2)
    path = tmp_path / f"f.{suffix}"
    meta = replace(PLAIN, colorspace=LINEAR)
    write_foreground(path, colours, _alpha(), meta, premultiplied=premultiplied, record="abc")
    expected = colours * _alpha()[..., None] if premultiplied else colours
    assert np.abs(read_image(path).pixels - expected).max() < (0.02 if suffix == "exr" else 1e-4)
    assert np.abs(read_image(path, alpha=True).pixels[..., 0] - _alpha()).max() < 1e-3
    if suffix == "exr":
        spec, pixels = _raw(path)
        assert spec.getattribute("stfam:alpha") == ("premultiplied" if premultiplied else "straight")
        assert pixels[..., :3].max() > 10
        assert pixels[..., :3].min() < -1
        assert read_meta(path).colorspace == LINEAR


def test_a_foreground_names_its_space_whatever_that_is(tmp_path: Path) -> None:
    write_foreground(tmp_path / "f.exr", gradient(24, 40), _alpha(), replace(PLAIN, colorspace="KodakLog"))
    assert _raw(tmp_path / "f.exr")[0].getattribute("stfam:colorspace") == "KodakLog"


def test_what_half_floats_cannot_hold_stays_finite(tmp_path: Path) -> None:
    for value in (1e6, -1e6):
        write_foreground(tmp_path / "f.exr", np.full((24, 40, 3), value, np.float32), _alpha(), PLAIN)
        assert (read_image(tmp_path / "f.exr").pixels == np.sign(value) * 65504).all()


def test_a_png_holds_no_premultiplied_colour(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="straight colour only"):
        write_foreground(tmp_path / "f.png", gradient(24, 40), _alpha(), PLAIN, premultiplied=True)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_not_written(tmp_path: Path, value: float) -> None:
    broken = _alpha()
    broken[3, 5] = value
    with pytest.raises(WriteError, match=r"a\.exr was not written.*not finite"):
        write_matte(tmp_path / "a.exr", broken, META)
    for colours, alpha in ((np.dstack([broken] * 3), _alpha()), (gradient(24, 40), broken)):
        with pytest.raises(WriteError, match="not finite"):
            write_foreground(tmp_path / "f.exr", colours, alpha, META)
    assert not list(tmp_path.iterdir())


def test_a_name_that_is_too_long_is_said(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="could not be written"):
        write_matte(tmp_path / f"{'n' * 300}.exr", _alpha(), META)


def test_read_back(tmp_path: Path) -> None:
    path = tmp_path / "a.exr"
    assert read_back(path) is None
    write_matte(path, _alpha(), META, record="abc")
    written = read_back(path)
    assert written is not None
    assert (written.size, written.record, written.finite) == ((20, 30), "abc", True)
    assert recorded(path) == "abc"


@pytest.mark.parametrize("name", ["none.exr", "zip.exr", "dwaa.exr", "piz.exr", "a.png", "a.tif"])
def test_a_file_cut_off_does_not_read_back(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_matte(path, _alpha(), PLAIN, compression=path.stem if path.suffix == ".exr" else "zip")
    check_end(path)
    whole = path.read_bytes()
    for left in (0, 10, len(whole) // 2, len(whole) - 1) if path.suffix == ".exr" else (0, 10, len(whole) // 2):
        path.write_bytes(whole[:left])
        assert read_back(path) is None
        with pytest.raises(UnreadableFrameError):
            check_end(path)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit on file sizes there")
@pytest.mark.parametrize("suffix", ["exr", "png", "tif"])
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, suffix: str) -> None:
    code = textwrap.dedent("""
        import resource, signal, sys, numpy as np
        from pathlib import Path
        from stfam.core.errors import WriteError
        from stfam.core.media.frame_meta import FrameMeta
        from stfam.core.media.matte_writer import write_matte
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
        window = (0, 0, 300, 200)
        noise = np.random.default_rng(0).random((200, 300)).astype(np.float32)
        try:
            write_matte(Path(sys.argv[1]), noise, FrameMeta(window, window))
        except WriteError as error:
            print(error.exit_status, error)
    """)
    path = tmp_path / f"a.{suffix}"
    result = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert result.stdout.startswith("6 "), result
    assert str(path) in result.stdout and ".stfam-" not in result.stdout and "disk may be full" in result.stdout
    assert result.stdout.endswith(".\n") and ".." not in result.stdout and result.stdout.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_an_output_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written to") as caught:
        prepare_folder(tmp_path / "file" / "below")
    assert caught.value.exit_status == 2
    prepare_folder(tmp_path / "new" / "földer")
    assert list((tmp_path / "new" / "földer").iterdir()) == []


def test_a_file_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    path = tmp_path / f"{'a' * 245}.png"  # longer with what the temporary name begins with
    with pytest.raises(WriteError, match=r"aa\.png could not be written: File name too long\.$"):
        write_trimap(path, np.zeros((4, 6), np.uint8))
