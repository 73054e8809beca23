"""No part of a password is ever shown, whatever characters it contains and wherever it stands in an address."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fervid.core.credentials import hide_credentials, shown_address

SECRETS = set("NOPQRSTUVWXYZ")
"""Letters that occur in secrets alone, so that every part of one that is shown is found."""

secrets = st.text(alphabet="NOPQRSTUVWXYZ/?#@:=&;%[]\\ \n'\"é", min_size=1, max_size=12)
public = st.text(alphabet="abcdefghijklm0123456789.-", min_size=1, max_size=8)
schemes = st.sampled_from(["rtsp", "http", "https", "rtmp", "srt", "tcp"])
paths = st.lists(public, max_size=3).map(lambda parts: "".join(f"/{part}" for part in parts))


@given(schemes, secrets, secrets, public, paths)
def test_in_front_of_the_host(scheme: str, user: str, password: str, host: str, path: str) -> None:
    for front in (f"{user}:{password}", password):
        assert not SECRETS & set(shown_address(f"{scheme}://{front}@{host}{path}"))


@given(schemes, secrets, public, paths, secrets)
def test_in_the_query_in_the_fragment_and_in_the_path(
    scheme: str, password: str, host: str, path: str, front: str
) -> None:
    for begin in (f"{scheme}://{host}", f"{scheme}://{front}@{host}", f"{scheme}://{host}:554"):
        for key in ("?password=", "?user=admin&password=", "#", "/user=admin_password=", "/live?", "/a=b/"):
            assert not SECRETS & set(shown_address(f"{begin}{path}{key}{password}"))


@given(schemes, public, paths)
def test_host_and_path_are_shown(scheme: str, host: str, path: str) -> None:
    assert shown_address(f"{scheme}://admin:secret@{host}{path}?a=b#c") == f"{scheme}://{host}{path}"
    assert shown_address(f"{scheme}://{host}{path}") == f"{scheme}://{host}{path}"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://me:secret@camera:554/a?user=admin&password=s3cret", "rtsp://camera:554/a"),
        ("rtsp://me:a/b@c@camera/stream", "rtsp://camera/stream"),
        ("rtsp://me:a?b@camera/stream", "rtsp://..."),
        ("rtsp://me:a#b@camera/stream", "rtsp://..."),
        ("http://camera/video?user=me@home", "http://..."),
        ("rtsp://camera:554/user=admin_password=abc_channel=1_stream=0.sdp?real_stream", "rtsp://camera:554/"),
        ("rtmp://camera/live pubUser=me pass=secret", "rtmp://camera/"),
        ("async:rtsp://me:secret@camera/a", "...://camera/a"),
        ("udp://@239.0.0.1:1234", "udp://239.0.0.1:1234"),
        ("http://[::1]:80/a", "http://[::1]:80/a"),
        ("clip@2x?.mp4", "clip@2x?.mp4"),
        ("0", "0"),
    ],
)
def test_examples(address: str, shown: str) -> None:
    assert shown_address(address) == shown


@given(schemes, secrets, public)
def test_a_message_that_quotes_what_was_typed_shows_none_of_it(scheme: str, password: str, host: str) -> None:
    address = f"{scheme}://n:{password}@{host}/x.mp4"
    for typed in ([address], [f"--record={address}"], ["a.mp4", address]):
        for quoted in (address, str(Path(address)), repr(address)):
            assert not SECRETS & set(hide_credentials(f"'{quoted}' does not exist", typed))
    assert hide_credentials("'n:SECRET@camera/a' does not exist", ["n:SECRET@camera/a"]) == "'...' does not exist"


def test_a_message_about_anything_else_stays() -> None:
    assert hide_credentials("'a@b:c.mp4' does not exist", ["a@b:c.mp4"]) == "'a@b:c.mp4' does not exist"
    assert hide_credentials("--end must come after --start", ["--end", "1", "--start", "2"]).startswith("--end must")
