"""The archive's sound in a bucket, at a server that speaks S3."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from tonewatch.stream.archive.bucket import Bucket
from tonewatch.stream.archive.clip_store import open_clips
from tonewatch.stream.archive.folder import Folder
from tonewatch.stream.errors import DataError, DependencyError, SettingsError, StoreError


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of moto's S3 on loopback, with a bucket `sound`."""
    pytest.importorskip("s3fs")
    moto = pytest.importorskip("moto.server")
    logging.getLogger("werkzeug").disabled = True
    running = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    with contextlib.redirect_stderr(io.StringIO()):
        running.start()
    host, port = running.get_host_and_port()
    address = f"http://{host}:{port}"
    import boto3

    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=address, **keys).create_bucket(Bucket="sound")
    yield address
    running.stop()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    found = open_clips("s3://sound/kept", server)
    assert isinstance(found, Bucket)
    return found


def test_a_file_in_a_bucket_is_read_back_and_can_be_written_again(bucket: Bucket) -> None:
    path = bucket.write("c/1", "c/1/0/24000", ".wav", b"first")
    assert bucket.write("c/1", "c/1/0/24000", ".wav", b"second") == path
    assert bucket.read(path) == b"second"


def test_the_paths_are_those_of_a_folder(bucket: Bucket, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = Folder(tmp_path_factory.mktemp("audio"))
    assert bucket.write("Ärger/7", "x", ".wav", b"1") == folder.write("Ärger/7", "x", ".wav", b"1")


def test_a_call_is_taken_away_with_all_its_files_and_no_other_s(bucket: Bucket) -> None:
    kept = bucket.write("stays", "a", ".wav", b"1")
    gone = [bucket.write("goes", name, ".wav", b"1") for name in ("a", "b")]
    assert bucket.remove_call("goes") == 2
    assert bucket.remove_call("goes") == 0
    assert bucket.read(kept) == b"1"
    with pytest.raises(DataError, match="gone"):
        bucket.read(gone[0])


def test_a_bucket_that_is_not_there_is_a_store_that_does_not_answer(server: str, bucket: Bucket) -> None:
    with pytest.raises(StoreError, match="TONEWATCH_STORE"):
        Bucket("s3://nobody-s", server).write("c", "a", ".wav", b"1")


@pytest.mark.parametrize("path", ["../other/secret", "/etc/passwd", "a/../../b"])
def test_a_path_that_leads_out_of_the_bucket_s_folder_is_refused(bucket: Bucket, path: str) -> None:
    with pytest.raises(DataError, match="outside"):
        bucket.read(path)


def test_an_address_without_a_bucket_or_of_a_kind_that_nobody_knows_is_refused() -> None:
    with pytest.raises(SettingsError, match="names no bucket"):
        open_clips("s3://")
    with pytest.raises(SettingsError, match="knows no"):
        open_clips("nothing://bucket/folder")


def test_a_driver_that_is_missing_says_what_to_install() -> None:
    pytest.importorskip("fsspec")
    if find_spec("gcsfs"):
        pytest.skip("gcsfs is installed here")
    with pytest.raises(DependencyError, match="gcsfs"):
        open_clips("gs://bucket/folder")
