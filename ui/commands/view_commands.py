"""How the picture is shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from stfam.ui.actions.registry import ActionRegistry
from stfam.ui.model.view_state import VIEWS
from stfam.ui.viewer.viewport import Viewport
from stfam.ui.workplace import Workplace


class ViewCommands:
    """The View menu."""

    def __init__(self, workplace: Workplace, viewport: Viewport, actions: ActionRegistry) -> None:
        self._view, self._viewport, self._actions = workplace.view, viewport, actions
        self._view.changed.connect(self._show)
        self._show()

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What each action does."""
        views = {f"view_{name}": partial(self._choose, name) for name in VIEWS}
        return {
            **views,
            "wipe": self._toggle_wipe,
            "onion": lambda: self._view.update(onion=not self._view.view.onion),
            "fit": self._viewport.fit,
            "actual_size": lambda: self._viewport.zoom_to(1.0 / self._viewport.devicePixelRatioF()),
            "zoom_in": lambda: self._viewport.zoom_by(1.25),
            "zoom_out": lambda: self._viewport.zoom_by(0.8),
        }

    def _toggle_wipe(self) -> None:
        """A wipe of a view with itself shows nothing: the plate then stands at the right, or the alpha."""
        view = self._view.view
        if view.wipe is not None:
            self._view.update(wipe=None)
        elif view.other != view.name:
            self._view.update(wipe=0.5)
        else:
            self._view.update(wipe=0.5, other="alpha" if view.name == "plate" else "plate")

    def _choose(self, name: str) -> None:
        self._view.update(name=name)
        self._show()

    def _show(self) -> None:
        view = self._view.view
        for name in VIEWS:
            self._actions[f"view_{name}"].setChecked(view.name == name)
        self._actions["wipe"].setChecked(view.wipe is not None)
        self._actions["onion"].setChecked(view.onion)
