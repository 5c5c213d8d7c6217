"""Asks for the image that a trimap is made from, and how wide its unknown band becomes."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)

from stfam.ui.controls.numbers import plain_numbers


class ImportDialog(QDialog):
    """An image, and pixels inside and outside of its edge."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setLocale(plain_numbers())
        self.setWindowTitle("Trimap from Roto, Mask or Alpha")
        self.path_field = QLineEdit(placeholderText="An image whose alpha, or brightness, is the mask")
        self.path_field.setAccessibleName("Image")
        self.path_field.setMinimumWidth(320)
        browse = QPushButton("Browse…")
        browse.clicked.connect(self._browse)
        row = QHBoxLayout()
        row.addWidget(self.path_field)
        row.addWidget(browse)
        self.inner_field = self._width("How far the unknown band reaches into the mask")
        self.outer_field = self._width("How far the unknown band reaches out of the mask")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.ok_button = buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.path_field.textChanged.connect(lambda _: self.ok_button.setEnabled(bool(self.path)))
        self.ok_button.setEnabled(False)
        form = QFormLayout(self)
        form.addRow("Image", row)
        form.addRow("Unknown inside", self.inner_field)
        form.addRow("Unknown outside", self.outer_field)
        form.addRow(buttons)

    @property
    def path(self) -> str:
        """The chosen image."""
        return self.path_field.text().strip()

    @property
    def widths(self) -> tuple[int, int]:
        """Pixels inside and outside."""
        return self.inner_field.value(), self.outer_field.value()

    def _width(self, tip: str) -> QSpinBox:
        field = QSpinBox(minimum=0, maximum=500, value=10, suffix=" px")
        field.setToolTip(tip)
        field.setAccessibleName(tip)
        return field

    def _browse(self) -> None:
        kinds = "Images (*.exr *.png *.tif *.tiff *.tga *.jpg *.dpx);;All files (*)"
        path, _ = QFileDialog.getOpenFileName(self, "Image", self.path, kinds)
        if path:
            self.path_field.setText(path)
