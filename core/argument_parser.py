"""The argument parser of every command (standard library only)."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, NoReturn

from stfam.core.closest_name import did_you_mean
from stfam.core.errors import UsageError

_MINUS = re.compile(r"-[^-]")


class ArgumentParser(argparse.ArgumentParser):
    """Says what is wrong on a line that begins with ERROR, as render farms look for."""

    _given: Sequence[str] = ()

    def error(self, message: str) -> NoReturn:
        """Print the usage and the error, and exit with status 2."""
        self.print_usage(sys.stderr)
        print(f"ERROR: {message}{self._after_minus(message)}", file=sys.stderr)
        sys.exit(UsageError.exit_status)

    def parse_known_args(self, args: Iterable[str] | None = None, namespace: Any = None) -> Any:
        """Parse; what is unknown ends the program here, where a subcommand knows its own options."""
        self._given = list(sys.argv[1:] if args is None else args)
        options, unknown = super().parse_known_args(self._given, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}{self._meant(unknown)}")
        return options, unknown

    def _meant(self, unknown: Sequence[str]) -> str:
        """The option that was perhaps meant by the first unknown one."""
        option = next((word.partition("=")[0] for word in unknown if word.startswith("-")), "")
        return did_you_mean(option, self._option_string_actions) if option else ""

    def _after_minus(self, message: str) -> str:
        """How to write a number or a name that begins with a minus, where argparse took it for an option."""
        names, _, reason = message.removeprefix("argument ").partition(": ")
        if reason != "expected one argument":
            return ""
        for option, value in pairwise(self._given):
            named = any(name.startswith(option) for name in names.split("/"))
            if named and _MINUS.match(value) and value not in self._option_string_actions:
                return f". A value that begins with a minus is written with an equals sign: {option}={value}"
        return ""


class StoreOnce(argparse.Action):
    """Stores the value of an option without a default; a second one is refused, where it would replace the first."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option_string: Any = None
    ) -> None:
        """Store it.

        Raises:
            ArgumentError: the option was given before.
        """
        if getattr(namespace, self.dest) is not None:
            raise argparse.ArgumentError(self, "given more than once; give it once")
        setattr(namespace, self.dest, values)
