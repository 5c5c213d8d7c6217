#!/bin/sh
# The demo shot from the empty panel to exported mattes, by mouse and key events only, in a real window under Xvfb.
# Needs Xvfb, openbox, xdotool and ImageMagick's import. Usage: demo_run.sh FOLDER-FOR-SCREENSHOTS [PYTHON]
set -eu
out=$(mkdir -p "$1" && cd "$1" && pwd)
python=${2:-python3}
movie=$(cd "$(dirname "$0")/../.." && pwd)/resources/demo/big_buck_bunny.mp4
work=$(mktemp -d)
cp "$movie" "$work/bunny.mp4"
export DISPLAY=:77 QT_QPA_PLATFORM=xcb HOME="$work" XDG_CONFIG_HOME="$work" XDG_CACHE_HOME="$work/cache"
Xvfb :77 -screen 0 1440x900x24 >"$work/x.log" 2>&1 &
xvfb=$!
trap 'kill $panel $manager $xvfb 2>/dev/null || true; rm -rf "$work"' EXIT
sleep 1
openbox >"$work/openbox.log" 2>&1 &
manager=$!
"$python" -m stfam.plugin.cli panel &
panel=$!
window=$(xdotool search --sync --onlyvisible --name ' - stfam$' | head -1)
xdotool windowsize --sync "$window" 1430 860 windowmove "$window" 0 0 windowfocus "$window"
sleep 2
look() { import -window root -crop 1430x860+0+0 +repage "$out/panel-$1.png"; }
key() { for name in "$@"; do xdotool key "$name"; sleep 0.3; done; }
drag() { # x0 y0 x1 y1 ...: a stroke through these points of the window
    xdotool mousemove "$1" "$2" mousedown 1; shift 2
    while [ $# -gt 0 ]; do xdotool mousemove "$1" "$2"; sleep 0.05; shift 2; done
    xdotool mouseup 1; sleep 0.3
}
title() { xdotool getwindowname "$window"; }
look empty
key ctrl+shift+o; sleep 2
xdotool type --delay 5 "$work/bunny.mp4"; key Return
until title | grep -q bunny; do sleep 0.5; done
sleep 2
xdotool windowfocus "$window"
# Frame 67 by the timeline, in and out about it.
xdotool mousemove 745 830 click 1; sleep 1
key Left i Right Right shift+o Left
# Unknown around the rabbit, foreground inside it.
key shift+l 2
drag 176 176 311 150 373 124 446 124 549 135 560 197 539 238 591 342 601 467 581 581 518 643 446 643 352 612 301 498 311 342 228 259 176 238
key 1
drag 270 218 384 249 389 192 446 171 477 244 518 270 544 363 544 456 518 549 482 596 456 581 394 581 347 498 347 394 363 311 311 249 264 233
sleep 1; look painted
key p; sleep "${PROPAGATE_SECONDS:-20}"; look propagated
key m; sleep "${PREVIEW_SECONDS:-8}"; look preview
sleep "${MATTE_SECONDS:-120}"
key F4; sleep 2; look alpha
key w; sleep 2; look wipe
key w F6; sleep 8; look comp
key ctrl+e; sleep "${EXPORT_SECONDS:-15}"; look exported
find "$work" -name '*matte*.exr' | sort
