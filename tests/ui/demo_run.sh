#!/bin/sh
# The demo shot from the empty panel to exported mattes, by mouse and key events only, in a real window under Xvfb.
# Needs Xvfb, openbox, xdotool and ImageMagick's import. Usage: demo_run.sh FOLDER-FOR-SCREENSHOTS [PYTHON]
# Ends with 0 where three mattes were exported, the shot was saved and no process stayed behind.
set -eu
out=$(mkdir -p "$1" && cd "$1" && pwd)
python=${2:-python3}
here=$(cd "$(dirname "$0")" && pwd)
patience=${PATIENCE_SECONDS:-240} # for each wait
work=$(mktemp -d)
mkdir "$work/plate"
cp "$here/../../resources/demo/big_buck_bunny.mp4" "$work/plate/bunny.mp4"
display=${DEMO_DISPLAY:-:77}
export DISPLAY="$display" QT_QPA_PLATFORM=xcb HOME="$work" XDG_CONFIG_HOME="$work" XDG_CACHE_HOME="$work/cache"
unset STFAM_CACHE
panel="" manager=""
Xvfb "$display" -screen 0 1440x900x24 >"$work/x.log" 2>&1 &
server=$!
tidy() {
    for process in $panel $manager $server; do
        kill "$process" 2>/dev/null && wait "$process" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap tidy EXIT
sleep 1
openbox >"$work/openbox.log" 2>&1 &
manager=$!
"$python" -m stfam.plugin.cli panel &
panel=$!
window=$(xdotool search --sync --onlyvisible --name ' - stfam$' | head -1)
xdotool windowsize --sync "$window" 1430 860 windowmove "$window" 0 0 windowfocus --sync "$window"

look() { import -window root -crop 1430x860+0+0 +repage "$out/panel-$1.png"; }
key() { for name in "$@"; do xdotool key "$name"; sleep 0.3; done; }
drag() { # x0 y0 x1 y1 ...: a stroke through these points of the window
    xdotool mousemove "$1" "$2" mousedown 1; shift 2
    while [ $# -gt 0 ]; do xdotool mousemove "$1" "$2"; sleep 0.05; shift 2; done
    xdotool mouseup 1; sleep 0.3
}
wait_for() { # what, then a command that is tried until it succeeds
    what=$1; left=$((patience * 2)); shift
    until "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        if [ "$left" -le 0 ]; then echo "no $what after $patience s" >&2; look failed; exit 1; fi
        sleep 0.5
    done
}
titled() { xdotool getwindowname "$window" | grep -q "$1"; }
files() { [ "$(find "$work" -path "$1" -type f | wc -l)" -ge "$2" ]; }
ended() { ! kill -0 "$1" 2>/dev/null; }
worker_of() { pgrep -P "$1" -f 'stfam.* worker' | head -1; }
type_path() { # into the dialog of this title
    wait_for "dialog $1" xdotool search --onlyvisible --name "^$1\$"
    sleep 1
    xdotool type --delay 5 "$2"; key Return
}

look empty
key ctrl+shift+o
type_path "Open Plate" "$work/plate/bunny.mp4"
wait_for "open plate" titled bunny
wait_for "picture" files "*/pictures/plate-*.raw" 1
xdotool windowfocus --sync "$window"
# Frame 67 by the timeline, in and out about it.
xdotool mousemove 745 830 click 1; sleep 1
key Left i Right Right shift+o Left
wait_for "picture of frame 67" files "*/pictures/plate-67-*.raw" 1
# Unknown around the rabbit, foreground inside it.
key shift+l 2
drag 171 182 301 157 361 132 432 132 531 143 541 202 521 242 571 342 581 462 562 572 501 632 432 632 341 602 292 492 301 342 222 262 171 242
key 1
drag 262 222 372 252 377 197 432 177 461 248 501 273 526 362 526 452 501 541 466 587 441 572 381 572 336 492 336 392 352 312 301 252 256 237
sleep 2; look painted
key p
wait_for "propagated trimaps" files "*/solved/trimap.*" 2
key Right; sleep 3; look propagated; key Left
key F4 m
wait_for "first alpha" files "*/pictures/alpha-67-*.raw" 1
sleep 1; look preview
wait_for "three mattes" files "*/solved/alpha.*" 3
sleep 4; look alpha
key F1 w; sleep 1
drag 564 500 500 500 420 500 # the wipe line, from the middle over the rabbit
sleep 2; look wipe
key w F6
wait_for "comp" files "*/pictures/comp-67-*.raw" 1
sleep 2; look comp
key o F3; sleep 4; look onion; key o F6
key ctrl+e
wait_for "three exported mattes" files "*/bunny_matte/v001/*.exr" 3
sleep 3; look exported
key ctrl+s
type_path "Save Shot" "$work/bunny.stfam"
wait_for "saved shot" titled 'bunny.stfam - stfam'
look saved
worker=$(worker_of "$panel")
[ -n "$worker" ]
key alt+F4
wait_for "end of the panel" ended "$panel"
wait_for "end of the worker" ended "$worker"
panel=""
find "$work" -path '*/bunny_matte/*' -name '*.exr' -size +1k | sort | sed "s|$work/||"
[ "$(find "$work" -path '*/bunny_matte/*' -name '*.exr' -size +1k | wc -l)" -eq 3 ]
echo "from the empty panel to three mattes; no process left"
