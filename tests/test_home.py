import subprocess
import sys
import time
from pathlib import Path

import pytest

from curation.errors import BusyError, CurationError
from curation.home import held, holder, read_json, write_json
from tests.workbench import environment

HOLD = """
import sys, time
from pathlib import Path
from curation.home import held

with held(Path(sys.argv[1])):
    time.sleep(60)
"""


def test_one_process_holds_a_home(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    assert holder(home) is None
    with subprocess.Popen([sys.executable, "-c", HOLD, str(home)], env=environment()) as process:
        while holder(home) is None:
            assert process.poll() is None
            time.sleep(0.01)
        message = rf"home {home}: a rebuild is running \(process {process.pid}\); wait for it"
        with pytest.raises(BusyError, match=message), held(home):
            pass
        assert holder(home) == process.pid
        process.kill()
    # the kernel lets go of what a dead process held
    assert holder(home) is None
    with held(home):
        assert (home / "lock").read_text(encoding="utf-8").strip().isdigit()


def test_asking_who_holds_a_home_refuses_nobody(tmp_path: Path) -> None:
    ask = (
        "import sys; from pathlib import Path; from curation.home import holder\nwhile True: holder(Path(sys.argv[1]))"
    )
    with held(tmp_path):
        pass
    with subprocess.Popen([sys.executable, "-c", ask, str(tmp_path)], env=environment()) as process:
        time.sleep(1)
        for _ in range(300):
            with held(tmp_path):
                pass
        process.kill()


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    message = r"home .*/file/home: Not a directory; make it writable or set CURATION_HOME"
    with pytest.raises(CurationError, match=message), held(tmp_path / "file" / "home"):
        pass


def test_a_state_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    assert read_json(path) == {}
    write_json(path, {"a": 1})
    write_json(path, {"b": None})
    assert read_json(path) == {"b": None}
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.json"]


def test_a_state_file_that_is_damaged_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"inputs": "ab', encoding="utf-8")
    with pytest.raises(CurationError, match=r"state\.json: not readable as JSON .* delete it, it is rebuilt"):
        read_json(tmp_path / "state.json")
