"""The benchmark with matters and carriers whose scores are known beforehand."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from stfam.core.evaluation.aggregates import carried_ratio, geometric_mean, overlap_ratio, ratio, trimap_mean
from stfam.core.evaluation.benchmark import Contest, MatteScore, Result, TrimapScore, measure, trimap_score
from stfam.core.evaluation.figures import OURS, SINGLE, WARPED, Figure, figures
from stfam.core.evaluation.report import markdown
from stfam.core.training.synthesis.validation import MATTING, PROPAGATION, STILL


def score(clip: str, method: str, kind: str = "hair", purpose: str = MATTING, **metrics: float) -> MatteScore:
    values = dict.fromkeys(("SAD", "MSE", "Grad", "Conn", "dtSSD", "MESSDdt"), 1.0) | metrics
    return MatteScore(clip, kind, purpose, method, values, dict.fromkeys(("MAD", "MSE", "dtSSD"), 1.0))


@pytest.fixture
def result(make_clip) -> Result:
    clips = [make_clip("a"), make_clip("bb", kind="hard"), make_clip("c", purpose=STILL, speed=0.0)]
    clips.append(make_clip("carried", frames=4, purpose=PROPAGATION))
    truth = {clip.images.tobytes(): clip.alpha for clip in clips}

    def half_wrong(images: np.ndarray, trimaps: np.ndarray) -> np.ndarray:
        known = np.where(trimaps == 128, truth[images.tobytes()], trimaps / 255)
        return np.where(trimaps == 128, known * 0.5 + 0.25, known).astype(np.float32)

    def perfect(images: np.ndarray, trimaps: np.ndarray) -> np.ndarray:
        return truth[images.tobytes()]

    def stuck(images: np.ndarray, key: np.ndarray) -> np.ndarray:
        return np.repeat(key[None], len(images), 0)

    contest = Contest({OURS: half_wrong, SINGLE: perfect}, {OURS: stuck, WARPED: stuck}, OURS, ["closed_form", "flat"])
    return measure(clips, contest)


def test_every_method_is_scored_on_every_matting_and_still_clip(result: Result) -> None:
    assert len(result.mattes) == 3 * 4
    assert {s.clip for s in result.mattes} == {"a", "bb", "c"}
    perfect = [s for s in result.mattes if s.method == SINGLE]
    assert max(max(s.unknown.values()) for s in perfect) == 0


def test_half_the_error_is_half_the_ratio(result: Result) -> None:
    assert ratio(result.mattes, OURS, "SAD", reference="flat") == pytest.approx(0.5, rel=1e-4)
    assert ratio(result.mattes, OURS, "MSE", reference="flat") == pytest.approx(0.25, rel=1e-4)


def test_ratios_are_geometric_means_over_clips_of_the_purpose_and_kind() -> None:
    scores = [score("a", OURS, SAD=2.0), score("a", "closed_form", SAD=1.0)]
    scores += [score("b", OURS, "fur", SAD=1.0), score("b", "closed_form", "fur", SAD=8.0)]
    scores += [score("s", OURS, purpose=STILL, SAD=100.0), score("s", "closed_form", purpose=STILL)]
    assert ratio(scores, OURS, "SAD") == pytest.approx(0.5)
    assert ratio(scores, OURS, "SAD", kind="hair") == pytest.approx(2.0)
    assert ratio(scores, OURS, "SAD", purpose=STILL) == pytest.approx(100.0)
    assert math.isnan(ratio(scores, OURS, "SAD", kind="smoke"))


@pytest.mark.parametrize("ours", [0.0, 0.1], ids=["nor do we", "we do"])
def test_a_clip_on_which_the_reference_does_not_err_has_no_ratio(ours: float) -> None:
    still = [score("still picture", OURS, dtSSD=ours), score("still picture", "closed_form", dtSSD=0.0)]
    assert math.isnan(ratio(still, OURS, "dtSSD"))
    scores = [*still, score("moves", OURS, dtSSD=2.0), score("moves", "closed_form", dtSSD=4.0)]
    assert ratio(scores, OURS, "dtSSD") == pytest.approx(0.5)


def test_a_trimap_that_stands_still_is_overlapped_less_and_wrong_more_with_distance(result: Result) -> None:
    overlap = [trimap_mean(result.trimaps, OURS, d, "unknown_iou") for d in (1, 2, 3)]
    wrong = [trimap_mean(result.trimaps, OURS, d, "known_wrong") for d in (1, 2, 3)]
    assert overlap == sorted(overlap, reverse=True)
    assert wrong == sorted(wrong)
    assert overlap[0] < 1
    assert wrong[2] > 0


def test_overlaps_are_compared_clip_by_clip() -> None:
    overlaps = {("a", OURS): 0.8, ("a", WARPED): 0.4, ("b", OURS): 0.4, ("b", WARPED): 0.8, ("c", OURS): 0.9}
    scores = [TrimapScore(clip, "fur", method, 24, iou, 0.0) for (clip, method), iou in overlaps.items()]
    assert overlap_ratio(scores, OURS, WARPED, 24) == pytest.approx(1.0)
    assert math.isnan(overlap_ratio(scores, OURS, WARPED, 12))


def test_trimap_score_by_hand(make_clip) -> None:
    clip = make_clip("disc", frames=2)
    perfect = trimap_score(clip, OURS, clip.trimaps, 1)
    assert (perfect.unknown_iou, perfect.known_wrong) == (1.0, 0.0)
    nothing = trimap_score(clip, OURS, np.zeros_like(clip.trimaps), 1)
    assert nothing.unknown_iou == 0
    assert nothing.known_wrong == pytest.approx((clip.alpha[1] > 0.05).mean() * 100)


def test_mattes_from_a_worse_trimap_cost_more(result: Result) -> None:
    assert [s.distance for s in result.carried] == [0, 1, 2, 3]
    assert carried_ratio(result.carried, range(1)) == pytest.approx(1.0)
    assert carried_ratio(result.carried) > 1


def test_geometric_mean_by_hand() -> None:
    assert geometric_mean([1, 4, 16]) == pytest.approx(4)
    assert math.isnan(geometric_mean([]))


@pytest.mark.parametrize(
    ("figure", "reached"),
    [
        pytest.param(Figure("ceiling", 0.5, 0.4), True, id="below-a-ceiling"),
        pytest.param(Figure("ceiling", 0.5, 0.6), False, id="above-a-ceiling"),
        pytest.param(Figure("floor", 0.5, 0.6, at_least=True), True, id="above-a-floor"),
        pytest.param(Figure("floor", 0.5, float("nan"), at_least=True), False, id="not-measured"),
    ],
)
def test_a_goal_is_a_ceiling_or_a_floor(figure: Figure, reached: bool) -> None:
    assert figure.reached is reached


def test_what_is_between_frames_is_not_measured_on_one(make_clip) -> None:
    contest = Contest({OURS: lambda images, trimaps: trimaps / np.float32(255)}, {}, OURS, ["closed_form"])
    alone = measure([make_clip("a", frames=1)], contest)
    assert all(s.unknown.keys() == {"SAD", "MSE", "Grad", "Conn"} for s in alone.mattes)
    assert all(s.whole.keys() == {"MAD", "MSE"} for s in alone.mattes)
    assert math.isnan(ratio(alone.mattes, OURS, "dtSSD"))
    text = markdown(alone, "of one frame")
    assert "| dtSSD with a trimap a frame, ratio to closed-form | ≤ 0.5 | nan | not measured |" in text
    assert text.count(" | — |") >= 2
    both = measure([make_clip("a", frames=1), make_clip("b")], contest)
    assert ratio(both.mattes, OURS, "dtSSD") == ratio(measure([make_clip("b")], contest).mattes, OURS, "dtSSD")


def test_figures_cover_every_goal(result: Result) -> None:
    names = [f.name for f in figures(result)]
    assert len(names) == 3 + 2 + 2 + 1 + 4
    assert any("n = 2 over n = 0" in name for name in names)
    assert any(name.startswith("hard: SAD") for name in names)


def test_the_report_names_the_protocol_and_shows_every_clip(result: Result) -> None:
    text = markdown(result, "Heading", ["a note"])
    assert text.startswith("# Heading\n")
    assert "- a note" in text
    assert "Unknown-region protocol" in text
    assert "Whole-frame protocol" in text
    rows = [line for line in text.splitlines() if line.startswith("| a | blur |")]
    assert len(rows) == 4
    assert "| mattes from one key over a trimap a frame: SAD | ≤ 1.35 |" in text


def test_rendered_clips_and_close_ups_are_listed_apart() -> None:
    def scores(clip: str, method: str, error: float) -> MatteScore:
        values = dict.fromkeys(("SAD", "MSE", "Grad", "Conn", "dtSSD", "MESSDdt", "MAD"), error)
        return MatteScore(clip, "hair", MATTING, method, values, values)

    errors = {"hair-0": 0.5, "render-0": 0.9, "close-hair-0": 2.0}
    mattes = [scores(clip, *pair) for clip, own in errors.items() for pair in ((OURS, own), ("closed_form", 1.0))]
    text = markdown(Result(mattes=mattes), "Heading")
    assert "| method | procedural | rendered | close-ups |" in text
    assert f"| {OURS} | 0.50 / 0.50 / 0.50 | 0.90 / 0.90 / 0.90 | 2.00 / 2.00 / 2.00 |" in text
    assert "procedural" not in markdown(Result(mattes=mattes[:2]), "Heading")


def test_an_empty_result_makes_an_empty_report() -> None:
    assert "| figure | goal | measured | reached |" in markdown(Result(), "Nothing")


def test_a_result_is_json(result: Result) -> None:
    stored = json.loads(json.dumps(result.as_dict()))
    assert len(stored["mattes"]) == len(result.mattes)
    assert stored["trimaps"][0]["method"] == OURS
