"""What a training run shows of itself: a sample sheet and the curves of its log, as PNG files."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from stfam.core.errors import WriteError
from stfam.core.evaluation.predictions import propagate_clip
from stfam.core.network.box import Box
from stfam.core.network.matting import MattingNetwork
from stfam.core.network.propagation import PropagationNetwork
from stfam.core.network.proxy import shrink_image, shrink_trimap
from stfam.core.training.batches import Batch
from stfam.core.training.steps import shrunk_backdrop, split_frames


@torch.no_grad()
def matting_sheet(network: MattingNetwork, batch: Batch) -> np.ndarray:
    """Plate, trimap, solved prior, prediction, truth: one row a clip, the middle frame.

    Returns:
        (B * H, 5 * W, 3) uint8.
    """
    was_training, batch = network.training, batch.to(next(network.parameters()).device)
    network.eval()
    shape = (batch.image.shape[0], batch.image.shape[1])
    size = (batch.image.shape[-2], batch.image.shape[-1])
    image, trimap = batch.image.flatten(0, 1), batch.trimap.flatten(0, 1)
    half = (size[0] // 2 // 32 * 32, size[1] // 2 // 32 * 32)
    backdrop = shrunk_backdrop(batch.backdrop.flatten(0, 1), half)
    context = network.context(shrink_image(image, half), shrink_trimap(trimap, half), backdrop)
    frames = split_frames(network.encode(image, trimap, context, Box(0, 0, *size), size), shape)
    centre, n = shape[1] // 2, network.config.window
    alpha = network.decode(frames[centre - n : centre + n + 1])
    known = batch.trimap[:, centre]
    alpha = torch.where(known == 128, alpha, (known == 255).float())
    network.train(was_training)
    solved = frames[centre].detail[:, 6:7]
    columns = [
        batch.image[:, centre],
        _rgb(known.float() / 255),
        _rgb(solved),
        _rgb(alpha),
        _rgb(batch.alpha[:, centre]),
    ]
    rows = torch.cat(columns, 3).permute(0, 2, 3, 1).flatten(0, 1)
    return (rows.clamp(0, 1) * 255).byte().cpu().numpy()


def propagation_sheet(network: PropagationNetwork, batch: Batch) -> np.ndarray:
    """First plate and its key, last plate, the trimap that was carried there, the true one: one row a clip.

    Returns:
        (B * H, 5 * W, 3) uint8.
    """
    was_training, device = network.training, next(network.parameters()).device
    network.eval()
    rows = []
    for clip, painted in zip(batch.image, batch.trimap):
        plates = np.ascontiguousarray((clip * 255).round().byte().permute(0, 2, 3, 1).numpy())
        trimaps = painted[:, 0].numpy()
        carried = propagate_clip(network, plates, trimaps[0], device=device)
        grey = [np.repeat(trimap[..., None], 3, 2) for trimap in (trimaps[0], carried[-1], trimaps[-1])]
        rows.append(np.hstack([plates[0], grey[0], plates[-1], grey[1], grey[2]]))
    network.train(was_training)
    return np.vstack(rows)


def save_picture(path: Path, pixels: np.ndarray) -> None:
    """Write (H, W, 3) uint8 as an image file."""
    import OpenImageIO as oiio

    buffer = oiio.ImageBuf(np.ascontiguousarray(pixels))
    if not buffer.write(str(path)):
        raise WriteError(f"{path} could not be written: {buffer.geterror()}", path=str(path))


def plot_log(log: Path, picture: Path, *, smoothing: float = 0.0) -> None:
    """Curves of every column of a training log against the step, log scale; points, where it has one row.

    Args:
        log: the CSV.
        picture: where the curves go.
        smoothing: share that a running mean keeps from row to row, which the title says; 0 draws what was measured.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    with log.open() as file:
        rows = list(csv.DictReader(file))
    columns = [c for c in rows[0] if c not in ("step", "waiting", "seconds_per_step")]
    figure, axes = pyplot.subplots(figsize=(8, 4.5))
    steps = [int(row["step"]) for row in rows]
    marker = "." if len(rows) == 1 else ""
    for column in columns:
        values = _smooth([float(row[column]) for row in rows], smoothing)
        axes.plot(steps, values, marker=marker, label=column, linewidth=1)
    title = f"{log.stem}, running mean that keeps {smoothing:g}" if smoothing else log.stem
    axes.set(yscale="log", xlabel="step", title=title)
    axes.legend(fontsize=8)
    figure.savefig(picture, dpi=110, bbox_inches="tight")
    pyplot.close(figure)


def _smooth(values: list[float], decay: float) -> list[float]:
    out: list[float] = []
    for value in values:
        out.append(value if not out else decay * out[-1] + (1 - decay) * value)
    return out


def _rgb(x: Tensor) -> Tensor:
    return x.expand(-1, 3, -1, -1)
