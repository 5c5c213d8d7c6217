"""The cost model and the simulated farm."""

from __future__ import annotations

import pytest

from stfam.plugin.queue.cost import Costs, best_chunk
from stfam.plugin.queue.farm.main import main
from stfam.plugin.queue.farm.simulation import (
    KINDS,
    PaperShot,
    constant_chunk,
    model_chunk,
    paper_shots,
    simulate,
)

COSTS = Costs()


def test_one_worker_takes_the_shot_in_one_piece() -> None:
    assert best_chunk(100, 2, 1, COSTS) == 100
    assert best_chunk(100, 2, 1, COSTS, backlog=5000) == 100


def test_alone_on_a_farm_a_shot_is_cut_for_one_round() -> None:
    assert best_chunk(100, 2, 10, COSTS) == 10


def test_a_long_queue_is_cut_coarser_than_a_lone_shot() -> None:
    alone, queued = best_chunk(200, 2, 20, COSTS), best_chunk(200, 2, 20, COSTS, backlog=100_000)
    assert alone < queued


def test_dear_overheads_make_larger_chunks() -> None:
    dear = Costs(start=60.0)
    assert best_chunk(100, 2, 20, dear, backlog=5000) > best_chunk(100, 2, 20, COSTS, backlog=5000)


@pytest.mark.parametrize("workers", [1, 3, 17, 400])
@pytest.mark.parametrize("backlog", [0, 900])
def test_no_other_size_is_better(workers: int, backlog: int) -> None:
    frames = 60

    def seconds(size: int) -> float:
        if backlog:
            return COSTS.queue_seconds(frames + backlog, 2, workers, size)
        return COSTS.alone_seconds(frames, 2, workers, size)

    chosen = best_chunk(frames, 2, workers, COSTS, backlog)
    pieces = {-(-frames // n) for n in range(1, frames + 1)}
    assert seconds(chosen) == pytest.approx(min(seconds(size) for size in pieces))


def test_the_simulation_agrees_with_arithmetic_on_one_worker() -> None:
    shot = PaperShot(frames=20, spans=(20,))
    run = simulate([shot], 1, COSTS, constant_chunk(20), dispatch=0.0)
    work = 3 * COSTS.start + 20 * (COSTS.propagate + COSTS.matte + COSTS.check) + COSTS.boot
    assert run.seconds == pytest.approx(work)
    assert run.tasks == 3


@pytest.mark.parametrize("workers", [1, 7])
def test_every_second_of_every_worker_is_accounted_for(workers: int) -> None:
    run = simulate(paper_shots(100), workers, COSTS, model_chunk(COSTS))
    assert set(run.worker_seconds) == set(KINDS)
    assert sum(run.worker_seconds.values()) == pytest.approx(run.workers * run.seconds)
    assert min(run.worker_seconds.values()) >= 0.0


def test_more_workers_are_quicker_and_less_efficient() -> None:
    shots = paper_shots(300)
    runs = [simulate(shots, workers, COSTS, model_chunk(COSTS)) for workers in (1, 10, 100)]
    assert runs[0].seconds > 8 * runs[1].seconds > 50 * runs[2].seconds
    assert runs[0].efficiency > runs[1].efficiency > runs[2].efficiency


@pytest.mark.parametrize("size", [5, 20, 1500])
@pytest.mark.parametrize("workers", [10, 100])
def test_the_models_chunks_beat_constants(size: int, workers: int) -> None:
    shots = paper_shots(400)
    chosen = simulate(shots, workers, COSTS, model_chunk(COSTS))
    assert chosen.seconds <= 1.02 * simulate(shots, workers, COSTS, constant_chunk(size)).seconds


def test_a_slow_queue_limits_a_large_farm() -> None:
    shots = paper_shots(100)
    slow = simulate(shots, 500, COSTS, constant_chunk(2), dispatch=0.5)
    quick = simulate(shots, 500, COSTS, constant_chunk(2), dispatch=0.001)
    assert slow.seconds > 2 * quick.seconds
    assert slow.worker_seconds["queue"] > quick.worker_seconds["queue"]


@pytest.mark.parametrize("dispatch", ["-1", "nan", "inf"])
def test_a_simulation_without_a_time_for_the_queue_is_refused(
    dispatch: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", "--shots", "1", "--workers", "1", f"--dispatch={dispatch}"]) == 2
    assert "--dispatch are 0 or more" in capsys.readouterr().err


ROUND = Costs(start=1, matte=2, halo=3)


def test_a_chunk_costs_its_start_its_frames_and_its_halo_on_both_sides() -> None:
    assert ROUND.chunk_seconds(10, 2) == 1 + 10 * 2 + 2 * 2 * 3


@pytest.mark.parametrize(
    ("frames", "workers", "chunk", "seconds"),
    [(10, 2, 10, 1 + 20), (10, 2, 5, 23), (10, 1, 5, 2 * 23), (11, 2, 4, 2 * 21), (11, 3, 4, 21)],
    ids=["one piece", "one round", "two rounds", "uneven", "uneven in one round"],
)
def test_a_shot_alone_takes_its_rounds_of_even_chunks(frames: int, workers: int, chunk: int, seconds: float) -> None:
    assert ROUND.alone_seconds(frames, 2, workers, chunk) == seconds


def test_a_queue_takes_its_frames_its_overhead_and_half_a_chunk_of_waiting() -> None:
    assert ROUND.queue_seconds(100, 2, 4, 10) == (100 * 2 + 10 * (1 + 2 * 2 * 3) + 3 * 10 * 2 / 2) / 4


def test_among_equals_the_largest_chunk_is_taken() -> None:
    free = Costs(start=0, matte=1, halo=0)
    assert free.alone_seconds(5, 2, 2, 3) == free.alone_seconds(5, 2, 2, 1) < free.alone_seconds(5, 2, 2, 2)
    assert best_chunk(5, 2, 2, free) == 3


def test_no_shot_is_cut_into_more_than_64_pieces_a_worker() -> None:
    assert best_chunk(1000, 2, 2, Costs(start=0, matte=1, halo=0), backlog=1) == 8
