"""Every action of the panel, as data: what it says, its icon, its first hotkey and its menu."""

# ruff: noqa: E501 - one entry a line reads as the table that it is

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ActionSpec:
    """One action.

    Attributes:
        id: stable name; rebound hotkeys are kept under it.
        text: what menus and screen readers say.
        menu: the menu it stands in.
        icon: name of a file in stfam.resources/icons, empty for none.
        hotkey: the key it comes with, empty for none.
        tip: what it does, for tool tips.
        checkable: whether it has an on and an off state.
        edits: whether it changes the shot, and so is off in a read-only panel.
        section: actions of another section are parted by a line.
    """

    id: str
    text: str
    menu: str
    icon: str = ""
    hotkey: str = ""
    tip: str = ""
    checkable: bool = False
    edits: bool = False
    section: int = 0


MENUS = ("File", "Edit", "Paint", "View", "Solve", "Go")

ACTIONS = (
    ActionSpec("open_plate", "Open Plate…", "File", "open", "Ctrl+Shift+O", "Open an image sequence or a movie"),
    ActionSpec("open_shot", "Open Shot…", "File", "shot", "Ctrl+O", "Open a .stfam project file"),
    ActionSpec("save", "Save", "File", "save", "Ctrl+S", "Save the shot with its key trimaps", edits=True, section=1),
    ActionSpec("save_as", "Save As…", "File", "", "Ctrl+Shift+S", "Save the shot under another name", section=1),
    ActionSpec("export", "Export Mattes", "File", "export", "Ctrl+E", "Write the mattes from in to out as a new version", section=2),
    ActionSpec("queue", "Send to Queue", "File", "queue", "", "Render this shot in the batch queue", section=2),
    ActionSpec("show_queue", "Show Queue", "File", "", "", "Watch the jobs of the batch queue", section=2),
    ActionSpec("undo", "Undo", "Edit", "undo", "Ctrl+Z", "Take back the last change"),
    ActionSpec("redo", "Redo", "Edit", "redo", "Ctrl+Shift+Z", "Do again what was taken back"),
    ActionSpec("discard_recovered", "Discard Restored Work", "Edit", "", "", "Go back to the shot as it was saved", section=1),
    ActionSpec("hotkeys", "Hotkeys…", "Edit", "", "", "Change the keys of actions", section=2),
    ActionSpec("tool_brush", "Brush", "Paint", "brush", "B", "Paint freehand", checkable=True, edits=True),
    ActionSpec("tool_line", "Line", "Paint", "line", "L", "Paint a straight stroke", checkable=True, edits=True),
    ActionSpec("tool_lasso", "Lasso Fill", "Paint", "lasso", "Shift+L", "Draw an outline and fill it", checkable=True, edits=True),
    ActionSpec("tool_fill", "Flood Fill", "Paint", "fill", "G", "Fill the connected region under the pointer", checkable=True, edits=True),
    ActionSpec("label_foreground", "Foreground", "Paint", "foreground", "1", "Paint what is surely foreground", checkable=True, section=1),
    ActionSpec("label_unknown", "Unknown", "Paint", "unknown", "2", "Paint where the matte is to be found: hair, edges, blur", checkable=True, section=1),
    ActionSpec("label_background", "Background", "Paint", "background", "3", "Paint what is surely background; also the right mouse button", checkable=True, section=1),
    ActionSpec("brush_smaller", "Smaller Brush", "Paint", "", "[", "Make the brush smaller; also Shift and the wheel", section=2),
    ActionSpec("brush_larger", "Larger Brush", "Paint", "", "]", "Make the brush larger; also Shift and the wheel", section=2),
    ActionSpec("grow", "Grow Unknown", "Paint", "grow", "=", "Widen the unknown band of this keyframe", edits=True, section=3),
    ActionSpec("shrink", "Shrink Unknown", "Paint", "shrink", "-", "Narrow the unknown band of this keyframe", edits=True, section=3),
    ActionSpec("import_trimap", "Trimap from Roto, Mask or Alpha…", "Paint", "import", "", "Make this frame's trimap from an image", edits=True, section=4),
    ActionSpec("make_key", "Make Keyframe", "Paint", "key_add", "K", "Make this frame a keyframe; its propagated trimap is taken over where there is one", edits=True, section=5),
    ActionSpec("remove_key", "Remove Keyframe", "Paint", "key_remove", "Shift+K", "Make this frame an ordinary frame again", edits=True, section=5),
    ActionSpec("remove_strays", "Remove Keyframes outside the Plate", "Paint", "", "", "Remove the keyframes on frames that the plate does not have", edits=True, section=5),
    ActionSpec("view_plate", "Plate", "View", "", "F1", "The plate", checkable=True),
    ActionSpec("view_trimap", "Trimap", "View", "", "F2", "The trimap alone", checkable=True),
    ActionSpec("view_overlay", "Overlay", "View", "", "F3", "The trimap over the plate", checkable=True),
    ActionSpec("view_alpha", "Alpha", "View", "", "F4", "The matte", checkable=True),
    ActionSpec("view_foreground", "Foreground", "View", "", "F5", "The foreground colours without their background", checkable=True),
    ActionSpec("view_comp", "Comp", "View", "", "F6", "The foreground over the chosen background", checkable=True),
    ActionSpec("wipe", "Wipe", "View", "wipe", "W", "Compare two views along a line that can be dragged", checkable=True, section=1),
    ActionSpec("onion", "Onion Skin", "View", "onion", "O", "Alpha edges of the neighbouring frames", checkable=True, section=1),
    ActionSpec("fit", "Fit", "View", "fit", "F", "Show the whole frame", section=2),
    ActionSpec("actual_size", "100 %", "View", "actual_size", "Ctrl+1", "One screen pixel for one plate pixel", section=2),
    ActionSpec("zoom_in", "Zoom In", "View", "", "Ctrl+=", "Zoom in at the pointer; also the wheel", section=2),
    ActionSpec("zoom_out", "Zoom Out", "View", "", "Ctrl+-", "Zoom out at the pointer; also the wheel", section=2),
    ActionSpec("settings", "Settings", "View", "", "Ctrl+.", "Show or hide the settings beside the picture", checkable=True, section=3),
    ActionSpec("propagate_back", "Propagate Back", "Solve", "propagate_back", "Ctrl+Left", "Carry the trimaps from here to the in frame"),
    ActionSpec("propagate_both", "Propagate Both Ways", "Solve", "propagate_both", "P", "Carry the trimaps to all frames from in to out"),
    ActionSpec("propagate_forward", "Propagate Forward", "Solve", "propagate_forward", "Ctrl+Right", "Carry the trimaps from here to the out frame"),
    ActionSpec("propagate_frame", "Propagate This Frame", "Solve", "propagate_frame", "Shift+P", "Carry the nearest key to this frame only"),
    ActionSpec("matte_range", "Matte In-Out", "Solve", "matte_range", "M", "Pull the mattes from in to out, this frame first", section=1),
    ActionSpec("matte_frame", "Matte This Frame", "Solve", "matte_frame", "Shift+M", "Pull the matte of this frame only", section=1),
    ActionSpec("stop", "Stop", "Solve", "stop", "Esc", "Stop the work after the frame in hand; finished frames stay", section=2),
    ActionSpec("restart", "Restart Worker", "Solve", "restart", "", "Start the worker again; work goes on from the finished frames", section=3),
    ActionSpec("play", "Play", "Go", "play", "Ctrl+Space", "Play from in to out", checkable=True),
    ActionSpec("step_back", "Previous Frame", "Go", "step_back", "Left", "One frame back", section=1),
    ActionSpec("step_forward", "Next Frame", "Go", "step_forward", "Right", "One frame on", section=1),
    ActionSpec("first", "In Frame", "Go", "first", "Home", "Go to the in frame", section=1),
    ActionSpec("last", "Out Frame", "Go", "last", "End", "Go to the out frame", section=1),
    ActionSpec("key_previous", "Previous Keyframe", "Go", "key_previous", "Shift+Left", "Go to the keyframe before", section=2),
    ActionSpec("key_next", "Next Keyframe", "Go", "key_next", "Shift+Right", "Go to the keyframe after", section=2),
    ActionSpec("set_in", "Set In", "Go", "set_in", "I", "Begin the range at this frame", edits=True, section=3),
    ActionSpec("set_out", "Set Out", "Go", "set_out", "Shift+O", "End the range at this frame", edits=True, section=3),
)  # fmt: skip
