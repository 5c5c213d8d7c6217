"""Columns whose values are checked when they are read: SQLite keeps whatever somebody writes into its file by hand."""

from __future__ import annotations

from enum import Enum
from typing import Any

from sqlalchemy import Dialect, Float, Integer, String, TypeDecorator


class EditedError(ValueError):
    """A value that the queue did not write."""


class _Checked(TypeDecorator[Any]):
    cache_ok = True
    kinds: tuple[type, ...]
    """What the values are, in Python."""

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """The value itself.

        Raises:
            EditedError: it is of another kind.
        """
        if value is not None and not isinstance(value, self.kinds):
            raise EditedError(f"it holds {value!r}, which the queue did not write")
        return value


class Whole(_Checked):
    """Whole numbers."""

    impl, kinds, cache_ok = Integer, (int,), True


class Number(_Checked):
    """Numbers, of seconds say."""

    impl, kinds, cache_ok = Float, (int, float), True


class Words(_Checked):
    """Text."""

    impl, kinds, cache_ok = String, (str,), True


class Name(_Checked):
    """One of the values of an enum."""

    impl, kinds, cache_ok = String, (str,), True

    def __init__(self, names: type[Enum]) -> None:
        super().__init__()
        self.names = names

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """As above."""
        try:
            return value if value is None else self.names(value).value
        except ValueError as error:
            raise EditedError(f"it holds {value!r}, which the queue did not write") from error
