"""A start for the keys of trimap propagation: the principal components of the frozen features they are projected from.

Untrained pretrained features already tell which places look alike; their main components keep that, and training only
has to improve on it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from stfam.core.network.label_attention import embed
from stfam.core.network.propagation import PropagationNetwork


@torch.no_grad()
def start_from_principal_components(network: PropagationNetwork, images: Tensor) -> None:
    """Set the key projection in place.

    Args:
        network: its encoder holds pretrained weights.
        images: (B, 3, h, w) display-encoded natural images, h and w multiples of 32.
    """
    tokens = embed(network.encoder(images)).transpose(0, 1).flatten(1).T
    _, _, components = torch.linalg.svd(tokens - tokens.mean(0), full_matrices=False)
    weight = network.project.weight
    weight.copy_(components[: weight.shape[0]].reshape(weight.shape))
