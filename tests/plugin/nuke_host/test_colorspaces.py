"""A Read's colour space in names that the worker knows."""

from __future__ import annotations

import pytest

from stfam.core.media.colour import check_colorspace


def of(nuke, label, management="Nuke", raw=False):
    from stfam.plugin.nuke_host.colorspaces import of_read

    nuke.root()["colorManagement"].setValue(management)
    read = nuke.createNode("Read")
    read["colorspace"].setValue(label)
    read["raw"].setValue(raw)
    return of_read(read)


@pytest.mark.parametrize(
    ("management", "label", "raw", "space"),
    [
        ("Nuke", "default", False, None),
        ("Nuke", "default (linear)", False, "Linear Rec.709 (sRGB)"),
        ("Nuke", "default (sRGB)", False, "sRGB - Texture"),
        ("Nuke", "Gamma2.2", False, "g22_rec709"),
        ("OCIO", "default (scene_linear)", False, "scene_linear"),
        ("OCIO", "default (sRGB)", False, "sRGB - Texture"),
        ("OCIO", "ACES - ACEScg", False, "ACES - ACEScg"),
        ("OCIO", "scene_linear (ACES - ACEScg)", False, "ACES - ACEScg"),
        ("OCIO", "Utility - sRGB - Texture", False, "Utility - sRGB - Texture"),
        ("Nuke", "sRGB", True, "Linear Rec.709 (sRGB)"),
    ],
)
def test_the_read_s_space_has_a_name(nuke, management, label, raw, space):
    found = of(nuke, label, management, raw)
    assert found == space and (space is None or check_colorspace(space))


@pytest.mark.parametrize(
    ("management", "label"), [("Nuke", "AlexaV3LogC"), ("Nuke", "rec709"), ("OCIO", "Input - ARRI - V3 LogC (EI800)")]
)
def test_a_space_that_stfam_does_not_know_is_nuke_s_to_convert(nuke, management, label):
    from stfam.plugin.nuke_host.colorspaces import UnknownSpaceError

    with pytest.raises(UnknownSpaceError):
        of(nuke, label, management)


def test_with_a_configuration_of_its_own_every_name_counts(nuke, monkeypatch):
    monkeypatch.setenv("OCIO", "/show/config.ocio")
    assert of(nuke, "Camera - Show Log", "OCIO") == "Camera - Show Log"


@pytest.mark.parametrize(
    ("management", "label", "space"),
    [
        ("Nuke", "linear", "Linear Rec.709 (sRGB)"),
        ("OCIO", "scene_linear", "scene_linear"),
        ("OCIO", "scene_linear (ACES - ACEScg)", "ACES - ACEScg"),
        ("OCIO", "ACES - ACES2065-1", "ACES - ACES2065-1"),
        ("OCIO", "linear", "Linear Rec.709 (sRGB)"),
    ],
)
def test_the_project_s_working_space_is_that_of_raw_values(nuke, management, label, space):
    from stfam.plugin.nuke_host.colorspaces import working_space

    nuke.root()["workingSpaceLUT"].setValue(label)
    assert of(nuke, "sRGB", management, raw=True) == working_space() == space and check_colorspace(space)


def test_a_working_space_that_stfam_does_not_know_is_refused(nuke, node, monkeypatch):
    from stfam.plugin.host.interface import HostError
    from stfam.plugin.nuke_host.host import NukeHost

    nuke.root()["colorManagement"].setValue("OCIO")
    nuke.root()["workingSpaceLUT"].setValue("Show - Linear")
    node.input(0)["raw"].setValue(True)
    with pytest.raises(HostError, match=r"working space is Show - Linear, .* Start Nuke with \$OCIO set"):
        NukeHost(node).plate()
    node["stfam_version_up"].execute()
    monkeypatch.setenv("OCIO", "/show/config.ocio")
    assert NukeHost(node).plate().colorspace == "Show - Linear"


def test_every_built_in_name_is_one_of_the_worker_s(nuke):
    from stfam.plugin.nuke_host import colorspaces

    for name in (*colorspaces.BUILT_IN, *colorspaces.NUKE_OWN.values(), "scene_linear"):
        assert check_colorspace(name)
