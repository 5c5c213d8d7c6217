from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from stfam.core.shot import Shot
from stfam.core.worker.client import WorkerClient
from stfam.plugin import panel
from stfam.plugin.cli import main


def test_the_worker_starts_from_the_command_line():
    worker = WorkerClient(panel.worker_command())
    assert worker.hello("test", 240)["protocol"] == 1
    assert worker.close() == 0


def test_the_panel_explains_itself():
    done = subprocess.run(
        [sys.executable, "-m", "stfam.plugin.cli", "panel", "--help"], capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0 and "SHOT|PLATE" in done.stdout


@pytest.mark.parametrize("command", ["panel", "benchmark", "evaluate", "ablate", "train"])
def test_an_unknown_option_is_an_error_as_everywhere(capsys, command):
    with pytest.raises(SystemExit) as end:
        main([command, "--nonesuch"])
    assert end.value.code == 2 and capsys.readouterr().err.splitlines()[-1].startswith("ERROR: ")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a display is not named in variables there")
def test_without_a_display_the_panel_is_refused(monkeypatch, capsys):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert main(["panel"]) == 2
    assert capsys.readouterr().err.startswith("ERROR: There is no display to show the panel on")


def test_a_saved_shot_goes_to_the_queue(make_shot_folder, tmp_path: Path, monkeypatch):
    from stfam.core.shot import Keyframe, Output
    from stfam.plugin.queue.folder import QueueFolder
    from stfam.plugin.queue.store import Store

    monkeypatch.setenv("STFAM_QUEUE", str(tmp_path / "queue"))
    folder = make_shot_folder(count=3)
    shot = Shot(folder.plate, Output(folder.out), (Keyframe(1001, str(folder.trimap_file(1001))),))
    shot.save(tmp_path / "sh020.stfam")
    send = panel.queue_sender()
    assert send is not None and 'Queued "sh020" as job 1' in send(tmp_path / "sh020.stfam")
    store = Store(QueueFolder.find(None))
    try:
        assert store.view(1).name == "sh020" and store.view(1).frames == 3
    finally:
        store.close()
