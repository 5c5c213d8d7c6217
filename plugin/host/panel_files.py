"""Whose a panel's file is: of what was copied, or of a document that was saved as another one, two places know it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from stfam.core.whole_file import written_whole


class PanelFiles:
    """Notes beside each file which place of which document has it: a node of a script, a scene of a .blend.

    What the open document has used stays its own when it is saved as another one, as a panel may be open on it.

    Attributes:
        in_hand: place of each file that the open document has used.
    """

    def __init__(self) -> None:
        self.in_hand: dict[str, str] = {}

    def claim(self, path: str, document: str, place: str) -> None:
        """Let the file be of a place of the open document.

        Raises:
            WriteError: its folder cannot be written to.
        """
        self.in_hand[path] = place
        owner = (document, place)
        if self._owner(path) != owner:
            with written_whole(_beside(path)) as temporary:
                temporary.write_text(json.dumps(owner), "utf-8")

    def claim_again(self, document: str) -> None:
        """The same for all that the document has used, which has another name now."""
        for path, place in self.in_hand.items():
            self.claim(path, document, place)

    def is_of(self, path: str, document: str, place: str, knows: Callable[[str], bool]) -> bool:
        """Whether the file is of a place of the open document, and not of what that was copied from.

        Args:
            knows: whether another place of the document, of that name, knows the file still; a renamed one is no other.
        """
        owner = self._owner(path)
        if owner is None or (owner[1] != place and knows(owner[1])):
            return False
        return owner[0] == document or path in self.in_hand

    def is_claimed(self, path: str) -> bool:
        """Whether it is noted whose the file is."""
        return self._owner(path) is not None

    def forget(self) -> None:
        """Another document is open."""
        self.in_hand.clear()

    def _owner(self, path: str) -> tuple[str, str] | None:
        try:
            document, place = json.loads(_beside(path).read_text("utf-8"))
        except (OSError, ValueError, TypeError):
            return None
        return str(document), str(place)


def _beside(path: str) -> Path:
    return Path(path).with_suffix(".owner")
