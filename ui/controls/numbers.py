"""Numbers in fields, read and written as everywhere else in the panel, whatever the language of the desktop is."""

from __future__ import annotations

from PySide6.QtCore import QLocale
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox


def plain_numbers() -> QLocale:
    """A point before the decimals, nothing between thousands, the digits 0 to 9."""
    plain = QLocale.c()
    plain.setNumberOptions(QLocale.NumberOption.OmitGroupSeparator | QLocale.NumberOption.RejectGroupSeparator)
    return plain


class DecimalField(QDoubleSpinBox):
    """A field for a number with decimals; a comma that is typed or pasted is a point."""

    def validate(self, text: str, at: int) -> tuple[QValidator.State, str, int]:
        """See QDoubleSpinBox."""
        return super().validate(text.replace(",", "."), at)
