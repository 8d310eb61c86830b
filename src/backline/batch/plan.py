"""Plans a batch: keys of all clips, duplicates, conflicts, and results that exist already."""

from __future__ import annotations

from dataclasses import dataclass, replace

from backline.batch.clip_task import AWAY, ClipOutcome, ClipTask, recipe
from backline.batch.manifest import Manifest, standing_span
from backline.batch.manifest_clip import ManifestClip
from backline.batch.result_archive import ENDING, FOLDER, unpack
from backline.batch.store import ResultStore, content_sha256
from backline.errors import BacklineError
from backline.settings import Settings
from backline.sources import DEFAULT_ENGINE


@dataclass(frozen=True)
class Plan:
    """All lines of a manifest, sorted by what is to be done.

    Parameters
    ----------
    tasks : tuple of ClipTask
        To be done, each content once.
    clips : tuple of (Clip, str)
        Every line, in the manifest's order, with its key.
    settled : dict of str to Outcome
        By key: lines that fail before any work.
    finished : frozenset of str
        Keys whose result archives are there.
    """

    tasks: tuple[ClipTask, ...]
    clips: tuple[tuple[ManifestClip, str], ...]
    settled: dict[str, ClipOutcome]
    finished: frozenset[str]


def make_plan(
    manifest: Manifest,
    store: ResultStore,
    settings: Settings,
    engine: str = DEFAULT_ENGINE,
    *,
    resume: bool = True,
) -> Plan:
    """Read every clip's content hash, and sort the lines.

    Parameters
    ----------
    manifest : Manifest
        The manifest.
    store : ResultStore
        The dataset; its result archives are what is finished.
    settings, engine
        For all clips.
    resume : bool
        Keep finished clips; False measures all again.
    """
    how = recipe(settings, engine)
    settled: dict[str, ClipOutcome] = {}
    lines: list[tuple[ManifestClip, str]] = []
    for row in manifest.bad:
        key = ManifestClip(row.clip.source, cue=row.text).key(how)
        settled[key] = ClipOutcome(key, "failed", row.code, row.text)
        lines.append((row.clip, key))
    for clip in manifest.clips:
        known, error = _read(clip)
        key = known.key(how)
        lines.append((known, key))
        if error is not None:
            settled[key] = ClipOutcome(key, "failed", "unreadable", error)
    settled |= _conflicts(lines)
    finished = _finished(store) if resume else frozenset()
    values = settings.model_dump()
    tasks = {
        key: ClipTask(clip, key, store.root, values, engine)
        for clip, key in reversed(lines)
        if key not in settled and key not in finished
    }
    return Plan(tuple(reversed(tasks.values())), tuple(lines), settled, finished)


def _read(clip: ManifestClip) -> tuple[ManifestClip, str | None]:
    """Return the clip with its hashes, or a sentence why it cannot be read."""
    try:
        known = replace(clip, sha256=content_sha256(clip.source))
        if clip.standing is not None and standing_span(clip) is None:
            known = replace(known, standing_sha256=content_sha256(clip.standing))
    except (BacklineError, OSError) as error:
        return clip, " ".join(str(error).split())
    return known, None


def _conflicts(lines: list[tuple[ManifestClip, str]]) -> dict[str, ClipOutcome]:
    """Return lines that contradict each other about the same content; all of them fail."""
    said: dict[str, dict[str, ManifestClip]] = {}
    for clip, key in lines:
        if clip.sha256:
            said.setdefault(clip.sha256, {})[key] = clip
    outcomes: dict[str, ClipOutcome] = {}
    for versions in said.values():
        if len(versions) < 2:
            continue
        first, second, *_ = versions.values()
        for key, clip in versions.items():
            text = _conflict(first, second if clip is first else clip)
            outcomes[key] = ClipOutcome(key, "failed", "conflict", text)
    return outcomes


def _conflict(first: ManifestClip, other: ManifestClip) -> str:
    """Return the sentence on two lines of which one must be wrong."""
    old, new = first.stated(), other.stated()
    differing = next((name for name in old if old[name] != new[name]), "standing")
    return (
        f"The same clip is listed as '{first.source}' with {differing} '{old[differing]}' and as "
        f"'{other.source}' with '{new[differing]}': keep the line that is right."
    )


def _finished(store: ResultStore) -> frozenset[str]:
    """Return the keys of all whole result archives.

    A damaged one counts as missing, and so does that of a clip that could not be fetched.
    """
    ready = set()
    for name in store.names(FOLDER):
        content = store.get(name) if name.endswith(ENDING) else None
        archive = unpack(content, ()) if content is not None else None
        if archive is not None and archive.outcome["code"] != AWAY:
            ready.add(name.rsplit("/", 1)[-1].removesuffix(ENDING))
    return frozenset(ready)
