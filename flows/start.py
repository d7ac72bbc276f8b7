"""Decide whether there is anything to do, before Prefect or polars are imported, and then do it."""

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from curation.errors import ConfigError, nearest
from curation.home import STATE_FILE, copied, held, inputs_digest, read_json, write_json
from curation.pseudonyms import KEY_VARIABLE, Key, key_file, load_key
from curation.settings import DEMONSTRATION, Settings, SourceSettings
from curation.versions import check_version, folder_of, latest, parent_of, settle_unannounced
from flows.progress import Progress
from flows.scope import STAGES, Request

_NOTHING = "nothing to publish: no clip of an allowed tier has an accepted label"


def start(settings: Settings, request: Request, console: Console) -> dict[str, object]:
    """Rebuild and return the outcome; print what a person wants to know on the way.

    Raises ConfigError before any work where the set-up is wrong.
    """
    _check_scope(settings, request)
    _check_roots(settings)
    if request.dry_run:
        return _planned(settings, request, console)
    key = load_key()
    home = settings.home
    with held(home):
        if settings.demonstration is not None:
            _demonstrate(settings.demonstration, console)
        _check_release(home, key, request)
        inputs = inputs_digest(settings, key.fingerprint)
        if request == Request() and read_json(home / STATE_FILE) == {"inputs": inputs, "latest": latest(home)}:
            version = latest(home)
            since = f"since release {version}" if version else f"since the last rebuild; {_NOTHING}"
            console.print(f"nothing changed {since}", highlight=False, soft_wrap=True)
            return {"changed": False, **_latest(home)}
        outcome = _rebuilt(settings, request, key, console)
        # what could not be read is tried again by the next call, so that one must not end here
        if not request.scope.is_narrowed and not outcome["unread"]:
            write_json(home / STATE_FILE, {"inputs": inputs, "latest": latest(home)})
    return outcome


def _check_scope(settings: Settings, request: Request) -> None:
    scope = request.scope
    if request.version is not None and scope.narrowed_by:
        raise ConfigError(
            f"VERSION={request.version} with --{scope.narrowed_by[0]}: a narrowed run publishes nothing; leave one out"
        )
    for option, name, known in (("source", scope.source, tuple(settings.sources)), ("stage", scope.stage, STAGES)):
        if name is not None and name not in known:
            raise ConfigError(f"--{option} {name}: unknown{nearest(name, known)}; there are {', '.join(known)}")


def _check_roots(settings: Settings) -> None:
    """Refuse a home inside a corpus: every rebuild would change the corpus and so never end."""
    for name, source in settings.sources.items():
        if settings.home.resolve().is_relative_to(source.root.resolve()):
            raise ConfigError(
                f"home {settings.home} lies inside the root of source {name}, {source.root}; move one out of the other"
            )


def _demonstrate(root: Path, console: Console) -> None:
    """Make the demonstration corpus, since no source is configured."""
    from curation.demonstration import generate

    if not root.exists():
        console.print(
            "no source in the settings: making the demonstration corpus of fictional speakers", soft_wrap=True
        )
    generate(root)


def _check_release(home: Path, key: Key, request: Request) -> None:
    """Refuse a key that would rename everything, and a version that cannot be."""
    parent = parent_of(home)
    if parent is not None and parent.manifest["key_fingerprint"] != key.fingerprint:
        raise ConfigError(
            f"the key's fingerprint is {key.fingerprint}, that of release {parent.version} is "
            f"{parent.manifest['key_fingerprint']}: every published id would change; set {KEY_VARIABLE} or "
            f"{key_file()} to the former key, or use another home"
        )
    if request.version is not None:
        check_version(request.version, parent)


def _planned(settings: Settings, request: Request, console: Console) -> dict[str, object]:
    """Say what a rebuild would do, worked out in a copy of home that is thrown away: nothing is made or changed."""
    from flows.plan import plan
    from flows.run import opened

    key = load_key(create=False)
    _check_release(settings.home, key, request)
    with copied(settings.home) as copy:
        moved = settings.model_copy(update={"home": copy})
        if settings.demonstration is not None and not settings.demonstration.exists():
            from curation.demonstration import generate

            generate(copy / DEMONSTRATION)
            moved = moved.model_copy(update={"sources": {DEMONSTRATION: SourceSettings(root=copy / DEMONSTRATION)}})
        with opened(moved, request, key, Progress(copy, console)) as run:
            found = plan(run)
    console.print(found.table() if found.rows else "nothing would run", highlight=False)
    return {"changed": bool(found.rows), "plan": found.rows}


def _rebuilt(settings: Settings, request: Request, key: Key, console: Console) -> dict[str, object]:
    from flows.api import serving

    settle_unannounced(settings.home)
    # the API takes seconds to start; meanwhile libraries are loaded and sources scanned
    with serving() as wait_for_api:
        from flows.plan import prepare
        from flows.rebuild import rebuild
        from flows.run import opened, running
        from flows.summary import summary

        with opened(settings, request, key, Progress(settings.home, console)) as run:
            prepare(run)
            wait_for_api()
            with running(run):
                rebuild()
            result = summary(run.warehouse)
            unread = int(run.warehouse.query("marts/unread")["count_files"][0])
    console.print(result.table())
    found = _latest(settings.home)
    for line in _conclusions(run.published, found, request.scope.is_narrowed, unread):
        console.print(line, highlight=False, soft_wrap=True)
    return {"changed": True, "published": run.published, **found, "unread": unread, "summary": result.rows()}


def _conclusions(published: str | None, found: dict[str, object], is_narrowed: bool, unread: int) -> Iterator[str]:
    if published is not None:
        yield f"published {published}: {found['release']}"
    elif is_narrowed:
        yield "a narrowed run publishes nothing"
    elif found["latest"] is None:
        yield _NOTHING
    else:
        yield f"the content is that of release {found['latest']}; nothing new is published"
    if unread and not is_narrowed:
        yield f"{unread:,} files could not be read or heard for a reason that may pass: call again"


def _latest(home: Path) -> dict[str, object]:
    version = latest(home)
    return {"latest": version, "release": None if version is None else str(folder_of(home, version))}
