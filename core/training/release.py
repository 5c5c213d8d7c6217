"""Puts trained weights where they ship from: fp16 safetensors, and the manifest that describes them.

``python -m stfam.core.training.release --name lite --matting FILE --single FILE --propagation FILE --record FILE``

Of several files of one kind, from one start and trained on their own ways, the mean ships: it often errs less than each
("Model soups", Wortsman et al., ICML 2022).
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import functools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stfam.core.module_command import run
from stfam.core.network.builders import build_matting, build_propagation
from stfam.core.network.config import MATTING, PROPAGATION
from stfam.core.network.matting import MattingNetwork
from stfam.core.network.propagation import PropagationNetwork
from stfam.core.network.weights import MANIFEST, manifest, save_weights
from stfam.core.network.weights_files import weights_folder
from stfam.core.training.warm_start import warm_start
from stfam.core.whole_file import written_whole


def main(argv: Sequence[str] | None = None) -> int:
    """Write the weights given and update their entries in the manifest."""
    arguments = _parser().parse_args(argv)
    record = json.loads(arguments.record.read_text("utf-8")) if arguments.record else {}
    entries = {entry["file"]: entry for entry in manifest(arguments.out)}
    for kind in ("matting", "single", "propagation"):
        sources = getattr(arguments, kind)
        if sources:
            entry = release(sources, arguments.name, kind, arguments.out)
            entries[entry["file"]] = {**entry, **record.get(kind, {})}
    text = json.dumps({"version": 1, "files": [entries[name] for name in sorted(entries)]}, indent=2)
    with written_whole(arguments.out / MANIFEST) as temporary:
        temporary.write_text(text + "\n", "utf-8")
    return 0


def release(sources: Sequence[Path], name: str, kind: str, folder: Path) -> dict[str, Any]:
    """One network's weights as they ship; a matting network of a smaller window is inflated to the configuration's.

    Args:
        sources: the weights; of several files their mean.
        name: of the configuration.
        kind: matting, propagation, or single: matting that reads one frame, where training and the studies start and
            what the window is measured against.
        folder: where they go.

    Returns:
        Its entry in the manifest.
    """
    network = _network(name, kind)
    network.load_state_dict(_mean([_started(network, source) for source in sources]))
    part = "propagation" if kind == "propagation" else "matting"
    path = folder / (f"{name}-single-matting.safetensors" if kind == "single" else f"{name}-{kind}.safetensors")
    digest = save_weights(network, path, kind=part)
    return {
        "file": path.name,
        "kind": part,
        "sha256": digest,
        "date": datetime.date.today().isoformat(),
        "config": dataclasses.asdict(network.config),
        "parameters": sum(p.numel() for p in network.parameters()),
    }


def _started(network: MattingNetwork | PropagationNetwork, source: Path) -> dict[str, Tensor]:
    """The network's state with the weights of a file in it."""
    warm_start(network, source)
    return {name: value.clone() for name, value in network.state_dict().items()}


def _mean(states: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Of what is learnt; counters are the first one's."""
    return {
        name: torch.stack([state[name] for state in states]).mean(0) if first.is_floating_point() else first
        for name, first in states[0].items()
    }


def _network(name: str, kind: str) -> MattingNetwork | PropagationNetwork:
    if kind == "propagation":
        return build_propagation(PROPAGATION[name])
    config = MATTING[name]
    return build_matting(dataclasses.replace(config, window=0) if kind == "single" else config)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", default="lite", choices=sorted(MATTING))
    weights = functools.partial(parser.add_argument, type=Path, nargs="+", metavar="FILE")
    weights("--matting", help="matting weights, or several whose mean ships")
    weights("--single", help="matting weights of n = 0")
    weights("--propagation")
    parser.add_argument("--record", type=Path, metavar="FILE", help="JSON of training and validation, by kind")
    parser.add_argument("--out", type=Path, default=weights_folder(), metavar="DIR")
    return parser


if __name__ == "__main__":
    raise SystemExit(run(main))
