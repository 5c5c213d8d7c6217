"""The stand-in as a program of its own, with `farm task` as `stfam` has it: what an OpenJD bundle runs in tests."""

from __future__ import annotations

import argparse
import sys

from stand_in import main as command

from stfam.plugin.queue.farm import task

if __name__ == "__main__":
    options = argparse.ArgumentParser()
    task.add_arguments(options)
    if sys.argv[1:3] != ["farm", "task"]:
        sys.exit(2)
    sys.exit(task.run_task(options.parse_args(sys.argv[3:]), command))
