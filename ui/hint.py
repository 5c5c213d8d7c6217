"""The line that leads from an empty panel to an exported matte."""

from __future__ import annotations

from stfam.ui.model.document import Document
from stfam.ui.model.frame_states import FrameStates, Lane, State


def next_step(document: Document, states: FrameStates, keys: dict[str, str], working: bool) -> str:
    """What to do next, with its hotkey.

    Args:
        keys: hotkey text of each action id; empty for none.
        working: whether the worker is busy with a job.
    """
    plate = document.plate
    if plate is None:
        return f"Drop a plate here, or open one{_key(keys, 'open_plate')}"
    if working:
        return f"Go on painting or scrubbing while the worker is busy; stop it with {keys['stop'] or 'Stop'}"
    if document.read_only:
        return f"Read-only: another panel has this shot. Save a copy to work on{_key(keys, 'save_as')}"
    if not document.keys:
        sure, soft = _key(keys, "label_foreground"), _key(keys, "label_unknown")
        return f"Paint a trimap: foreground{sure}, unknown along the edge{soft}, background with the right button"
    span = document.range_frames
    trimaps, mattes = states.lane(Lane.TRIMAP), states.lane(Lane.MATTE)
    if any(trimaps.get(f, State.MISSING) in (State.MISSING, State.STALE) for f in span if f not in document.keys):
        both, at_once = _key(keys, "propagate_both"), _key(keys, "matte_range")
        return f"Carry the trimap through the shot{both}, or matte at once{at_once}"
    if any(mattes.get(frame) is not State.FRESH for frame in span):
        return f"Pull the mattes{_key(keys, 'matte_range')}; correct a trimap where it is wrong{_key(keys, 'make_key')}"
    alpha, comp, export = (_key(keys, name) for name in ("view_alpha", "view_comp", "export"))
    return f"Look at the matte{alpha} and the comp{comp}, then export{export}"


def _key(keys: dict[str, str], action_id: str) -> str:
    return f" ({keys[action_id]})" if keys.get(action_id) else ""
