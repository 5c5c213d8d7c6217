"""What the packets of a movie say of its frames, before any of them is decoded."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from statistics import median_low
from typing import Any, NamedTuple

from av.error import FFmpegError
from av.format import Flags

from stfam.core.errors import UnreadableFrameError
from stfam.core.media import avi_chunks, matroska_segment, mxf_packets


@dataclass(frozen=True)
class MovieIndex:
    """The frames of a video stream.

    Attributes:
        stamps: the frames' time stamps in order of presentation; numbers from 0 where the file has none of its own.
        keys: time stamps that decoding can begin at, rising; some may be of frames that an edit list hides.
        promised: how many frames the header promises; more than there are stamps where the movie ends early.
        counted: the file stamps no times of presentation: the frames are what is decoded, counted from the first one.
    """

    stamps: tuple[int, ...]
    keys: tuple[int, ...]
    promised: int
    counted: bool = False

    @property
    def steady(self) -> bool:
        """Whether no frame comes half a frame's time early or late after the one before, as far as stamps are there."""
        gaps = [after - before for before, after in pairwise(self.stamps)]
        usual = median_low(gaps) if gaps else 0
        return all(2 * abs(gap - usual) < usual for gap in gaps)


_MOST_REORDERED = 16
"""Frames that may be decoded before one that is presented before them, in H.264 and HEVC."""


_TORN = {"avi": avi_chunks.is_torn, "matroska,webm": matroska_segment.is_torn, "mxf": mxf_packets.is_torn}
"""By the kind of file: whether something took the place of frames."""


_HEAD = 16
"""Frames by which a decoder has settled after the start of a stream."""


_PICTURE = b"\0\0\1\xb6"
"""What a picture begins with in MPEG-4 Part 2."""


class _Packet(NamedTuple):
    stamp: int
    length: int
    decoded_at: int | None
    key: bool
    hidden: bool
    damaged: bool
    packed: bool

    @classmethod
    def of(cls, packet: Any) -> _Packet:
        length, key = packet.duration or 0, packet.is_keyframe
        packed = packet.stream.codec_context.name == "mpeg4" and bytes(packet).count(_PICTURE) > 1
        return cls(packet.pts, length, packet.dts, key, packet.is_discard, packet.is_corrupt, packed)


def read_index(container: Any, stream: Any) -> MovieIndex:
    """Read all packets of a container that has just been opened.

    A movie ends early where its header promises more than its packets fill. They are in order of decoding, so that a
    frame presented before the last of them may be lost as well: only frames up to the last decoding time count then.

    Raises:
        UnreadableFrameError: frames are lost amid the file, so that those after them would get other numbers.
    """
    _check_numbers(container.format.name, Path(container.name))
    if container.format.flags & Flags.ts_discont.value:  # MPEG streams; the stamps between those there are guesses
        count = _decodable(container, stream)
        return MovieIndex(tuple(range(count)), (), count, counted=True)
    packets, end = [], Fraction(0)
    for p in container.demux():
        if p.pts is not None and p.size:
            end = max(end, (p.pts + (p.duration or 0)) * p.time_base)
            if p.stream.index == stream.index:
                packets.append(_Packet.of(p))
    while packets and packets[-1].damaged:
        packets.pop()
    stamps = sorted({p.stamp for p in packets if not p.hidden})
    palette = stream.codec_context.pix_fmt == "pal8"  # which comes with the first packet alone
    keys = () if palette else tuple(sorted({p.stamp for p in packets if p.key}))
    promised = _promised(container, stream, packets, stamps, end)
    if _in_order_of_decoding(container, stream, packets):
        whole = len(stamps) if promised == len(stamps) else max(0, len(stamps) - _MOST_REORDERED)
        return MovieIndex(tuple(range(whole)), (), promised, counted=True)
    if promised > len(stamps):
        last = packets[-1].decoded_at
        stamps = [stamp for stamp in stamps if last is not None and stamp <= last]
    return MovieIndex(tuple(stamps), keys, promised)


def _decodable(container: Any, stream: Any) -> int:
    """How many frames a stream of unknown length gives.

    Where it was cut from a longer one, as a recording is, its decoder gives nothing of packets before the first key,
    and none of the frames after that which are made from the group before.
    """
    left, decoded, packets = Fraction(0), 0, []
    for packet in container.demux(stream):
        packets.append(_Packet.of(packet))
        if decoded >= _HEAD and packet.size:  # the last one is empty and has the decoder hand out what it holds
            left += _held(packet, stream)
            continue
        try:
            decoded += len(packet.decode())
        except FFmpegError:
            decoded += 1  # damaged, which is said when it is read
    if _has_hole(packets):
        raise _torn(container.name)
    return int(left) + decoded


def _has_hole(packets: list[_Packet]) -> bool:
    """Whether a stream lost some: it marks the packet there as damaged, and its clock goes on by more than a frame.

    A stream that is joined from several has the mark as well, and one of a variable rate has the leaps.
    """
    timed = [(p.decoded_at, p.length) for p in packets if p.decoded_at is not None]
    gaps = [(after - before, length) for (before, length), (after, _) in pairwise(timed)]
    usual = median_low([gap for gap, _ in gaps]) if gaps else 0
    leaps = any(4 * gap > 7 * max(usual, length) for gap, length in gaps)  # beyond the three fields of a pulldown
    return leaps and any(packet.damaged for packet in packets)


def _held(packet: Any, stream: Any) -> Fraction:
    """How much of a frame is in a packet: half where H.264 has each field in one of its own, by how long it lasts."""
    lasts = (packet.duration or 0) * packet.time_base * (stream.codec_context.framerate or 0)
    return Fraction(1, 2) if stream.codec_context.name == "h264" and 0 < lasts < Fraction(3, 4) else Fraction(1)


def _check_numbers(kind: str, path: Path) -> None:
    """Raise where the frames that are there cannot be told by their numbers; other kinds list where each frame lies."""
    torn = _TORN.get(kind)
    if torn is not None and torn(path):
        raise _torn(path)


def _torn(path: Path | str) -> UnreadableFrameError:
    return UnreadableFrameError(
        f"{path} is damaged: frames are lost amid it, and those after them cannot be told by their numbers. "
        "Copy or export it again.",
        path=str(path),
    )


def _in_order_of_decoding(container: Any, stream: Any, packets: list[_Packet]) -> bool:
    """Whether stamps number the packets of frames that are presented in another order.

    AVI stores no more than that, nor does many an MXF; a stream of keys alone has one order. Of DivX and Xvid with two
    frames in a packet, and nothing in the next, FFmpeg guesses the stamps wrong.
    """
    if any(p.packed for p in packets):
        return True
    rising = all(before.stamp < after.stamp for before, after in pairwise(packets))
    reordered = stream.codec_context.has_b_frames and not all(p.key for p in packets)
    return bool(container.format.name in ("avi", "mxf") and reordered and rising)


def _promised(container: Any, stream: Any, packets: list[_Packet], stamps: list[int], end: Fraction) -> int:
    """How many frames there should be; an edit list may leave out some that the header counts."""
    if not stamps:
        return 0
    if not stream.frames:
        by_rate = round(_duration(container, stream) * (stream.average_rate or 0))
        if by_rate > len(stamps) and matroska_segment.is_cut_off(Path(container.name)):
            return by_rate
        return max(len(stamps) + 1, by_rate) if _is_short(container, stream, packets, stamps, end) else len(stamps)
    edited = container.format.name.startswith("mov") and not _is_short(container, stream, packets, stamps, end)
    if edited or stream.frames <= len(packets):
        return len(stamps)
    return int(stream.frames) - sum(p.hidden for p in packets)


def _duration(container: Any, stream: Any) -> Fraction:
    """Seconds, by the header."""
    return stream.duration * stream.time_base if stream.duration else Fraction(container.duration or 0, 1_000_000)


def _is_short(container: Any, stream: Any, packets: list[_Packet], stamps: list[int], end: Fraction) -> bool:
    """Whether the header's duration is beyond the packets by half a frame or more.

    Where the file stores the frames' own durations, with the stream's, they are summed. Elsewhere the longest frame is
    the measure: holes are no fault of a variable rate, and the last frame's duration is often not stored.
    """
    lengths = [p.length for p in packets if not p.hidden]
    if stream.duration and all(lengths):
        begun = min(max(stamps[0], 0), max(lengths)) if stream.frames else 0  # an edit list may begin amid a frame
        return bool(stream.duration - sum(lengths) - begun > sum(lengths) / len(lengths) / 2)
    longest = max((after - before for before, after in pairwise(stamps)), default=0) * stream.time_base
    end = max(end, stamps[-1] * stream.time_base + longest)
    return bool(_duration(container, stream) - end > longest / 2)
