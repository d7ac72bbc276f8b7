"""The command `curation`. What it prints for people it prints with --json for programs.

Nothing heavy is imported before a command needs it: a rebuild with nothing to do never loads Prefect.
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from curation.errors import ConfigError, CurationError
from curation.settings import load

app = typer.Typer(
    help="Rebuild, check and release a speech dataset whose every label names the recorded fact behind it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
export_app = typer.Typer(help="Write the latest release in another layout.", no_args_is_help=True)
app.add_typer(export_app, name="export")
verify_app = typer.Typer(help="Put questions to people without a server: as files.", no_args_is_help=True)
app.add_typer(verify_app, name="verify")

Config = Annotated[Path | None, typer.Option("--config", help="Settings file, instead of curation.toml.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Identifier = Annotated[
    str, typer.Argument(metavar="ID", help="Clip id or its start, path as its source names it, or published id.")
]


@app.command()
def rebuild(  # noqa: PLR0913 - one argument an option
    *,
    config: Config = None,
    version: Annotated[str | None, typer.Option(help="Version to publish, instead of the next one.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List what would run and why; change nothing.")] = False,
    rehash: Annotated[bool, typer.Option("--rehash", help="Read every file, whatever its times say.")] = False,
    source: Annotated[str | None, typer.Option(help="Only this source; publishes nothing.")] = None,
    stage: Annotated[
        str | None, typer.Option(help="Only ingest, segment, profile, ground or consensus; publishes nothing.")
    ] = None,
    clip: Annotated[str | None, typer.Option(help="Only the clip with this id or path; publishes nothing.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="So many items a stage; publishes nothing.")] = None,
    as_json: Json = False,
) -> None:
    """Bring the dataset up to date; publish a version if it changed."""
    from flows.scope import Request, Scope
    from flows.start import start

    # Standard output is the result's; with --json what happens on the way goes to standard error.
    console = Console(stderr=as_json)
    scope = Scope(source=source, stage=stage, clip=clip, limit=limit, rehash=rehash)
    outcome = start(load(config), Request(version, dry_run, scope), console)
    if as_json:
        _print_json(outcome)


@app.command()
def status(*, config: Config = None, as_json: Json = False) -> None:
    """Say what is running, published, rejected and settled."""
    from flows.printing import print_status
    from flows.views import status_of

    found = status_of(load(config))
    if as_json:
        _print_json(found)
    else:
        print_status(found, Console())


@app.command()
def explain(
    subject: Identifier,
    attribute: Annotated[
        str | None, typer.Argument(metavar="ATTRIBUTE", help="Only this attribute, such as age.")
    ] = None,
    *,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Trace a clip's labels to the records, or say why a file left."""
    from flows.printing import print_explanation
    from flows.views import explanation_of

    found = explanation_of(load(config), subject, attribute)
    if as_json:
        _print_json(found.as_dict())
    else:
        print_explanation(found, Console())


@app.command()
def show(
    subject: Identifier,
    *,
    into: Annotated[Path, typer.Option(help="Folder to write to.")] = Path(),
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Write a clip's original, its published sound and a spectrogram."""
    from flows.views import written_by_show

    written = written_by_show(load(config), subject, into)
    if as_json:
        _print_json(written)
    else:
        for what, path in written.items():
            Console().print(f"{what}: {path}", highlight=False, soft_wrap=True)


@app.command()
def report(
    *,
    output: Annotated[Path | None, typer.Option(help="File to write, instead of report.html in home.")] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Write a page on the state of the corpus, to look at.

    It may hold voices, so it is not for publishing.
    """
    from flows.report import written_report

    path = written_report(load(config), output)
    if as_json:
        _print_json({"report": path})
    else:
        Console().print(str(path), highlight=False, markup=False, soft_wrap=True)


@app.command()
def config(*, config: Config = None, as_json: Json = False) -> None:
    """Print every setting, its value here and what it means."""
    from flows.printing import print_settings
    from flows.views import settings_of

    settings = load(config)
    if as_json:
        _print_json(settings.model_dump(mode="json"))
    else:
        print_settings(settings_of(settings), Console())


@export_app.command()
def hearsay(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="New or empty folder to write to.")],
    *,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Write the latest release, all splits, in HearSay's own layout.

    HearSay's main.py, run in DIR, reads it unchanged.
    """
    from curation.hearsay import export

    counts = export(load(config).home, folder)
    if as_json:
        _print_json(counts)
    else:
        for attribute, count in counts.items():
            Console().print(f"{attribute}: {count:,} clips", highlight=False)
        Console().print(f"written to {folder / 'dataset'}", highlight=False, soft_wrap=True)


@verify_app.command(name="export")
def export_questions(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="New or empty folder to write to.")],
    *,
    answers: Annotated[bool, typer.Option("--answers", help="All answers instead, to be kept.")] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Write the open questions, one file a kind, to be filled in.

    Each is written as CSV and as JSON lines; what is to be heard blindly lies beside them, in sounds.
    """
    from flows.verify import exported, exported_answers

    counts = (exported_answers if answers else exported)(load(config), folder)
    if as_json:
        _print_json(counts)
    else:
        for kind, count in counts.items():
            Console().print(f"{kind}: {count:,} {'answers' if answers else 'questions'}", highlight=False)
        Console().print(f"written to {folder}" if counts else "there are none", highlight=False, soft_wrap=True)


@verify_app.command(name="import")
def import_answers(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files that were exported and filled in.")],
    *,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Take in the answers of files, all or nothing; twice is once."""
    from flows.verify import imported

    counts = imported(load(config), files)
    if as_json:
        _print_json(counts)
    else:
        for outcome, count in counts.items():
            Console().print(f"{outcome}: {count:,} answers", highlight=False)


def _print_json(content: object) -> None:
    sys.stdout.write(json.dumps(content, indent=2, default=str) + "\n")


def main() -> None:
    """Run the command; an expected failure is one message and an exit status, 2 for a wrong set-up."""
    try:
        app()
    except ConfigError as error:
        sys.stderr.write(f"curation: {error}\n")
        sys.exit(2)
    except CurationError as error:
        sys.stderr.write(f"curation: {error}\n")
        sys.exit(1)
    except OSError as error:
        sys.stderr.write(f"curation: {error}; nothing half-done is published, call it again once that is mended\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.stderr.write("curation: interrupted; what was finished is kept, call it again to go on\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
