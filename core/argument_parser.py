"""The argument parser of every command (standard library only)."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, NoReturn

from stfam.core.errors import UsageError

_NEGATIVE = re.compile(r"-[0-9]")


class ArgumentParser(argparse.ArgumentParser):
    """Says what is wrong on a line that begins with ERROR, as render farms look for."""

    _given: Sequence[str] = ()

    def error(self, message: str) -> NoReturn:
        """Print the usage and the error, and exit with status 2."""
        self.print_usage(sys.stderr)
        print(f"ERROR: {message}{self._negative_number(message)}", file=sys.stderr)
        sys.exit(UsageError.exit_status)

    def parse_known_args(self, args: Iterable[str] | None = None, namespace: Any = None) -> Any:
        """Parse, and remember what was given for the sentence about an error."""
        self._given = list(sys.argv[1:] if args is None else args)
        return super().parse_known_args(self._given, namespace)

    def _negative_number(self, message: str) -> str:
        """How to write a value that begins with a minus, where argparse took it for an option."""
        names, _, reason = message.removeprefix("argument ").partition(": ")
        if reason != "expected one argument":
            return ""
        for option, value in pairwise(self._given):
            named = any(name.startswith(option) for name in names.split("/"))
            if named and _NEGATIVE.match(value):
                return f". A value that begins with a minus is written with an equals sign: {option}={value}"
        return ""
