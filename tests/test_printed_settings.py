import io
from pathlib import Path

import pytest
from pydantic import BaseModel
from rich.console import Console

from curation.settings import (
    ClassifierSettings,
    DiarizationSettings,
    GroundSettings,
    IngestSettings,
    ProfileSettings,
    ReleaseSettings,
    SegmentSettings,
    Settings,
    SourceSettings,
    load,
)
from flows.printing import print_settings
from flows.views import settings_of


def printed(settings: Settings) -> str:
    file = io.StringIO()
    print_settings(settings_of(settings), Console(file=file, width=80))
    return file.getvalue()


@pytest.mark.parametrize(
    "settings",
    [
        Settings(home=Path("/data")),
        Settings(
            home=Path('/a "quoted"\\ path [b]/ü'),
            sources={
                "one": SourceSettings(root=Path("/corpora/one"), definition=None),
                "two": SourceSettings(root=Path("/corpora/two"), definition=Path("/definitions/two")),
            },
            ingest=IngestSettings(min_seconds=1e-05, workers=3),
            segment=SegmentSettings(
                max_seconds=8, diarization=DiarizationSettings(model="someone/pipeline", revision="0a" * 20)
            ),
            profile=ProfileSettings(
                classifiers={
                    "by_voice": ClassifierSettings(
                        model="/models/ü",
                        attribute="gender",
                        labels={'a "man"': "Male", "f": "Female"},
                        left_out=("x",),
                    )
                },
                workers=1,
            ),
            ground=GroundSettings(corrections=Path("/corrections.csv")),
        ),
    ],
)
def test_printed_settings_are_a_settings_file_that_says_the_same(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "curation.toml").write_text(printed(settings), encoding="utf-8")
    loaded = load(tmp_path / "curation.toml")
    assert loaded.model_copy(update={"sources": settings.sources}) == settings
    if settings.sources:
        assert loaded == settings


def test_every_setting_is_printed_with_what_it_means() -> None:
    lines = printed(Settings(sources={"one": SourceSettings(root=Path("/one"), definition=None)})).splitlines()
    tables: list[type[BaseModel]] = [
        SourceSettings,
        IngestSettings,
        DiarizationSettings,
        ProfileSettings,
        GroundSettings,
        ReleaseSettings,
    ]
    for table in tables:
        for name, field in table.model_fields.items():
            assert field.description
            assert [line for line in lines if name in line and line.endswith(field.description)], name
