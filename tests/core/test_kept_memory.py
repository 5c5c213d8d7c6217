"""What one frame frees is there for the next, in every command, unless the user chose how memory is handed back."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from stfam.core.kept_memory import give_memory_back, keep_memory

LINUX = sys.platform == "linux" and hasattr(os, "confstr") and "glibc" in (os.confstr("CS_GNU_LIBC_VERSION") or "")
needs_glibc = pytest.mark.skipif(not LINUX, reason="other C libraries have no mallopt")
FAULTS = """
import resource, sys
import numpy as np
from stfam.core.kept_memory import give_memory_back, keep_memory
if "keep" in sys.argv:
    assert keep_memory({})
np.ones(64 * 2**20, np.uint8)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(4):
    np.ones(64 * 2**20, np.uint8)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
with open("/proc/self/statm") as held:
    kept = int(held.read().split()[1])
give_memory_back()
with open("/proc/self/statm") as held:
    print(kept - int(held.read().split()[1]))
"""
WHAT_A_COMMAND_DOES = """
from stfam.core import kept_memory
from stfam.plugin import cli
cli.keep_memory = lambda: print("kept")
cli.main(["info", "--help"])
"""


def faults_and_pages_given_back(*arguments: str) -> tuple[int, int]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_TUNABLES"))}
    # Huge pages would hide how many small ones are asked for.
    clean["NUMPY_MADVISE_HUGEPAGE"] = "0"
    command = [sys.executable, "-c", FAULTS, *arguments]
    out = subprocess.run(command, env=clean, capture_output=True, text=True, check=True).stdout.split()
    return int(out[0]), int(out[1])


@needs_glibc
def test_freed_memory_is_used_again_and_can_be_handed_back():
    asked, _ = faults_and_pages_given_back()
    kept, back = faults_and_pages_given_back("keep")
    assert kept < asked / 10
    assert back * os.sysconf("SC_PAGE_SIZE") > 32 * 2**20


@pytest.mark.parametrize("variable", ["GLIBC_TUNABLES", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"])
def test_what_the_user_chose_stays(variable):
    assert not keep_memory({variable: "7"})


def test_memory_can_be_handed_back_everywhere():
    give_memory_back()


def test_every_command_keeps_memory():
    done = subprocess.run([sys.executable, "-c", WHAT_A_COMMAND_DOES], capture_output=True, text=True)
    assert done.stdout.splitlines()[0] == "kept", done.stderr
