"""Where a page is served."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fervid.errors import UsageError
from fervid.web.address import Address, is_loopback


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:8765", "127.0.0.1", 8765),
        ("8080", "127.0.0.1", 8080),
        (":8080", "127.0.0.1", 8080),
        ("0", "127.0.0.1", 0),
        ("localhost", "localhost", 8765),
        ("0.0.0.0:8765", "0.0.0.0", 8765),
        ("192.168.1.5", "192.168.1.5", 8765),
        ("[::1]:8765", "::1", 8765),
        ("[::1]", "::1", 8765),
        ("my-machine.local:80", "my-machine.local", 80),
    ],
)
def test_either_part_may_be_left_out(text: str, host: str, port: int) -> None:
    assert Address.parse(text) == Address(host, port)


@pytest.mark.parametrize(
    "text",
    ["", ":", "a:", "a:b", "::1", "[::1", "[nothing]:80", "http://a", "a/b", "a b", "1:2:3", ":65536", "-a", "é:1"],
)
def test_nonsense_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="is not an address"):
        Address.parse(text)


def test_a_user_name_and_a_password_are_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError, match="has no user name and password") as caught:
        Address.parse("me:s3cret@0.0.0.0:80")
    assert "s3cret" not in str(caught.value)


@given(st.text(alphabet="ab1.:[]-_/ %0", max_size=12) | st.text(max_size=8))
def test_whatever_is_given_is_an_address_or_a_usage_error(text: str) -> None:
    try:
        address = Address.parse(text)
    except UsageError:
        return
    assert 0 <= address.port <= 65535
    assert Address.parse(str(address)) == address


@given(st.ip_addresses().map(str) | st.from_regex(r"[a-z]{1,9}(\.[a-z]{1,4})?", fullmatch=True), st.integers(0, 65535))
def test_what_is_written_is_read(host: str, port: int) -> None:
    address = Address(host, port)
    assert Address.parse(str(address)) == address
    assert address.url == f"http://{address}/"


def test_loopback_is_told_from_other_addresses() -> None:
    assert all(map(is_loopback, ["127.0.0.1", "127.8.9.1", "::1", "localhost", "LOCALHOST.", "a.localhost"]))
    assert not any(
        map(is_loopback, ["0.0.0.0", "::", "10.0.0.1", "localhost.evil.com", "evil.com", "", "127.0.0.1.nip.io"])
    )


def test_all_addresses_of_a_machine() -> None:
    assert Address("0.0.0.0").everywhere
    assert Address("::").everywhere
    assert not Address("10.0.0.1").everywhere
    assert not Address("here").everywhere
