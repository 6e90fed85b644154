"""Whether a side has done all of the work."""

from typing import Any

from benchmarks.scenes import Scene


class UnfairError(RuntimeError):
    """A side didn't do all of the work, so its figures say nothing."""


def check_fair(scene: Scene, kept: dict[str, int], run: dict[str, Any]) -> None:
    """Every still and every clip was made once and lies in the bucket, whole."""
    stills, clips = ([size for name, size in kept.items() if name.endswith(kind)] for kind in (".png", ".mp4"))
    if not len(stills) == len(clips) == scene.shots or not all(size > 0 for size in (*stills, *clips)):
        raise UnfairError(f"{scene.shots} shots were asked for; {len(stills)} stills and {len(clips)} clips are kept")
    if any(size < (scene.clip_bytes or 0) for size in clips):
        raise UnfairError(f"a clip that is kept has fewer than {scene.clip_bytes} bytes")
    if run["clips"] != scene.shots or run["runs"] != 2 * scene.shots:
        raise UnfairError(f"{run['clips']} clips were seen and {run['runs']} jobs run for {scene.shots} shots")
