"""Plates as the network sees them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stfam.core.errors import InputError, UsageError
from stfam.core.media.colour import check_colorspace, configuration_identity, to_network
from stfam.core.media.image_file import DISPLAY, KODAK_LOG, LINEAR

from .conftest import gradient


def _srgb(linear: np.ndarray) -> np.ndarray:
    """The sRGB transfer function, from its standard."""
    linear = linear.clip(0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def test_linear_is_encoded_by_the_standards_curve() -> None:
    image = gradient()
    kept = image.copy()
    assert np.abs(to_network(image, LINEAR) - _srgb(image)).max() < 2e-3
    assert np.array_equal(image, kept)


@pytest.mark.parametrize("space", [DISPLAY, "raw", "data"])
def test_display_and_raw_are_only_clipped(space: str) -> None:
    assert np.array_equal(to_network(gradient(), space), gradient().clip(0, 1))


def test_acescg_grey_stays_grey_and_its_red_is_outside() -> None:
    assert to_network(np.full((1, 1, 3), 0.18, np.float32), "ACEScg") == pytest.approx(0.4614, abs=1e-3)
    assert tuple(to_network(np.array([[[1, 0, 0]]], np.float32), "ACEScg")[0, 0]) == pytest.approx((1, 0, 0))


def test_film_scans_have_black_and_white_at_their_codes() -> None:
    codes = np.array([95, 685, 470], np.float32)[None, :, None].repeat(3, 2) / 1023
    seen = to_network(codes, KODAK_LOG)[0, :, 0]
    assert seen[:2] == pytest.approx([0, 1], abs=1e-4)
    assert seen[2] == pytest.approx(float(_srgb(np.array((10 ** (-215 / 300) - 0.0108) / 0.9892))), abs=2e-3)


def test_other_names_of_a_space() -> None:
    assert check_colorspace("lin_ap1_scene") == "ACEScg"
    with pytest.raises(UsageError, match=r"'ACEScx' is unknown.*plate's own.*ACEScg"):
        check_colorspace("ACEScx")


STUDIO = """ocio_profile_version: 2
roles: {default: lin, scene_linear: lin, color_picking: display, cie_xyz_d65_interchange: lin}
file_rules: [!<Rule> {name: Default, colorspace: default}]
displays: {d: [!<View> {name: v, colorspace: display}]}
active_displays: []
active_views: []
colorspaces:
  - !<ColorSpace> {name: lin}
  - !<ColorSpace>
    name: display
    from_scene_reference: !<ExponentTransform> {value: 2}
"""


def test_the_studios_configuration_is_honoured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cönfig.ocio").write_text(STUDIO, "utf-8")
    monkeypatch.setenv("OCIO", str(tmp_path / "cönfig.ocio"))
    assert check_colorspace(LINEAR) == "lin"
    assert to_network(np.full((1, 1, 3), 0.5, np.float32), LINEAR) == pytest.approx(0.25, abs=1e-4)


def test_a_configuration_that_was_changed_is_read_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config.ocio"
    monkeypatch.setenv("OCIO", str(config))
    for power, seen in ((2, 0.25), (30, 0.5**30)):
        config.write_text(STUDIO.replace("value: 2", f"value: {power}"))
        assert to_network(np.full((1, 1, 3), 0.5, np.float32), LINEAR) == pytest.approx(seen, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "words"),
    [("none.ocio", r"none\.ocio"), (".", "directory"), ("n" * 300, "name too long"), ("\udcff.ocio", "no UTF-8 text")],
    ids=["missing", "folder", "long", "other encoding"],
)  # fmt: skip
def test_a_configuration_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    monkeypatch.setenv("OCIO", str(tmp_path / name))
    with pytest.raises(InputError, match=rf"\$OCIO names .*{words}.*(?<!\.)\. Mend it"):
        to_network(gradient(), LINEAR)


def test_a_configuration_is_known_by_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def identity(named: Path | str) -> str:
        monkeypatch.setenv("OCIO", str(named))
        return configuration_identity()

    monkeypatch.delenv("OCIO", raising=False)
    assert configuration_identity() == ""
    one, same, other = (tmp_path / f"{name}.ocio" for name in ("one", "same", "other"))
    for path, text in ((one, "a"), (same, "a"), (other, "b")):
        path.write_text(text)
    assert identity(one) == identity(same) != identity(other)
    assert identity("ocio://default") == "ocio://default"
    before = identity(one)
    one.write_text("changed")
    assert identity(one) != before
