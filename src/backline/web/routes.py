"""HTTP interface of the pages' scripts: uploads, jobs, judgements, files."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from backline.errors import BacklineError, UsageError
from backline.model import trial
from backline.model.trial import RANGES
from backline.report.files import ALL_NAMES
from backline.storage.temporary_files import private_folder
from backline.texts import language, number
from backline.web.corrections import (
    checked_lines,
    checked_notes,
    checked_person,
    checked_tags,
    parts_of,
)
from backline.web.lift_store import StoredLift
from backline.web.preview import PREVIEW
from backline.web.sample import add_sample
from backline.web.texts import say
from backline.web.upload import LONGEST, Refused, read_fields, receive_clip, status_of
from backline.web.view import CLIP, THUMB, read_view

if TYPE_CHECKING:
    from backline.web.site import Site

EXPORTS = (".c3d", ".nc", ".sto", ".pdf", ".jpg", ".mp4")
"""Formats that are made on request."""
_REASON = 300
"""Longest reason for a judgement, characters."""

CHOICES: dict[str, tuple[str, ...]] = {
    "lift": ("auto", *trial.LIFTS),
    "side": ("auto", "left", "right"),
    "sex": ("", *trial.SEXES),
    "bar_place": ("auto", *trial.BAR_PLACES),
}
"""Choices of a correction; an empty sex means the mean of both."""
CHECKS: dict[str, Callable[[Any], Any]] = {
    "by_hand": checked_lines,
    "person": checked_person,
    "notes": checked_notes,
    "tags": checked_tags,
}
"""Its other fields, and the functions that check them."""


def _upload_route(site: Site, api: APIRouter) -> None:
    @api.post("/api/lifts")
    async def add(request: Request) -> Response:
        """Receive a clip: the body is the file, the query holds the form's fields."""
        fields = dict(request.query_params)
        length = request.headers.get("content-length", "")
        try:
            lift_id = await receive_clip(
                site.lift_store, fields.get("name", ""), read_fields(fields), request.stream(),
                largest=site.options.largest_upload,
                announced=int(length) if length.isdigit() else None,
            )  # fmt: skip
        except Refused as error:
            answer = {"error": str(error), "field": error.field}
            return JSONResponse(answer, error.status, {"connection": "close"})
        _note_language(site, lift_id)
        site.queue.wake()
        return JSONResponse({"id": lift_id}, 201)


def _note_language(site: Site, lift_id: str) -> None:
    """Keep in which language a lift's report is to be drawn, where that is not English."""
    if language() != "en":
        changes = site.lift_store.get(lift_id).changes
        site.lift_store.change(lift_id, changes={**changes, "language": language()})


def lift_routes(site: Site) -> APIRouter:
    """Return the routes of lifts and their jobs."""
    api = APIRouter()
    _upload_route(site, api)

    @api.post("/api/sample")
    def sample() -> Response:
        """Put the sample lift on the list."""
        lift_id = add_sample(site.lift_store)
        _note_language(site, lift_id)
        site.queue.wake()
        return JSONResponse({"id": lift_id}, 201)

    @api.get("/api/lifts")
    def listed() -> list[dict[str, Any]]:
        """Return the lifts and the progress of their jobs."""
        return [job_of(entry) for entry in site.lift_store.entries()]

    @api.post("/api/lifts/{lift_id}/{act}")
    async def act(lift_id: str, act: str, request: Request) -> Response:
        """Perform an action on a lift: see `ACTIONS`."""
        try:
            wanted = await request.json() if await request.body() else {}
            if not isinstance(wanted, dict) or act not in ACTIONS:
                raise Refused(422, say("live.not_understood"))
            await run_in_threadpool(ACTIONS[act], site, lift_id, wanted)
        except BacklineError as error:
            answer = {"error": str(error), "field": getattr(error, "field", "")}
            return JSONResponse(answer, status_of(error))
        except ValueError:
            return JSONResponse({"error": say("live.not_understood")}, 422)
        return JSONResponse({"ok": True})

    @api.post("/api/lifters/forget")
    async def forget(request: Request) -> Response:
        """Remove a lifter from the record permanently; the app's lifts lose the name."""
        try:
            wanted = await request.json()
        except ValueError:
            wanted = None
        name = wanted.get("name") if isinstance(wanted, dict) else None
        if not isinstance(name, str):
            return JSONResponse({"error": say("live.not_understood")}, 422)
        try:
            await run_in_threadpool(_forget, site, name)
        except BacklineError as error:
            return JSONResponse({"error": str(error)}, status_of(error))
        return JSONResponse({"ok": True})

    @api.get("/lifts/{lift_id}/clip.mp4")
    def clip(lift_id: str) -> Response:
        """Return the page's clip, or the range of it that the browser requests."""
        return _file(site.lift_store.view(site.lift_store.get(lift_id).id) / CLIP, "video/mp4")

    _file_routes(site, api)
    return api


def _file_routes(site: Site, api: APIRouter) -> None:
    @api.get("/lifts/{lift_id}/source")
    def source(lift_id: str) -> Response:
        """Return the clip as uploaded, for a lift without a measurement."""
        return _file(site.lift_store.clip(site.lift_store.get(lift_id).id), "video/mp4")

    @api.get(f"/lifts/{{lift_id}}/{PREVIEW}")
    def preview(lift_id: str) -> Response:
        """Return the copy of an unmeasured clip that browsers cannot play as it is."""
        return _file(site.lift_store.view(site.lift_store.get(lift_id).id) / PREVIEW, "video/mp4")

    @api.get("/lifts/{lift_id}/thumb.jpg")
    def thumb(lift_id: str) -> Response:
        """Return the small picture of the list."""
        return _file(site.lift_store.view(site.lift_store.get(lift_id).id) / THUMB, "image/jpeg")

    @api.get("/lifts/{lift_id}/view.json")
    def view(lift_id: str) -> dict[str, Any]:
        """Return the player's data."""
        found = read_view(site.lift_store.view(site.lift_store.get(lift_id).id))
        return {key: found.get(key) for key in ("data", "more", "findings_list", "length_s")}

    @api.get("/lifts/{lift_id}/files/{name}")
    async def file(lift_id: str, name: str) -> Response:
        """Return one of the result's files, or an export of it."""
        home = site.lift_store.result(site.lift_store.get(lift_id).id)
        if name in ALL_NAMES:
            shown = name in ("report.html", "overlay.mp4")
            return _file(home / name, None, None if shown else name)
        ending = Path(name).suffix
        if name != f"lift{ending}" or ending not in EXPORTS:
            raise UsageError(say("request.no_file"))
        return await run_in_threadpool(_export, home, ending)


def job_of(entry: StoredLift) -> dict[str, Any]:
    """Return a lift's job as the scripts get it."""
    return {
        "id": entry.id, "name": entry.name, "lifter": entry.lifter, "state": entry.state,
        "stage": entry.stage, "share": entry.share, "left_s": entry.left_s,
        "error": entry.error, "version": entry.version, "headline": entry.headline,
        "verdict": entry.verdict,
    }  # fmt: skip


def _forget(site: Site, name: str) -> None:
    from backline.library import Store, delete_lifter

    with Store() as store:
        gone = delete_lifter(store, name)
    for deleted in (False, True):
        for entry in site.lift_store.entries(deleted=deleted):
            if (entry.lifter or "").casefold() == gone.lifter.casefold():
                site.lift_store.change(entry.id, lifter=None, set_id=None)


def _cancel(site: Site, lift_id: str, _: dict[str, Any]) -> None:
    site.queue.cancel(lift_id)


def _again(site: Site, lift_id: str, wanted: dict[str, Any]) -> None:
    """Analyse a lift again, with corrections; only another side or person needs its clip."""
    entry = site.lift_store.get(lift_id)
    changes = {key: value for key, value in entry.changes.items() if key != "before"}
    if wanted.get("undo"):
        wanted = _as_before(entry)
        changes = {}
    elif set(wanted) - {"anyway"}:
        changes["before"] = _state_of(entry)
    elif "before" in entry.changes:
        changes["before"] = entry.changes["before"]
    for key in ("standing", "span", "trim"):
        if key in wanted:
            changes[key] = _pair(wanted[key])
    _check_numbers(site, entry, changes)
    changes |= {key: check(wanted[key]) for key, check in CHECKS.items() if key in wanted}
    for key, known in CHOICES.items():
        if key in wanted and wanted[key] not in known:
            raise Refused(422, say("request.unknown", name=key))
    was = entry.changes.get("side", "auto")
    from_clip = wanted.get("side", was) != was
    from_clip = from_clip or changes.get("person") != entry.changes.get("person")
    from_clip = from_clip or (
        entry.kind != "again" and entry.state != "done"
    )  # an analysis that never finished
    changes |= {key: wanted[key] for key in CHOICES if key in wanted}
    if language() != "en" or "language" in entry.changes:
        changes["language"] = language()
    changes["anyway"] = bool(wanted.get("anyway", changes.get("anyway")))
    fields = _changed_fields(wanted)
    if entry.state == "working":
        site.queue.cancel(lift_id)
    if _is_another_set(entry, fields):
        _out_of_the_record(site, entry)
    kind = "look" if not entry.version else "new" if from_clip else "again"
    site.lift_store.enqueue(lift_id, kind, changes=changes, **fields)
    site.queue.wake()


def _check_numbers(site: Site, entry: StoredLift, changes: dict[str, Any]) -> None:
    """Refuse another stretch where judgements name reps, which get other numbers with it."""
    same = all(changes.get(key) == entry.changes.get(key) for key in ("span", "trim"))
    if not same and any(parts_of(key)[2] for key in site.lift_store.judgements(entry.id)):
        raise Refused(422, say("request.judged"))


def _state_of(entry: StoredLift) -> dict[str, Any]:
    """Return the correctable state of a lift, as a request that would restore it."""
    fields = {key: getattr(entry, key) for key in (*LONGEST, *RANGES, "felt")}
    text = {key: "" if value is None else str(value) for key, value in fields.items()}
    changes = {key: value for key, value in entry.changes.items() if key != "before"}
    return {"side": "auto", "lift": entry.lift, **changes, "told": text}


def _as_before(entry: StoredLift) -> dict[str, Any]:
    """Return the request that undoes the last correction."""
    before: dict[str, Any] | None = entry.changes.get("before")
    if before is None:
        raise Refused(422, say("view.undo_none"))
    return before


def _changed_fields(wanted: dict[str, Any]) -> dict[str, Any]:
    """Return a lift's changed form fields (lifter, load, cue); empty where none changed."""
    fields = wanted.get("told")
    if fields is None:
        return {}
    if not isinstance(fields, dict):
        raise Refused(422, say("upload.words", field=say("add.lifter"), most=LONGEST["lifter"]))
    checked = read_fields({str(key): str(value) for key, value in fields.items()})
    return {key: checked[key] for key in fields if key in checked and key != "lift"}


def _is_another_set(entry: StoredLift, fields: dict[str, Any]) -> bool:
    """Return whether the record's set must be removed: other lifter, or a field emptied."""
    gone = any(getattr(entry, key) is not None and fields[key] is None for key in fields)
    names = [(one or "").casefold() for one in (entry.lifter, fields.get("lifter", entry.lifter))]
    return gone or names[0] != names[1]


def _out_of_the_record(site: Site, entry: StoredLift) -> None:
    """Remove a lift's set from the record, unless another lift has the same set."""
    if entry.set_id is None:
        return
    site.lift_store.change(entry.id, set_id=None)
    if any(one.set_id == entry.set_id for one in site.lift_store.entries()):
        return
    from backline.library.deletion import delete_set
    from backline.library.store import Store

    with Store() as store:
        delete_set(store, entry.set_id)


def _pair(value: Any) -> list[float] | None:
    if value is None:
        return None
    if not (isinstance(value, list) and len(value) == 2):
        raise Refused(422, say("request.span"))
    start, end = (float(v) for v in value)
    if not 0 <= start < end < 1e6:
        raise Refused(422, say("request.order", start=number(start, "g"), end=number(end, "g")))
    return [start, end]


def _judge(site: Site, lift_id: str, wanted: dict[str, Any]) -> None:
    """Accept or reject a finding, and update report and record."""
    finding, verdict = str(wanted.get("finding", "")), str(wanted.get("verdict", ""))
    parts_of(finding)
    if verdict not in ("", "accepted", "rejected"):
        raise Refused(422, say("request.verdict"))
    before = site.lift_store.judgements(lift_id).get(finding, {}).get("verdict", "")
    reason = " ".join(str(wanted.get("reason", "")).split())[:_REASON]
    site.lift_store.judge(lift_id, finding, verdict, reason)
    if "rejected" in (before, verdict):
        _again(site, lift_id, {})


def _hand(site: Site, lift_id: str, wanted: dict[str, Any]) -> None:
    """Store a back line that was drawn in a frame, or remove all of them."""
    before = site.lift_store.get(lift_id).changes.get("by_hand") or []
    _again(site, lift_id, {"by_hand": [] if wanted.get("clear") else [*before, wanted]})


def _note(site: Site, lift_id: str, wanted: dict[str, Any]) -> None:
    """Add a note on a moment, or remove one by its number."""
    notes = list(site.lift_store.get(lift_id).changes.get("notes") or [])
    gone = wanted.get("remove")
    if gone is None:
        notes.append(wanted)
    elif isinstance(gone, int) and 0 <= gone < len(notes):
        del notes[gone]
    _again(site, lift_id, {"notes": notes})


def _delete(site: Site, lift_id: str, _: dict[str, Any]) -> None:
    entry = site.lift_store.get(lift_id)
    site.lift_store.delete(lift_id)
    if entry.busy:
        site.queue.cancel(lift_id)
    _out_of_the_record(site, entry)


def _undo(site: Site, lift_id: str, _: dict[str, Any]) -> None:
    entry = site.lift_store.undo(lift_id)
    if entry.version and entry.lifter:  # add it to the record again
        _again(site, lift_id, {})


ACTIONS = {
    "hand": _hand,
    "note": _note,
    "cancel": _cancel,
    "again": _again,
    "judge": _judge,
    "delete": _delete,
    "undo": _undo,
}
"""Actions on a lift, by name."""


def _file(path: Path, kind: str | None, download: str | None = None) -> Response:
    if not path.is_file():
        raise UsageError(say("request.not_yet"))
    headers = {"cache-control": "no-store"}
    return FileResponse(path, media_type=kind, filename=download, headers=headers)


def _export(home: Path, ending: str) -> Response:
    from backline.report.export import export
    from backline.report.result import load_result

    with private_folder() as folder:
        made = export(load_result(home), folder / f"lift{ending}")
        body = made.read_bytes()
    disposition = {"content-disposition": f'attachment; filename="lift{ending}"'}
    return Response(body, media_type="application/octet-stream", headers=disposition)


async def purge_now_and_then(site: Site, every_s: float = 3600.0) -> None:
    """Remove permanently what was deleted more than a day ago, once an hour."""
    while True:
        await run_in_threadpool(site.lift_store.purge)
        await asyncio.sleep(every_s)
