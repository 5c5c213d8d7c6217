"""The panel's style sheet, made from the palette."""

from __future__ import annotations

from PySide6.QtGui import QColor

from stfam.ui.theme.palette import Colour


def style_sheet(arrow: str, check: str) -> str:
    """The rules for a panel widget named `stfam`, so that a host's own widgets keep their looks.

    Args:
        arrow, check: paths of the pictures for combo boxes and check boxes, with forward slashes.
    """
    names = {name.lower(): value.name() for name, value in vars(Colour).items() if isinstance(value, QColor)}
    return _RULES.format(**names, arrow_icon=arrow, check_icon=check)


_RULES = """
#stfam, #stfam QWidget {{ color: {text}; font-size: 12px; }}
#stfam, #stfam QDialog, #stfam QScrollArea, #stfam QScrollArea > QWidget > QWidget {{ background: {window}; }}
#stfam QLabel[dim="true"] {{ color: {dim}; }}
#stfam QLabel[changed="true"] {{ color: {accent}; }}
#stfam QLabel:disabled, #stfam QCheckBox:disabled {{ color: {disabled}; }}
#stfam QMenuBar {{ background: {panel}; border-bottom: 1px solid {line}; padding: 1px 4px; }}
#stfam QMenuBar::item {{ background: transparent; padding: 4px 8px; border-radius: 2px; }}
#stfam QMenuBar::item:selected {{ background: {hover}; }}
QMenu {{ background: {panel}; color: {text}; border: 1px solid {line}; padding: 4px 0; }}
QMenu::item {{ padding: 4px 26px 4px 26px; }}
QMenu::item:selected {{ background: {hover}; }}
QMenu::item:disabled {{ color: {disabled}; }}
QMenu::icon {{ left: 6px; }}
QMenu::separator {{ height: 1px; background: {line}; margin: 4px 0; }}
#stfam QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 3px; padding: 3px; }}
#stfam QToolButton:hover {{ background: {hover}; }}
#stfam QToolButton:pressed {{ background: {field}; }}
#stfam QToolButton:checked {{ background: {field}; border-color: {line}; color: {accent}; }}
#stfam QToolButton:focus {{ border-color: {accent}; }}
#stfam QToolButton:disabled {{ color: {disabled}; }}
#stfam #qt_menubar_ext_button {{ image: url("{arrow_icon}"); padding: 0; border: none; margin-right: 3px; }}
#stfam QToolButton[wide="true"] {{ background: {button}; border-color: {line}; padding: 4px 10px; }}
#stfam QToolButton[wide="true"]:hover {{ background: {hover}; }}
#stfam QPushButton {{ background: {button}; border: 1px solid {line}; border-radius: 3px; padding: 4px 12px; }}
#stfam QPushButton:hover {{ background: {hover}; }}
#stfam QPushButton:pressed {{ background: {field}; }}
#stfam QPushButton:focus {{ border-color: {accent}; }}
#stfam QPushButton:disabled {{ color: {disabled}; }}
#stfam QGroupBox {{ border: none; border-top: 1px solid {line}; margin-top: 18px; padding-top: 2px; }}
#stfam QGroupBox::title {{ subcontrol-origin: margin; left: 8px; top: 2px; color: {dim}; }}
#stfam QLineEdit, #stfam QSpinBox, #stfam QDoubleSpinBox, #stfam QComboBox, #stfam QKeySequenceEdit QLineEdit {{
    background: {field}; border: 1px solid {line}; border-radius: 2px; padding: 2px 4px; min-height: 17px;
    selection-background-color: {accent}; selection-color: {line}; }}
#stfam QLineEdit:focus, #stfam QSpinBox:focus, #stfam QDoubleSpinBox:focus, #stfam QComboBox:focus {{
    border-color: {accent}; }}
#stfam QLineEdit:disabled, #stfam QSpinBox:disabled, #stfam QDoubleSpinBox:disabled, #stfam QComboBox:disabled {{
    color: {disabled}; }}
#stfam QSpinBox::up-button, #stfam QSpinBox::down-button,
#stfam QDoubleSpinBox::up-button, #stfam QDoubleSpinBox::down-button {{ width: 0; border: none; }}
#stfam QComboBox::drop-down {{ border: none; width: 18px; }}
#stfam QComboBox::down-arrow {{ image: url("{arrow_icon}"); width: 12px; height: 12px; }}
#stfam QComboBox QLineEdit {{ border: none; padding: 0; min-height: 15px; }}
#stfam QComboBox QAbstractItemView {{ background: {panel}; border: 1px solid {line};
    selection-background-color: {hover}; selection-color: {text}; }}
#stfam QCheckBox {{ spacing: 6px; }}
#stfam QCheckBox::indicator {{ width: 13px; height: 13px; background: {field}; border: 1px solid {line};
    border-radius: 2px; }}
#stfam QCheckBox::indicator:checked {{ image: url("{check_icon}"); }}
#stfam QCheckBox::indicator:focus {{ border-color: {accent}; }}
#stfam QSlider::groove:horizontal {{ height: 3px; background: {field}; border-radius: 1px; }}
#stfam QSlider::sub-page:horizontal {{ background: {hover}; border-radius: 1px; }}
#stfam QSlider::handle:horizontal {{ width: 9px; height: 13px; margin: -5px 0; background: {dim}; border-radius: 2px; }}
#stfam QSlider::handle:horizontal:hover {{ background: {text}; }}
#stfam QSlider::handle:horizontal:disabled {{ background: {button}; }}
#stfam QProgressBar {{ background: {field}; border: 1px solid {line}; border-radius: 2px; text-align: center;
    height: 16px; font-size: 11px; }}
#stfam QProgressBar::chunk {{ background: {progress}; border-radius: 1px; }}
#stfam QScrollBar:vertical {{ background: {panel}; width: 9px; margin: 0; }}
#stfam QScrollBar::handle:vertical {{ background: {hover}; border-radius: 4px; min-height: 24px; }}
#stfam QScrollBar::add-line, #stfam QScrollBar::sub-line {{ height: 0; width: 0; }}
#stfam QSplitter::handle {{ background: {line}; }}
#stfam QScrollBar:horizontal {{ background: {panel}; height: 9px; margin: 0; }}
#stfam QScrollBar::handle:horizontal {{ background: {hover}; border-radius: 4px; min-width: 24px; }}
#stfam QAbstractItemView, #stfam QPlainTextEdit, #stfam QTextEdit {{ background: {field}; color: {text};
    alternate-background-color: {panel}; selection-background-color: {hover}; selection-color: {text};
    border: 1px solid {line}; }}
#stfam QHeaderView, #stfam QTableCornerButton::section {{ background: {panel}; border: none; }}
#stfam QHeaderView::section {{ background: {panel}; border: none; padding: 4px; color: {dim}; }}
#stfam #tools {{ background: {panel}; border-right: 1px solid {line}; }}
#stfam #bar, #stfam #status {{ background: {panel}; }}
#stfam #message {{ background: #4a3a24; border-bottom: 1px solid {line}; }}
#stfam #message[error="true"] {{ background: #4f2b29; }}
#stfam #hint {{ color: {accent}; }}
QToolTip {{ background: {field}; color: {text}; border: 1px solid {line}; padding: 3px; }}
"""
