"""A shot as an OpenJD job bundle: template, parameter values, asset references and the shot itself."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from stfam.core.errors import OutputError, UsageError
from stfam.core.frame_range import FrameRange
from stfam.core.shot import Shot
from stfam.core.whole_file import write_whole
from stfam.plugin.queue.cost import Costs, best_chunk
from stfam.plugin.queue.extent import shot_extent
from stfam.plugin.queue.job_name import checked_name
from stfam.plugin.queue.openjd.ranges import chunked_range, piece_ranges, span_ranges
from stfam.plugin.queue.plan import Extent, Step, in_one_piece, plan
from stfam.plugin.queue.shot_checks import check_shot
from stfam.plugin.queue.shot_paths import shot_paths

NOTIFY_SECONDS = 30
"""From the farm's SIGTERM to its SIGKILL; a frame of 4K on a CPU is done in less."""
LONGEST_NAME = 128
"""Characters of a job's name that the specification allows."""


@dataclass(frozen=True)
class BundleOptions:
    """How a shot is cut for a farm.

    Attributes:
        name: what the job is called.
        workers: that the farm is expected to give it; the cost model chooses the chunks by it.
        chunk: frames of a matte task; 0 lets the model choose.
        chunking: whether the farm knows `CHUNK[INT]`; without, the chunks are spelt out.
        continue_on_error: render on past frames that fail; the check fails for them.
    """

    name: str
    workers: int = 10
    chunk: int = 0
    chunking: bool = True
    continue_on_error: bool = False

    def __post_init__(self) -> None:
        """Raises UsageError or JobFileError where a value makes no job."""
        checked_name(self.name, LONGEST_NAME)
        if self.workers < 1:
            raise UsageError(f"A farm has at least one worker, not {self.workers}: --workers 1 or more.")
        if self.chunk < 0:
            raise UsageError(f"A matte task has 1 or more frames, or 0 for the best, not {self.chunk} (--chunk).")


def write_bundle(shot: Shot, folder: Path, options: BundleOptions, costs: Costs) -> dict[str, Any]:
    """Write the bundle of `shot`, whose paths are absolute, into `folder`; returns the template.

    Raises:
        StfamError: `stfam render` would refuse the shot, it does not fit OpenJD's limits, or the folder cannot be
            written.
    """
    extent = shot_extent(shot)
    frames = str(FrameRange.of(extent.wanted))
    check_shot(shot, frames)
    folder = folder.absolute()
    trimaps = shot.output.trimaps or str(folder / "trimaps" / "trimap.####.png")
    bundled = dataclasses.replace(
        shot,
        frames=frames,
        output=dataclasses.replace(shot.output, trimaps=trimaps),
    )
    window = shot.settings.window
    if in_one_piece((shot.output.matte, shot.output.foreground)):
        chunk, options = len(extent.wanted), dataclasses.replace(options, chunking=False)  # farms cut at each gap
    else:
        chunk = options.chunk or best_chunk(len(extent.wanted), window, options.workers, costs)
    template = job_template(extent, window, chunk, options)
    values = {"JobName": options.name, "Device": shot.settings.device, "FramesPerTask": chunk}
    for parameter in template["parameterDefinitions"]:
        parameter["default"] = values.get(parameter["name"], parameter["default"])
    try:
        Path(trimaps).parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        bundled.save(folder / "shot.stfam")
        for name, content in (
            ("template", template),
            ("parameter_values", {"parameterValues": [{"name": key, "value": value} for key, value in values.items()]}),
            ("asset_references", asset_references(bundled, folder)),
        ):
            write_whole(folder / f"{name}.json", json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise OutputError(f"The bundle cannot be written to {folder}: {error.strerror or error}.") from error
    return template


def job_template(extent: Extent, window: int, chunk: int, options: BundleOptions) -> dict[str, Any]:
    """The template of a job: the steps that the shot needs, with its frames and its spans.

    Raises:
        UsageError: the frames are scattered so much that they do not fit the specification's limits.
    """
    template: dict[str, Any] = json.loads(files("stfam.resources").joinpath("openjd/template.json").read_text("utf-8"))
    propagate, matte, check = template["steps"]
    spans = [task.frames for task in plan(extent, (Step.PROPAGATE,), window, chunk)]
    if spans:
        _parameter(propagate)["range"] = span_ranges(spans)
    else:
        template["steps"].remove(propagate)
        del matte["dependencies"]
    if options.chunking:
        _parameter(matte)["range"] = chunked_range(extent.wanted)
    else:
        spelt_out = {"name": "Frames", "type": "STRING", "range": piece_ranges(extent.wanted, chunk)}
        matte["parameterSpace"]["taskParameterDefinitions"] = [spelt_out]
        del template["extensions"]
    for step, kind in ((propagate, Step.PROPAGATE), (matte, Step.MATTE), (check, Step.CHECK)):
        step["script"]["actions"]["onRun"].update(_action(kind, options))
    return template


def asset_references(shot: Shot, folder: Path) -> dict[str, Any]:
    """What a farm without shared storage has to bring to its workers, and back."""
    outputs = {"matte", "foreground", "trimaps"}
    paths = list(shot_paths(shot))
    files_in = [str(folder / "shot.stfam")] + [p for n, p in paths if n.startswith("key ") or n.endswith("weights")]
    folders_in = {_folder_of(path) for name, path in paths if name in ("plate", "keys_pattern")}
    folders_out = {_folder_of(path) for name, path in paths if name in outputs}
    return {
        "assetReferences": {
            "inputs": {"filenames": sorted(set(files_in)), "directories": sorted(folders_in)},
            "outputs": {"directories": sorted(folders_out)},
            "referencedPaths": [],
        }
    }


def _action(step: Step, options: BundleOptions) -> Mapping[str, Any]:
    arguments = ["farm", "task", step.value, "{{Param.ShotFile}}", "--messages", "openjd"]
    arguments += ["--path-mapping", "{{Session.PathMappingRulesFile}}"]
    if step is not Step.CHECK:
        arguments += ["--frames={{Task.Param.Frames}}", "--device", "{{Param.Device}}"]
        arguments += ["--continue-on-error"] if options.continue_on_error else []
    return {
        "args": arguments,
        "cancelation": {"mode": "NOTIFY_THEN_TERMINATE", "notifyPeriodInSeconds": NOTIFY_SECONDS},
    }


def _parameter(step: dict[str, Any]) -> dict[str, Any]:
    parameter: dict[str, Any] = step["parameterSpace"]["taskParameterDefinitions"][0]
    return parameter


def _folder_of(pattern: str) -> str:
    return str(Path(pattern).parent)
