"""`stfam trimap`: a trimap from a roto, mask or alpha."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from stfam.core.argument_parser import ArgumentParser
from stfam.core.errors import MissingFrameError, TrimapError, UsageError
from stfam.core.plate_pattern import is_movie
from stfam.core.utf8_name import check_utf8_name
from stfam.plugin.cli_answer import exit_status

INNER = OUTER = 8.0
"""Pixels of unknown on either side of the mask's edge, where none are asked for."""


def main(arguments: list[str]) -> int:
    """Write a trimap, or one for every frame of a mask sequence."""
    options = _parser().parse_args(arguments)
    return exit_status(lambda: _write(options), as_json=options.json)


def _write(options: argparse.Namespace) -> int:
    for name in (options.mask, options.out):
        check_utf8_name(name)
    if Path(options.out).suffix.lower() not in (".png", ".tif", ".tiff"):
        raise UsageError(f"A trimap is written as .png or .tif; got '{options.out}'.", path=options.out)
    from stfam.core.media.frame_meta import to_canvas
    from stfam.core.media.image_file import read_image
    from stfam.core.media.matte_writer import prepare_folder, write_trimap
    from stfam.core.trimap import check_widths, from_mask, validate

    check_widths(options.inner, options.outer)
    files = _files(options.mask, options.out)
    _check_masks_stay(files)
    for source, target in files:
        prepare_folder(target.parent)
        file = read_image(source, alpha=options.alpha)
        mask = to_canvas(file.pixels, file.meta)[..., 0]
        try:
            trimap = from_mask(mask, options.inner, options.outer, name=str(source))
        except TrimapError as error:
            if options.alpha or not file.has_alpha:
                raise
            raise TrimapError(f"{error} With --alpha its alpha channel is the mask.") from error
        write_trimap(target, trimap)
        print(json.dumps({"event": "trimap", "path": str(target)}) if options.json else target, flush=True)
        try:
            validate(trimap, name=str(target))
        except TrimapError as error:  # fit for one of many alone, not for a keyframe
            _note(f"{error} --inner and --outer choose how wide the unknown is.", options.json)
    return 0


def _note(text: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"event": "notice", "kind": "trimap", "message": text}), flush=True)
    else:
        print(f"Note: {text}", file=sys.stderr)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="stfam trimap", description="A trimap from a roto, mask or alpha.")
    parser.add_argument("mask", metavar="MASK", help="an image, or name.####.exr for a sequence")
    parser.add_argument(
        "--out", required=True, metavar="FILE", help=".png or .tif, replaced; name.####.png for a sequence"
    )
    parser.add_argument("--inner", type=float, default=INNER, metavar="PX", help=f"inside the edge ({INNER:g})")
    parser.add_argument("--outer", type=float, default=OUTER, metavar="PX", help=f"outside the edge ({OUTER:g})")
    parser.add_argument("--alpha", action="store_true", help="take the alpha channel instead of the first one")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    return parser


def _files(mask: str, out: str) -> list[tuple[Path, Path]]:
    from stfam.core.media.pattern import FramePattern

    if is_movie(mask):
        raise UsageError(f"{mask} is a movie; trimaps are made of images, name.####.png for example.", path=mask)
    if not FramePattern.matches(mask):
        if FramePattern.matches(out):
            raise UsageError(
                f"{mask} is one file, but --out {out} names a sequence. Name one file, or give the masks as a pattern.",
                mask=mask,
                path=out,
            )
        return [(Path(mask), Path(out))]
    masks, trimaps = FramePattern.of_existing(mask), FramePattern.parse(out)
    frames = masks.existing()
    if not frames:
        raise MissingFrameError(f"There are no frames of {mask}.", path=mask)
    return [(masks.path(frame), trimaps.path(frame)) for frame in frames]


def _check_masks_stay(files: list[tuple[Path, Path]]) -> None:
    masks = {os.path.realpath(source) for source, _ in files}
    for _, target in files:
        if os.path.realpath(target) in masks:
            raise UsageError(f"--out would replace the mask {target}. Write the trimap elsewhere.", path=str(target))
