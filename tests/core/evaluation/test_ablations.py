"""Studies on a tiny budget: equal terms, resuming, the flow network, and what is written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from stfam.core.errors import WeightsError
from stfam.core.evaluation import ablations
from stfam.core.evaluation.ablations import (
    Terms,
    run_variant,
    seconds_per_step,
    starting_network,
    trimmed,
    variant_trainer,
)
from stfam.core.evaluation.cost import matting_cost
from stfam.core.evaluation.studies import FUSION, LOSSES, STUDIES, TEMPORAL, Study, Variant
from stfam.core.network.builders import build_matting
from stfam.core.network.config import MATTING
from stfam.core.network.flow import DisFlow
from stfam.core.network.matting import MattingNetwork
from stfam.core.network.weights import save_weights
from stfam.core.training.batches import Batch, Sampler, collate
from stfam.core.training.steps import encoded_tile
from stfam.core.training.synthesis.types import TrainingClip

SIDE = 64
PAIR = Study(
    "pair", "Two windows", (Variant("n = 0", window=0), Variant("n = 1", window=1, published=(1.0,))), ("SAD",)
)


@pytest.fixture
def terms(start: Path, tmp_path: Path) -> Terms:
    small = {"batch": 1, "size": SIDE, "tile": 32, "workers": 0, "cost_size": (SIDE, SIDE), "fitting_steps": 3}
    return Terms(start, tmp_path / "work", steps=2, precision=torch.float32, **small)


@pytest.fixture
def sampler_of(make_clip) -> Callable[[int, int], Sampler]:
    def samplers(frames: int, size: int) -> Sampler:
        def sample(rng: np.random.Generator) -> TrainingClip:
            clip = make_clip("sample", frames=frames, speed=float(rng.uniform(-2, 2)))
            grounds = np.zeros_like(clip.images)
            return TrainingClip(clip.images, clip.alpha, clip.images, grounds, clip.trimaps, "blur", False)

        return sample

    return samplers


def test_the_studies_are_those_of_the_paper() -> None:
    assert [v.window for v in TEMPORAL.variants] == list(range(7))
    assert {v.fusion for v in FUSION.variants} == {"st_fam", "naive", "cross_attention", "flow"}
    assert [set(b.terms) - set(a.terms) for a, b in zip(LOSSES.variants, LOSSES.variants[1:])] == [
        {"gradient"},
        {"kl"},
        {"temporal"},
    ]
    for study in STUDIES.values():
        assert {len(v.published) for v in study.variants} <= {0, len(study.published_metrics)}


def test_all_variants_supervise_the_same_frames(make_clip) -> None:
    frames = 2 * PAIR.reach + 3
    clip = make_clip("c", frames=frames)
    whole = collate([TrainingClip(clip.images, clip.alpha, clip.images, clip.images, clip.trimaps, "blur", False)])
    for variant in PAIR.variants:
        (cut,) = trimmed([whole], PAIR.reach - variant.window)
        inner = cut.alpha[:, variant.window : cut.alpha.shape[1] - variant.window]
        assert torch.equal(inner, whole.alpha[:, PAIR.reach : frames - PAIR.reach])


def test_variants_of_the_window_start_as_the_same_function(terms: Terms) -> None:
    """Inflated weights look at the centre alone, whatever the window."""
    torch.manual_seed(1)
    single, wide = (starting_network(PAIR, variant, terms) for variant in PAIR.variants)
    common = {k: v for k, v in single.state_dict().items() if not k.startswith("fusions.")}
    assert all(torch.equal(wide.state_dict()[k], v) for k, v in common.items())


def test_fusions_start_fresh_and_everything_else_from_the_weights(terms: Terms) -> None:
    torch.manual_seed(1)
    ours, naive = (starting_network(FUSION, variant, terms) for variant in FUSION.variants[:2])
    shared = [k for k in ours.state_dict() if not k.startswith("fusions.")]
    assert shared == [k for k in naive.state_dict() if not k.startswith("fusions.")]
    assert all(torch.equal(ours.state_dict()[k], naive.state_dict()[k]) for k in shared)


@pytest.mark.parametrize("variant", FUSION.variants[:3], ids=lambda variant: variant.name)
def test_untrained_fusions_learn_what_the_single_frame_ones_hand_on(
    variant: Variant, terms: Terms, sampler_of, make_clip
) -> None:
    terms = replace(terms, fitting_steps=15)
    trainer = variant_trainer(FUSION, variant, 0, terms)
    network = trainer.network
    assert isinstance(network, MattingNetwork)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    first = _miss(network, variant, terms, make_clip)
    ablations.fit_fusions(FUSION, variant, trainer, terms, sampler_of)
    assert _miss(network, variant, terms, make_clip) < 0.5 * first
    changed = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert {name for name in changed if not name.startswith("fusions.")} == set()
    assert all(torch.equal(trainer.average.values[name], value) for name, value in network.state_dict().items())


def _miss(network: MattingNetwork, variant: Variant, terms: Terms, make_clip) -> float:
    """How far the fusions are from what the single-frame ones hand on, on one window."""
    clip = make_clip("c", frames=2 * variant.window + 1)
    batch = collate([TrainingClip(clip.images, clip.alpha, clip.images, clip.images, clip.trimaps, "blur", False)])
    teacher = build_matting(replace(MATTING["lite"], window=0))
    teacher.load_state_dict(load_file(terms.start))
    network.eval(), teacher.eval()
    with torch.no_grad():
        frames, _ = encoded_tile(network, batch, terms.tile, torch.Generator().manual_seed(0))
        fused, wanted = network.fuse(frames), teacher.fuse([frames[variant.window]])
        return float(sum((fused[s] - wanted[s]).square().mean() / wanted[s].var() for s in fused))


def test_flow_fusion_asks_for_flow_weights(terms: Terms) -> None:
    with pytest.raises(WeightsError, match="--flow"):
        starting_network(FUSION, FUSION.variants[3], terms)


def test_flow_fusion_runs_on_opencv_s_flow(terms: Terms) -> None:
    network = starting_network(FUSION, FUSION.variants[3], replace(terms, flow=ablations.DIS))
    assert isinstance(network.flow_network, DisFlow)
    assert matting_cost(network.eval(), (64, 64), repeats=1).gmac > 0


def test_weights_of_another_configuration_are_refused(terms: Terms, tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_weights(torch.nn.Module.__new__(_Bare), path, kind="matting")
    with pytest.raises(WeightsError, match="does not fit"):
        starting_network(PAIR, PAIR.variants[0], replace(terms, start=path))


class _Bare(torch.nn.Module):
    """A module without weights."""

    config = MATTING["lite"]

    def state_dict(self, *args: object, **kwargs: object) -> dict[str, torch.Tensor]:  # type: ignore[override]
        return {"nothing": torch.zeros(1)}


def test_a_run_is_trained_measured_and_resumed(terms: Terms, sampler_of, make_clip) -> None:
    clips = [make_clip("a"), make_clip("b")]
    variant = PAIR.variants[1]
    whole = run_variant(PAIR, variant, 0, terms=terms, sampler_of=sampler_of, clips=clips)
    assert whole.SAD > 0
    assert whole.dtSSD > 0
    assert whole.params > 3e6
    again = run_variant(PAIR, variant, 0, terms=terms, sampler_of=sampler_of, clips=clips)
    assert (again.SAD, again.MSE, again.dtSSD) == (whole.SAD, whole.MSE, whole.dtSSD)
    assert variant_trainer(PAIR, variant, 0, terms).step == terms.steps


def test_a_larger_window_costs_more(start: Path, terms: Terms) -> None:
    costs = [matting_cost(starting_network(PAIR, v, terms).eval(), (64, 64), repeats=1) for v in PAIR.variants]
    assert costs[1].gmac > costs[0].gmac > 0.01
    assert costs[1].parameters > costs[0].parameters
    assert min(c.milliseconds for c in costs) > 0


def test_a_batch_is_cut_in_all_its_parts(make_clip) -> None:
    clip = make_clip("c", frames=5)
    whole = collate([TrainingClip(clip.images, clip.alpha, clip.images, clip.images, clip.trimaps, "blur", False)])
    (cut,) = trimmed([whole], 1)
    assert isinstance(cut, Batch)
    assert {getattr(cut, name).shape[1] for name in ("image", "alpha", "foreground", "background", "trimap")} == {3}


def test_weights_that_are_none_are_named(terms: Terms, tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("# Notes")
    with pytest.raises(WeightsError, match=r"README\.md is damaged or is not a weights file"):
        starting_network(PAIR, PAIR.variants[0], replace(terms, start=path))


def test_an_interrupted_run_goes_on_to_the_same_weights(
    terms: Terms, sampler_of, make_clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ablations, "SAVE_EVERY", 1)
    clips, variant = [make_clip("a", frames=2)], PAIR.variants[0]
    whole = run_variant(PAIR, variant, 3, terms=terms, sampler_of=sampler_of, clips=clips)

    def interrupt(line: str) -> None:
        raise KeyboardInterrupt

    other = replace(terms, folder=terms.folder / "interrupted")
    with pytest.raises(KeyboardInterrupt):
        run_variant(PAIR, variant, 3, terms=other, sampler_of=sampler_of, clips=clips, report=interrupt)
    assert variant_trainer(PAIR, variant, 3, other).step == 1
    resumed = run_variant(PAIR, variant, 3, terms=other, sampler_of=sampler_of, clips=clips)
    assert (resumed.SAD, resumed.MSE, resumed.dtSSD) == (whole.SAD, whole.MSE, whole.dtSSD)


def test_a_budget_becomes_steps(start: Path, sampler_of, terms: Terms) -> None:
    assert seconds_per_step(PAIR, PAIR.variants[0], terms, sampler_of) > 0
