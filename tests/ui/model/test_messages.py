"""What the artist is told."""

from __future__ import annotations

from stfam.ui.model.messages import Messages


def test_errors_are_collected_until_something_new_is_tried():
    messages = Messages()
    messages.say("Saved.")
    messages.warn("Frame 1004 is missing.")
    messages.warn("Frame 1005 is missing.", "restart")
    messages.warn("Frame 1004 is missing.", "restart")
    assert messages.current is not None and messages.current.actions == ("restart",)
    assert messages.current.text.splitlines() == ["Frame 1005 is missing.", "Frame 1004 is missing."]
    messages.clear_errors()
    assert messages.current is None
    messages.say("Exported.")
    messages.clear_errors()
    assert messages.current is not None


def test_only_what_is_missing_goes_when_it_is_there():
    messages = Messages()
    messages.miss("Frame 1001 is no keyframe.", "make_key")
    assert messages.current is not None and not messages.current.error
    messages.clear_missing()
    assert messages.current is None
    messages.say("Unsaved paint was restored.")
    messages.clear_missing()
    assert messages.current is not None
