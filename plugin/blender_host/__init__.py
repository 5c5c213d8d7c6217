# SPDX-License-Identifier: GPL-3.0-or-later
"""stfam in Blender 4.2 and later: thin translation between Blender's data and `stfam.plugin.host`."""
