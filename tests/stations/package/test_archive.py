"""Folders and zips of a package: the same content is the same package, and nothing reaches outside."""

from __future__ import annotations

import hashlib
import stat
import zipfile
from pathlib import Path

import pytest

from stations.package import archive
from stations.package.problems import PackageRefused
from stations.package.reading import read_package
from tests.packages import write_package, zip_package


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_package(tmp_path / "package")


def refusal(path: Path) -> str:
    with pytest.raises(PackageRefused) as refused:
        read_package(path)
    return str(refused.value)


def test_a_folder_and_every_zip_of_it_are_the_same_package(folder: Path, tmp_path: Path) -> None:
    read = read_package(folder)
    (folder / "README.md").write_text("not part of the package")
    plain = read_package(zip_package(folder, tmp_path / "plain.zip"))
    wrapped = read_package(zip_package(folder, tmp_path / "wrapped.zip", inside="kz-2023"))
    assert read.sha256 == plain.sha256 == wrapped.sha256
    assert read.canonical == plain.canonical == wrapped.canonical


def test_the_hash_is_that_of_the_published_zip_and_the_zip_is_the_package(folder: Path, tmp_path: Path) -> None:
    package = read_package(folder)
    assert hashlib.sha256(package.canonical).hexdigest() == package.sha256
    published = tmp_path / "published.zip"
    published.write_bytes(package.canonical)
    assert read_package(published).sha256 == package.sha256


def test_one_changed_byte_is_another_package(folder: Path) -> None:
    before = read_package(folder).sha256
    with (folder / "areas.csv").open("a") as file:
        file.write("\n")
    assert read_package(folder).sha256 != before


def test_a_byte_order_mark_is_forgiven(folder: Path) -> None:
    content = (folder / "stations.csv").read_bytes()
    (folder / "stations.csv").write_bytes(b"\xef\xbb\xbf" + content)
    assert len(read_package(folder).stations) == 12


@pytest.mark.parametrize(
    "name", ["../stations.csv", "/etc/stations.csv", "a/../../stations.csv", "..\\stations.csv", "C:stations.csv"]
)
def test_a_zip_that_points_outside_is_refused(folder: Path, tmp_path: Path, name: str) -> None:
    path = zip_package(folder, tmp_path / "package.zip")
    with zipfile.ZipFile(path, "a") as package:
        package.writestr(name, "code")
    assert "points outside the package" in refusal(path)
    assert not (tmp_path / "stations.csv").exists()


def test_a_link_in_a_zip_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "candidates.csv").unlink(missing_ok=True)
    path = zip_package(folder, tmp_path / "package.zip")
    link = zipfile.ZipInfo("candidates.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as package:
        package.writestr(link, "/etc/passwd")
    assert "not a link" in refusal(path)


def test_a_link_in_a_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "areas.csv").rename(tmp_path / "areas.csv")
    (folder / "areas.csv").symlink_to(tmp_path / "areas.csv")
    assert "areas.csv: This must be a plain file, not a link or a folder." in refusal(folder)


def test_files_in_several_folders_are_refused(folder: Path, tmp_path: Path) -> None:
    path = zip_package(folder, tmp_path / "package.zip", inside="one")
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("two/areas.csv", "code")
    assert "side by side" in refusal(path)


def test_a_deep_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    assert "side by side" in refusal(zip_package(folder, tmp_path / "package.zip", inside="one/two"))


def test_a_file_twice_in_a_zip_is_refused(folder: Path, tmp_path: Path) -> None:
    path = zip_package(folder, tmp_path / "package.zip")
    with zipfile.ZipFile(path, "a") as package, pytest.warns(UserWarning, match="Duplicate"):
        package.writestr("areas.csv", "code")
    assert "holds this file twice" in refusal(path)


def test_a_zip_bomb_is_not_unpacked(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LARGEST_FILE", archive.MEGABYTE)
    (folder / "areas.csv").unlink()
    path = zip_package(folder, tmp_path / "package.zip")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("areas.csv", b"0" * (8 * archive.MEGABYTE))
    assert path.stat().st_size < archive.MEGABYTE
    assert "larger than the 1 MB allowed" in refusal(path)


def test_many_files_together_may_not_be_too_large(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "LARGEST_PACKAGE", sum(file.stat().st_size for file in folder.iterdir()) - 1)
    assert "larger than" in refusal(folder)
    assert "larger than" in refusal(zip_package(folder, tmp_path / "package.zip"))


def test_too_many_files_are_refused(folder: Path, tmp_path: Path) -> None:
    path = zip_package(folder, tmp_path / "package.zip")
    with zipfile.ZipFile(path, "a") as package:
        for number in range(archive.MOST_FILES):
            package.writestr(f"{number}.txt", "")
    assert "more than 100 files" in refusal(path)


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "package.zip").write_bytes(b"PK\x03\x04 and nothing more")
    assert "not a readable zip" in refusal(tmp_path / "package.zip")
    assert "no such folder or file" in refusal(tmp_path / "nowhere")


def test_a_damaged_member_is_refused(folder: Path, tmp_path: Path) -> None:
    path = zip_package(folder, tmp_path / "package.zip")
    content = bytearray(path.read_bytes())
    content[60:80] = bytes(20)
    path.write_bytes(content)
    assert "not a readable zip" in refusal(path)
