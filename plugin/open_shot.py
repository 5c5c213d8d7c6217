"""A shot that is open in a worker of its own, as a script holds it (standard library only)."""

from __future__ import annotations

import queue
import shutil
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stfam.core.errors import OutputError, UsageError
from stfam.core.frame_range import FrameRange
from stfam.core.plate_pattern import is_shot
from stfam.core.shot import Keyframe, Output, Refinement, Settings, Shot, is_absolute
from stfam.core.worker import messages
from stfam.core.worker.client import WorkerClient
from stfam.core.worker.environment import check_version
from stfam.core.worker.protocol import Event
from stfam.core.worker.shot_object import shot_object
from stfam.plugin.frame_path import matte_files
from stfam.plugin.shot_job import Job, OnDone, OnFrame

START_SECONDS = 60.0
"""How long a worker may take to say that it is there."""


@dataclass(frozen=True)
class Plate:
    """The open plate.

    Attributes:
        frames: its frame numbers.
        width, height: pixels.
        fps: frames a second; 0.0 where it is not known.
        steady: they follow one another at that rate; those of a movie of a variable rate do not.
        pixel_aspect: width of a pixel over its height.
        colorspace: as it is read.
    """

    frames: FrameRange
    width: int
    height: int
    fps: float
    steady: bool
    pixel_aspect: float
    colorspace: str


class OpenShot:
    """A shot that is open in a worker. Use as a context manager, or `close` it.

    Attributes:
        shot: its present state.
        plate: what was opened.
    """

    def __init__(self, shot: Shot, command: Sequence[str], cache: str) -> None:
        """Start the worker `command` and open the shot; see `open_shot` for the errors."""
        self.shot = _absolute(shot)
        self._command, self._cache = list(command), str(Path(cache).absolute())
        self._mail: queue.SimpleQueue[tuple[int, Event | Future[dict[str, Any]]]] = queue.SimpleQueue()
        self._jobs: dict[int, Job] = {}
        self._warnings: list[str] = []
        self._client = self._start()
        self.plate = self._open()

    def __enter__(self) -> OpenShot:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def alive(self) -> bool:
        """Whether the worker runs."""
        return self._client.alive

    @property
    def worker_pid(self) -> int:
        """Process id of the worker."""
        return self._client.pid

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the worker warned of, such as a fallback of its device, since the shot was opened."""
        return tuple(self._warnings)

    @property
    def keys(self) -> tuple[Keyframe, ...]:
        """The keyframes and their trimap files."""
        return self.shot.keys

    def add_key(self, frame: int, image: str | Path, *, inner: int = 10, outer: int = 10) -> Keyframe:
        """Make `frame` a keyframe, or replace its trimap; frames of other spans keep their results.

        Args:
            image: a trimap (0, 128, 255), or a roto, mask or alpha that one is made from.
            inner, outer: width of the unknown band inside and outside of a mask's edge, in pixels.

        Raises:
            UsageError: the plate has no such frame.
            WorkerError: the image is missing, unreadable or of another size.
        """
        if frame not in self.plate.frames:
            raise UsageError(f"The plate has frames {self.plate.frames}, and no {frame!r}.", frame=frame)
        made = self._client.call(messages.TrimapFrom(str(Path(image).absolute()), inner, outer, frame))
        key = Keyframe(frame, made["path"])
        # `configure` looks at all frames: of many keys that is slow
        self._client.call(messages.SetKey(key.frame, key.trimap))
        others = [known for known in self.keys if known.frame != frame]
        self.shot = replace(self.shot, keys=tuple(sorted([*others, key], key=lambda known: known.frame)))
        return key

    def remove_key(self, frame: int) -> None:
        """Make `frame` an ordinary frame again."""
        self.configure(replace(self.shot, keys=tuple(key for key in self.keys if key.frame != frame)))

    def set(
        self, *, settings: Settings | None = None, refinement: Refinement | None = None, output: Output | None = None
    ) -> None:
        """Replace settings, refinement or output; what is None stays."""
        shot = self.shot
        self.configure(
            replace(
                shot,
                settings=settings or shot.settings,
                refinement=refinement or shot.refinement,
                output=output or shot.output,
            )
        )

    def configure(self, shot: Shot) -> None:
        """Take over another state of the same plate.

        Raises:
            WorkerError: another plate, an unknown colour space, or a trimap that is missing.
        """
        shot = _absolute(shot)
        answer = self._client.call(messages.Configure(shot_object(shot)))
        self.shot, self.plate = shot, replace(self.plate, colorspace=answer["colorspace"])

    def propagate(
        self, frames: str | None = None, *, on_frame: OnFrame | None = None, on_done: OnDone | None = None
    ) -> Job:
        """Carry the key trimaps to `frames` (range text; the shot's where None).

        Raises:
            UsageError: the frames are no text; so with `preview`, `matte` and `estimate`.
        """
        return self._begin("propagate", messages.Propagate(self._range(frames)), on_frame, on_done)

    def preview(
        self, frames: str | None = None, *, on_frame: OnFrame | None = None, on_done: OnDone | None = None
    ) -> Job:
        """Matte `frames` into the cache: what a later `matte` takes from there and only writes."""
        return self._begin("preview", messages.Matte(self._range(frames), preview=False), on_frame, on_done)

    def matte(
        self,
        frames: str | None = None,
        *,
        overwrite: bool = False,
        on_frame: OnFrame | None = None,
        on_done: OnDone | None = None,
    ) -> Job:
        """Write the mattes of `frames`, and the other passes that the shot names; frames that hold are kept."""
        return self._begin("matte", messages.Export(self._range(frames), overwrite), on_frame, on_done)

    def estimate(self, frames: str | None = None) -> dict[str, float]:
        """`seconds` and `bytes` that matting takes; below 0 where that is not known."""
        return self._client.call(messages.Estimate(self._range(frames)))

    def status(self) -> dict[str, dict[str, str]]:
        """Frame ranges by lane (trimap, matte, plate) and state (fresh, stale, missing, failed) of the cache.

        What `matte` writes is in `results`, and not in the cache.
        """
        status: dict[str, dict[str, str]] = self._client.call(messages.Status())["status"]
        return status

    def results(self) -> dict[int, Path]:
        """The mattes that exist, by frame; a movie stands for each of its frames."""
        return matte_files(self.shot.output.matte, self._frames())

    def save(self, path: str | Path) -> None:
        """Write a `.stfam` file with the trimaps of its keys in `NAME_keys` beside it; the panel opens it.

        Raises:
            UsageError: the name is none of a shot file. OutputError: it cannot be written.
        """
        file = Path(path).absolute()
        if not is_shot(file):
            raise UsageError(f"A shot is saved as NAME.stfam; got '{path}'.", path=str(path))
        try:
            self._save(file, file.with_name(f"{file.stem}_keys"))
        except OSError as error:
            raise OutputError(f"The shot {file} cannot be saved: {error.strerror}.", path=str(file)) from error

    def pump(self, timeout: float = 0.0) -> int:
        """Take what the worker said and call the jobs' callbacks, on this thread; returns how many messages there were.

        Args:
            timeout: seconds to wait for the first message.
        """
        taken = 0
        while True:
            try:
                wait = timeout > 0 and not taken
                number, message = self._mail.get(timeout=timeout) if wait else self._mail.get(False)
            except queue.Empty:
                return taken
            taken += 1
            self._take(number, message)

    def restart(self) -> None:
        """Start another worker after one that ended; a job that is begun again goes on from its finished frames."""
        self.close()
        self._client = self._start()
        self.plate = self._open()

    def close(self) -> None:
        """End the worker; running jobs end with it, their finished frames stay."""
        self._client.close()
        self.pump()

    def _save(self, file: Path, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        keys = []
        for key in self.keys:
            target = folder / f"{file.stem}.{key.frame:04d}.png"
            with suppress(shutil.SameFileError):
                shutil.copyfile(key.trimap, target)
            keys.append(Keyframe(key.frame, str(target)))
        replace(self.shot, keys=tuple(keys)).save(file)

    def _start(self) -> WorkerClient:
        client = WorkerClient(self._command, on_event=lambda event: self._mail.put((event.job, event)))
        try:
            answer = client.hello("hooks", START_SECONDS)
            check_version(self._command, str(answer.get("version", "unknown")))
        except BaseException:
            client.close()
            raise
        return client

    def _open(self) -> Plate:
        try:
            found = self._client.call(messages.Open(shot_object(self.shot), self._cache))["plate"]
        except BaseException:
            self._client.close()
            raise
        found["frames"] = FrameRange.parse(found["frames"])
        return Plate(**found)

    def _begin(
        self,
        kind: str,
        request: messages.Propagate | messages.Matte | messages.Export,
        on_frame: OnFrame | None,
        on_done: OnDone | None,
    ) -> Job:
        number, future = self._client.send(request)
        heard, done = on_frame or (lambda frame, stage: None), on_done or (lambda job: None)
        job = Job(kind, self.pump, lambda: self._stop(number), heard, done)
        self._jobs[number] = job
        future.add_done_callback(lambda ended: self._mail.put((number, ended)))
        return job

    def _stop(self, number: int) -> None:
        self._client.send(messages.Cancel(number))

    def _take(self, number: int, message: Event | Future[dict[str, Any]]) -> None:
        job = self._jobs.get(number)
        if isinstance(message, Event):
            if message.event == "warning" or (message.event == "device" and message.data.get("fallback")):
                self._warnings.append(message.data["text"])
            if job is not None:
                job.hear(message)
        elif job is not None:
            del self._jobs[number]
            error = message.exception()
            job.end(None if error else message.result(), error)

    def _frames(self) -> FrameRange:
        return FrameRange.parse(self.shot.frames) if self.shot.frames else self.plate.frames

    def _range(self, frames: str | None) -> str:
        if frames is None:
            return str(self._frames())
        if not isinstance(frames, str):
            raise UsageError(f"Frames are named in text, such as '1001-1100' or '1001,1005'; got {frames!r}.")
        return frames


def _absolute(shot: Shot) -> Shot:
    """With paths that stay what they are when the host changes its current folder."""
    return shot.with_paths(lambda path: path if is_absolute(path) else str(Path(path).absolute()))
