"""Threads spin for a moment and then sleep, in every command, unless the user chose how they wait."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from stfam.core.shared_cores import SPINS, share_cores

VARIABLES = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")
WHAT_A_COMMAND_FINDS = """
import os, sys
from stfam.plugin import cli
load = cli.Command.load
def loading(command):
    print("torch" in sys.modules, os.environ.get("GOMP_SPINCOUNT"))
    return load(command)
cli.Command.load = loading
cli.main(["info", "--help"])
"""


def test_threads_sleep_after_a_moment():
    environment: dict[str, str] = {}
    share_cores(environment)
    assert environment == {"GOMP_SPINCOUNT": str(SPINS), "OMP_WAIT_POLICY": "PASSIVE"}


@pytest.mark.parametrize("variable", VARIABLES)
def test_what_the_user_chose_stays(variable):
    environment = {variable: "7"}
    share_cores(environment)
    assert environment == {variable: "7"}


@pytest.mark.parametrize(("threads", "kept"), [("0", False), (" -2", False), ("1", True), ("many", True)])
def test_no_threads_at_all_are_no_choice(threads, kept):
    environment = {"NUMBA_NUM_THREADS": threads}
    share_cores(environment)
    assert (environment.get("NUMBA_NUM_THREADS") == threads) is kept


def test_a_command_shares_the_cores_before_torch_is_loaded():
    clean = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    done = subprocess.run([sys.executable, "-c", WHAT_A_COMMAND_FINDS], env=clean, capture_output=True, text=True)
    assert done.stdout.splitlines()[0] == f"False {SPINS}", done.stderr
