"""Clips that start from a still and move: real H.264 (under a second of CPU for 5 s of 720p) or VP9 (about twice that).

The camera's way in and across is libavfilter's `zoompan`: it works in the YUV planes, in C, and was measured to cost a
third of a zoom in Pillow.
"""

import random
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.filter
import numpy as np
from av.video.frame import PictureType
from PIL import Image

from stillreel.emulator.records import Footage
from stillreel.emulator.sounding import Track

CODECS = {"MP4": "libx264", "MOV": "libx264", "WEBM": "libvpx-vp9"}
CONTAINERS = {"MP4": "mp4", "MOV": "mov", "WEBM": "webm"}
FASTEST: dict[str, dict[str, str]] = {
    "libx264": {"preset": "ultrafast", "crf": "28"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "row-mt": "1", "crf": "36", "b": "0"},
}
ZOOM = 0.5  # how much closer the camera is in the last frame
DISSOLVE = 0.3  # of a clip that ends with a given image


def film(footage: Footage, first: Image.Image, path: Path, last: Image.Image | None = None) -> None:
    """Write the clip to a path; its first frame is the given still, cut to the clip's shape, and so is its last."""
    codec = CODECS[footage.format]
    options = {"movflags": "+faststart"} if codec == "libx264" else {}
    with av.open(str(path), "w", format=CONTAINERS[footage.format], options=options) as container:
        stream: Any = container.add_stream(codec, rate=Fraction(footage.fps), options=FASTEST[codec])
        stream.width, stream.height, stream.pix_fmt = footage.width, footage.height, "yuv420p"
        count = round(footage.duration * footage.fps)
        track = Track(container, footage.format, footage.seed, count / footage.fps) if footage.sound else None
        for number, frame in enumerate(_ending(_frames(footage, first, count), footage, last, count)):
            frame.pts = number
            frame.time_base = Fraction(1, footage.fps)
            container.mux(stream.encode(frame))
            if track is not None:
                container.mux([*track.until((number + 1) / footage.fps)])
        container.mux(stream.encode(None))
        if track is not None:
            container.mux([*track.rest()])


def shaped(image: Image.Image, width: int, height: int) -> Image.Image:
    """The middle of an image in another shape and size; the same image if it has them already."""
    image = image.convert("RGB")
    if image.size == (width, height):
        return image
    scale = max(width / image.width, height / image.height)
    cut_width, cut_height = width / scale, height / scale
    left, top = (image.width - cut_width) / 2, (image.height - cut_height) / 2
    box = (left, top, left + cut_width, top + cut_height)
    return image.resize((width, height), Image.Resampling.LANCZOS, box=box)


def _ending(
    frames: Iterator[av.VideoFrame], footage: Footage, last: Image.Image | None, count: int
) -> Iterator[av.VideoFrame]:
    """The frames, dissolved into the image that they end with, if there is one."""
    if last is None:
        yield from frames
        return
    end = _planes(last, footage).to_ndarray().astype(np.uint16)
    begin = round(count * (1 - DISSOLVE))
    for number, frame in enumerate(frames):
        share = round(256 * (number - begin) / max(1, count - 1 - begin))
        if share <= 0:
            yield frame
            continue
        mixed = (frame.to_ndarray().astype(np.uint16) * (256 - share) + end * share) >> 8
        ending = av.VideoFrame.from_ndarray(mixed.astype(np.uint8), format="yuv420p")
        if number == count - 1:
            ending.pict_type = PictureType.I  # whole, as the first one is: what's told by its changes is blurred
        yield ending


def _planes(image: Image.Image, footage: Footage) -> av.VideoFrame:
    pixels = np.asarray(shaped(image, footage.width, footage.height))
    return av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")


def _frames(footage: Footage, first: Image.Image, count: int) -> Iterator[av.VideoFrame]:
    """The first frame is the still itself; a canned clip stays with it."""
    still = _planes(first, footage)
    if footage.canned:
        for _ in range(count):
            yield still
        return
    still.pts, still.time_base = 0, Fraction(1, footage.fps)
    graph = _camera(footage, count)
    graph.push(still)
    for _ in range(count):
        yield graph.pull()  # type: ignore[misc]  # a video graph pulls video frames


def _camera(footage: Footage, count: int) -> av.filter.Graph:
    """A way in, towards a point that the seed decides."""
    die = random.Random(footage.seed)  # noqa: S311 - a camera's way
    across, down = die.uniform(0, 1), die.uniform(0, 1)
    size = f"{footage.width}x{footage.height}"
    way = f"z=1+{ZOOM}*on/{max(1, count - 1)}:x=(iw-iw/zoom)*{across:.4f}:y=(ih-ih/zoom)*{down:.4f}"
    graph = av.filter.Graph()
    tick = Fraction(1, footage.fps)
    source = graph.add_buffer(
        width=footage.width, height=footage.height, format=av.VideoFormat("yuv420p"), time_base=tick
    )
    camera = graph.add("zoompan", f"{way}:d={count}:s={size}:fps={footage.fps}")
    sink = graph.add("buffersink")
    source.link_to(camera)
    camera.link_to(sink)
    graph.configure()
    return graph
