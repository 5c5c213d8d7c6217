"""The row at the bottom: hint, progress with time left, estimate, device, worker."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from stfam.ui.actions.registry import ActionRegistry
from stfam.ui.elided_label import ElidedLabel
from stfam.ui.hint import next_step
from stfam.ui.link.jobs import TITLES, Job
from stfam.ui.workplace import Workplace


class StatusBar(QWidget):
    """Shows what goes on."""

    def __init__(self, workplace: Workplace, actions: ActionRegistry, probe: QWidget) -> None:
        super().__init__()
        self._workplace, self._actions = workplace, actions
        self.setObjectName("status")
        self.hint, self.device = ElidedLabel(), ElidedLabel()
        self.hint.setObjectName("hint")
        self.hint.setAccessibleName("Next step")
        self.device.setAccessibleName("Device")
        self.progress = QProgressBar(textVisible=True)
        self.progress.setAccessibleName("Progress")
        self.progress.setFixedWidth(230)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 3, 10, 3)
        row.addStrut(self.progress.sizeHint().height())  # or the picture would jump when it comes
        row.addWidget(self.hint, 1)
        row.addWidget(probe)
        row.addWidget(self.progress)
        row.addWidget(self.device)
        for signal in (workplace.document.opened, workplace.document.keys_changed, workplace.states.changed):
            signal.connect(self._show_hint)
        workplace.jobs.changed.connect(self._show_job)
        workplace.link.started.connect(self._show_job)
        workplace.link.gone.connect(lambda _: self._show_job())
        workplace.opener.busy_changed.connect(self._show_opening)
        actions.rebound.connect(lambda _: self._read_keys())
        self._read_keys()
        self._show_job()

    def _read_keys(self) -> None:
        """Hotkeys are put into words once: the hint is looked at again at each frame that the worker tells of."""
        form = QKeySequence.SequenceFormat.NativeText
        self._keys = {spec.id: self._actions[spec.id].shortcut().toString(form) for spec in self._actions.specs}
        self._show_hint()

    def _show_hint(self) -> None:
        work = self._workplace
        self.hint.setText(next_step(work.document, work.states, self._keys, work.jobs.running))

    def _show_job(self) -> None:
        work, job = self._workplace, self._workplace.jobs.current
        self.progress.setVisible(job is not None)
        if job is not None:
            self.progress.setMaximum(max(1, job.total))  # a bar of no length shows no text
            self.progress.setValue(job.done)
            self.progress.setFormat(_progress_text(job))
        self.device.setText(work.jobs.device or ("worker ready" if work.link.alive else "no worker"))
        self._actions["stop"].setEnabled(job is not None)
        self._show_hint()

    def _show_opening(self, text: str) -> None:
        if text:
            self.hint.setText(text)
        else:
            self._show_hint()


def duration(seconds: float) -> str:
    """A time a person reads: 8 s, 3 min 20 s, 2 h 5 min."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def size(count: float) -> str:
    """Bytes as a person reads them."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _progress_text(job: Job) -> str:
    if not job.id:
        return f"{TITLES[job.kind]} waits for the worker"
    if job.stopping:
        return "Stopping after this frame…"
    rest = f", {duration(job.seconds_left)} left" if job.seconds_left is not None else ""
    return f"{TITLES[job.kind]} {job.done}/{job.total}{rest}" if job.total else f"{TITLES[job.kind]}…"
