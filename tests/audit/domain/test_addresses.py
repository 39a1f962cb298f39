"""Calls to addresses that people outside gave us go outside, and nowhere else."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from audit.domain.addresses import BadUrl, check_url, may_be_called


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "172.16.5.4", "192.168.1.1", "127.0.0.1", "127.9.9.9", "0.0.0.0",  # noqa: S104
        "169.254.169.254", "100.64.0.1",
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:10.0.0.1",
        "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "2001:db8::1",
    ],
)  # fmt: skip
def test_no_call_goes_inside_somebodys_house(address: str) -> None:
    assert not may_be_called(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_a_call_may_go_to_a_public_address(address: str) -> None:
    assert may_be_called(address)


def test_a_private_network_can_be_allowed_and_only_it() -> None:
    allowed = [ip_network("10.1.0.0/16")]
    assert may_be_called("10.1.2.3", allowed)
    assert may_be_called("::ffff:10.1.2.3", allowed)
    assert not may_be_called("10.2.0.1", allowed)
    assert not may_be_called("::1", allowed)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://example.org/", "not_https"),
        ("ftp://example.org/", "not_https"),
        ("javascript:alert(1)", "not_https"),
        ("file:///etc/passwd", "not_https"),
        ("https:///path", "no_host"),
        ("https://user:word@example.org/", "more_than_an_address"),
        ("https://example.org/#part", "more_than_an_address"),
        ("https://example.org:99999/", "unreadable"),
        ("https://example.org/a\nb", "unreadable"),
        ("https://example.org/\r\nHost: other", "unreadable"),
        ("https://example.org/" + "a" * 500, "unreadable"),
        ("https://[::1", "unreadable"),
    ],
)
def test_an_address_that_is_not_plainly_https_is_refused(url: str, problem: str) -> None:
    with pytest.raises(BadUrl) as refused:
        check_url(url, allow_http=False)
    assert refused.value.problem == problem


def test_http_serves_where_it_is_allowed_and_nothing_else_does() -> None:
    assert check_url("http://127.0.0.1:9/hook", allow_http=True)
    with pytest.raises(BadUrl):
        check_url("gopher://127.0.0.1/", allow_http=True)
