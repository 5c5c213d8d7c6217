"""The compliance suite against the panel that stands alone."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace

import pytest
from host_compliance import HostCompliance
from PySide6.QtWidgets import QApplication

from stfam.core.shot import Output, Shot
from stfam.plugin.standalone_host import StandaloneHost
from stfam.ui.model.autosave import Autosave
from stfam.ui.model.document import Document
from stfam.ui.model.messages import Messages
from stfam.ui.model.plate_info import PlateInfo
from stfam.ui.model.trimap_canvas import TrimapCanvas


class StandaloneAdapter:
    def __init__(self, document: Document, autosave: Autosave, plate: str) -> None:
        self.document, self.plate, self.seed = document, plate, "key 1001"
        self.host = StandaloneHost(document, autosave, Messages(document))

    def graph(self):
        return {"output": self.document.value("output.matte"), "keys": sorted(self.document.keys)}

    def undo(self) -> None:
        self.document.undo.undo()

    @contextmanager
    def cancelling(self):
        self.host.cancelled = True
        yield

    def point_at(self, plate: str) -> None:
        self.document.plate = replace(self.document.plate, spec=plate)

    def pump(self) -> None:
        QApplication.processEvents()


class TestStandalonePanel(HostCompliance):
    @pytest.fixture
    def adapter(self, qapp, make_shot_folder, tmp_path):
        folder = make_shot_folder(count=4)
        document = Document()
        autosave = Autosave(document)
        canvas = TrimapCanvas.from_file(folder.trimap_file(1001))
        info = PlateInfo(folder.plate, tuple(folder.frames), 96, 64)
        document.load(info, Shot(folder.plate, Output("")), {1001: canvas}, None)
        (tmp_path / "session").mkdir()
        autosave.start(tmp_path / "session")
        yield StandaloneAdapter(document, autosave, folder.plate)
        autosave.close()
