"""The compliance suite in the real Blender."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from host_compliance import HostCompliance

from stfam.plugin.frame_path import frame_path


class BlenderAdapter:
    def __init__(self, bpy, plate) -> None:
        from stfam.plugin.blender_host.host import BlenderHost

        self._bpy, self.plate, self.seed = bpy, plate, "roto"
        self.host = BlenderHost("IMAGE", "plate")

    def graph(self):
        """Every node group: nodes, links, and when its images play."""
        found = {}
        for group in self._bpy.data.node_groups:
            nodes = [
                (node.name, node.bl_idname, getattr(node, "frame_start", None), getattr(node, "frame_duration", None))
                for node in group.nodes
            ]
            links = [(link.from_node.name, link.to_node.name, link.to_socket.name) for link in group.links]
            found[group.name] = (sorted(nodes), sorted(links))
        return found

    def undo(self) -> None:
        self._bpy.ops.ed.undo()

    @contextmanager
    def cancelling(self):
        from stfam.plugin.blender_host import host

        show = host._CursorProgress.show
        host._CursorProgress.show = lambda progress, fraction, text: False
        yield
        host._CursorProgress.show = show

    def point_at(self, plate: str) -> None:
        self._bpy.data.images["plate"].filepath = frame_path(plate, 1001)

    def pump(self) -> None:
        self.host.pump()


class TestBlender(HostCompliance):
    @pytest.fixture
    def adapter(self, blender, roto, make_plates, tmp_path):
        make_plates(tmp_path / "plates", 1001, 4)
        plate = str(tmp_path / "plates" / "plate.####.exr")
        image = blender.data.images.load(frame_path(plate, 1001))
        image.source, image.name = "SEQUENCE", "plate"
        blender.ops.ed.undo_push(message="the artist's last step")
        return BlenderAdapter(blender, plate)
