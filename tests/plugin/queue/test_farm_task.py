"""`stfam farm task`: which frames a step does that is told of none, as in the recipes for farms."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from queue_bench import MakeJob

from stfam.core.engine.keyframe_spans import halo
from stfam.core.shot import Shot
from stfam.plugin.queue.farm import task


@pytest.mark.parametrize(
    ("step", "asked", "done"),
    [
        ("propagate", None, "1001-{behind}"),
        ("propagate", "1001-1003", "1001-1003"),
        ("propagate", "1001-1005:2", "1001-1005x2"),
        ("matte", None, "1001-1006"),
        ("check", None, "1001-1006"),
    ],
    ids=str,
)
def test_trimaps_of_the_neighbours_of_a_shots_frames_are_made(
    make_job: MakeJob, tmp_path: Path, step: str, asked: str | None, done: str
) -> None:
    shot = make_job().shot
    for frame in range(1007, 1031):
        Path(shot.plate.replace("####", str(frame))).touch()
    shot.save(tmp_path / "shot.stfam")
    given: list[list[str]] = []

    def command(arguments: list[str]) -> int:
        given.append(arguments)
        return 0

    parser = argparse.ArgumentParser()
    task.add_arguments(parser)
    frames = [f"--frames={asked}"] if asked else []
    assert task.run_task(parser.parse_args([step, str(tmp_path / "shot.stfam"), *frames]), command) == 0
    behind = 1006 + halo(shot.settings.window)
    assert f"--frames={done.format(behind=behind)}" in given[0]


def test_a_shot_of_another_platform_is_mapped(make_job: MakeJob, tmp_path: Path) -> None:
    shot = make_job().shot
    folder = Path(shot.plate).parent
    elsewhere = shot.with_paths(lambda path: path.replace(f"{folder}/", "P:\\show\\"))
    elsewhere.save(tmp_path / "shot.stfam")
    given: list[Shot] = []

    def command(arguments: list[str]) -> int:
        given.append(Shot.load(arguments[1]))
        return 0

    parser = argparse.ArgumentParser()
    task.add_arguments(parser)
    options = parser.parse_args(["matte", str(tmp_path / "shot.stfam"), f"--map=P:\\show={folder}"])
    assert task.run_task(options, command) == 0
    assert given == [shot]
