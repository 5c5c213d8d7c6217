"""The costs that this queue has seen, for the cost model to go by."""

from __future__ import annotations

import dataclasses
from statistics import median

from sqlalchemy import func, select

from stfam.plugin.queue.cost import Costs
from stfam.plugin.queue.plan import Step
from stfam.plugin.queue.schema import frames, tasks
from stfam.plugin.queue.states import State
from stfam.plugin.queue.store import Store

RECENT_TASKS = 100
FEWEST_FRAMES = 20
"""Of a step, before its measured time is believed."""


def measured_costs(store: Store) -> Costs:
    """Costs by what the last tasks took; what has not been seen often enough stays at its default."""
    costs = Costs()
    found: dict[str, float] = {}
    starts: list[float] = []
    rendered = func.sum(frames.c.seconds), func.count()
    query = (
        select(tasks.c.step, tasks.c.seconds, *rendered)
        .join(frames, frames.c.task == tasks.c.number)
        .where(tasks.c.state == State.DONE.value, frames.c.state.in_(["written", "checked"]), tasks.c.claims == 1)
        .group_by(tasks.c.number)
        .order_by(tasks.c.number.desc())
        .limit(RECENT_TASKS)
    )
    with store.database.read() as connection:
        rows = connection.execute(query).all()
    for step in Step:
        of_step = [row for row in rows if row[0] == step.value]
        count = sum(row[3] for row in of_step)
        if count >= FEWEST_FRAMES:
            found[step.value] = sum(row[2] for row in of_step) / count
        starts += [row[1] - row[2] for row in of_step]
    if len(starts) >= FEWEST_FRAMES:
        found["start"] = max(0.0, median(starts))
    if "matte" in found:
        found["halo"] = found["matte"] * costs.halo / costs.matte
    return dataclasses.replace(costs, **found)
