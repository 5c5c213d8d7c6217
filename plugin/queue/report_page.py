"""A job as one HTML file that needs nothing else: summary, thumbnails, times a frame, warnings and tasks."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import TypeVar

from stfam.core.errors import OutputError
from stfam.core.whole_file import write_whole
from stfam.plugin.queue.plan import Step
from stfam.plugin.queue.reports import summary_line
from stfam.plugin.queue.store import Store
from stfam.plugin.queue.thumbnails import frame_mattes, thumbnail
from stfam.plugin.queue.views import FrameView, TaskView

Item = TypeVar("Item")

MOST_THUMBNAILS = 60
"""Spread over the job, so that the page of a long one stays small."""
CHART_WIDTH, CHART_HEIGHT = 900, 120

_STYLE = """
body { font: 14px system-ui, sans-serif; background: #1f2124; color: #d6d8db; margin: 2em auto; max-width: 960px }
h1 { font-size: 20px } h2 { font-size: 15px; margin-top: 2em; color: #9fa4ab }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: 3px 10px 3px 0 }
th { color: #9fa4ab; font-weight: normal } .failed { color: #e0746c } .done { color: #7fb98b }
figure { display: inline-block; margin: 0 8px 8px 0 } figcaption { color: #9fa4ab; font-size: 12px }
svg { background: #26292d } rect { fill: #6d8fb5 }
"""


def write_page(store: Store, number: int, path: Path) -> None:
    """Write the report of job `number` to `path`.

    Raises:
        NoSuchJobError: there is none.
        OutputError: the file cannot be written.
    """
    if path.is_dir():
        raise OutputError(f"The report {path} is a folder; name a file, such as {path / f'job{number}.html'}.")
    view, job = store.view(number), store.job(number)
    frames, tasks = store.frames(number), store.tasks(number)
    mattes = [frame for frame in frames if frame.step == Step.MATTE.value]
    facts = {
        "State": view.state.value,
        "Frames": f"{view.done} of {view.frames}, {view.rendered} rendered by this job",
        "Range": job.frames,
        "Plate": job.shot.plate,
        "Mattes": job.shot.output.matte,
        "Added": view.added,
        "Ended": view.ended or "",
        "Render time": f"{view.seconds:.1f} s on all workers together",
        "Notes": job.notes,
    }
    parts = [
        f"<h1>Job {number}: {escape(view.name)}</h1><p>{escape(summary_line(view))}</p>",
        _table((), [(name, value) for name, value in facts.items() if value]),
        "<h2>Mattes</h2>" + ("".join(_figures(store, number)) or "<p>No pictures.</p>"),
        "<h2>Seconds a frame</h2>" + _chart(mattes),
        "<h2>Warnings</h2>" + _warnings(frames, tasks),
        "<h2>Tasks</h2>" + _tasks(tasks),
    ]
    title = escape(f"Job {number}: {view.name}")
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    page = f"<!doctype html><html lang=en><head>{head}</head><body>{''.join(parts)}</body></html>\n"
    try:
        write_whole(path, page)
    except OSError as error:
        raise OutputError(f"The report {path} cannot be written: {error.strerror or error}.") from error


def spread(frames: Sequence[Item], most: int) -> list[Item]:
    """At most `most` of `frames`, evenly, the first and the last among them."""
    if len(frames) <= most:
        return list(frames)
    return [frames[i * (len(frames) - 1) // (most - 1)] for i in range(most)]


def _figures(store: Store, number: int) -> Iterable[str]:
    for frame, matte in spread(tuple(frame_mattes(store, number)), MOST_THUMBNAILS):
        picture = thumbnail(store, number, matte, frame.frame)
        if picture is None:
            yield f"<figure><figcaption class=failed>{frame.frame} cannot be read</figcaption></figure>"
        else:
            data = base64.b64encode(picture.read_bytes()).decode("ascii")
            how = "found finished" if frame.state == "skipped" else f"{frame.seconds:.1f} s"
            caption = f"<figcaption>{frame.frame} · {how}</figcaption>"
            yield f'<figure><img alt="frame {frame.frame}" src="data:image/png;base64,{data}">{caption}</figure>'


def _chart(mattes: Sequence[FrameView]) -> str:
    timed = [frame for frame in mattes if frame.state == "written"]
    if not timed:
        return "<p>No frame was rendered.</p>"
    longest = max(frame.seconds for frame in timed) or 1.0
    width = CHART_WIDTH / len(timed)
    bars = []
    for i, frame in enumerate(timed):
        height = CHART_HEIGHT * frame.seconds / longest
        place = f'x="{i * width:.2f}" y="{CHART_HEIGHT - height:.2f}" width="{width * 0.9:.2f}" height="{height:.2f}"'
        bars.append(f"<rect {place}><title>{frame.frame}: {frame.seconds:.2f} s</title></rect>")
    mean = sum(frame.seconds for frame in timed) / len(timed)
    box = f'<svg viewBox="0 0 {CHART_WIDTH} {CHART_HEIGHT}" width="100%">{"".join(bars)}</svg>'
    return f"{box}<p>{len(timed)} frames, {mean:.2f} s on average, {longest:.2f} s at most</p>"


def _warnings(frames: Sequence[FrameView], tasks: Sequence[TaskView]) -> str:
    found = [f"{frame.step} {frame.frame}: {frame.note or frame.state}" for frame in frames if frame.state == "failed"]
    found += [f"{frame.step} {frame.frame} was rendered {frame.renders} times" for frame in frames if frame.renders > 1]
    found += [f"{task.step} {task.frames}: {task.error}" for task in tasks if task.error]
    if not found:
        return "<p>None.</p>"
    return "<ul>" + "".join(f"<li class=failed>{escape(text)}</li>" for text in found) + "</ul>"


def _tasks(tasks: Sequence[TaskView]) -> str:
    rows = [(t.step, t.frames, t.state.value, t.claims, t.failures, f"{t.seconds:.1f}", t.device or "") for t in tasks]
    return _table(("step", "frames", "state", "handed out", "failures", "seconds", "device"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    titles = "".join(f"<th>{escape(name)}</th>" for name in head)
    lines = ("".join(f"<td>{escape(str(cell))}</td>" for cell in row) for row in rows)
    return f"<table><tr>{titles}</tr>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"
