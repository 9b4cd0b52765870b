"""Which policy a process judges by: the folder's, whole, or the shipped one, and never the shipped one by mistake."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from schemas.policy import HOME, load_policy
from schemas.strict_yaml import ConfigError
from streams.catalogue import catalogue
from streams.cli.main import app
from streams.doctor import local
from streams.doctor.finding import State
from streams.policy import policy_of
from streams.settings import Settings, SettingsError, load_settings

SCENARIO = Path(__file__).parents[1] / "acceptance/d1_explained.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A city's folder, equal to the shipped one."""
    return Path(shutil.copytree(HOME, tmp_path / "policy"))


def of(folder: Path) -> Settings:
    """Settings that name a folder."""
    return load_settings({"CANBAO_POLICY_FOLDER": str(folder)})


def test_an_empty_folder_is_refused_by_name(tmp_path: Path) -> None:
    """By the settings; and where it becomes empty afterwards by the policy itself."""
    with pytest.raises(SettingsError, match="CANBAO_POLICY_FOLDER: must be a folder that is there and holds"):
        of(tmp_path)
    with pytest.raises(ConfigError, match="is missing"):
        load_policy(tmp_path)


def test_the_folder_judges(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its numbers are the ones in force, in the catalogue and in `canbao judge` too: a scenario differs where another month is due."""
    assert policy_of(of(folder)).hash == policy_of(load_settings({})).hash
    monkeypatch.setenv("CANBAO_POLICY_FOLDER", str(folder))
    assert CliRunner().invoke(app, ["judge", "--quiet", str(SCENARIO)]).exit_code == 0
    death = folder / "death.yaml"
    text = death.read_text(encoding="utf-8")
    assert "value: NEXT_MONTH}" in text
    death.write_text(text.replace("value: NEXT_MONTH}", "value: SAME_MONTH}"), encoding="utf-8")
    changed = policy_of(of(folder)).hash
    assert changed != load_policy().hash
    assert catalogue(of(folder)).policy_hash == changed
    assert CliRunner().invoke(app, ["judge", "--quiet", str(SCENARIO)]).exit_code == 1


def test_a_folder_that_lacks_entries_is_refused(folder: Path) -> None:
    """The rules that read them would fail for everybody; the doctor says the same."""
    (folder / "death.yaml").unlink()
    with pytest.raises(SettingsError, match=r"CANBAO_POLICY_FOLDER: must have every entry of schemas/policy, lacks death\."):
        policy_of(of(folder))
    assert [(one.place, one.state) for one in local.check(of(folder)) if "lacks" in one.what] == [("policy", State.WRONG)]


@pytest.mark.parametrize("content", [b"\xff\xfe", b"entries: \x01"], ids=["no text", "control character"])
def test_a_file_that_is_no_text_is_named(folder: Path, content: bytes) -> None:
    """With its name, as any other fault of a file."""
    (folder / "death.yaml").write_bytes(content)
    with pytest.raises(ConfigError, match=r"policy/death\.yaml:1: "):
        policy_of(of(folder))
