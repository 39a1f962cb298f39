"""Where calls to addresses that people outside gave us may go. No network here."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LONGEST_URL = 500

# Ways by which an address that looks public leads to one that is not.
_HIDING = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"), IPv6Network("2002::/16"))


class BadUrl(ValueError):
    """Nothing is sent there: `problem` says why."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def check_url(url: str, *, allow_http: bool) -> str:
    """Return the address that people outside gave us. Raises BadUrl.

    https only, except where `allow_http` (development); no user, password or fragment, and a host.
    """
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise BadUrl("unreadable") from None
    if len(url) > LONGEST_URL or any(sign.isspace() or not sign.isprintable() for sign in url):
        raise BadUrl("unreadable")
    if parts.scheme != "https" and not (allow_http and parts.scheme == "http"):
        raise BadUrl("not_https")
    if not host:
        raise BadUrl("no_host")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise BadUrl("more_than_an_address")
    return url


def may_be_called(text: str, allowed: Collection[Network] = ()) -> bool:
    """Whether a call may go to this IP address: a public one, or one in a network that is allowed.

    Private, loopback, link-local, multicast and reserved addresses are the inside of somebody's house, ours among
    them; so are those hidden in IPv6 forms of IPv4.
    """
    address: Address = ip_address(text)
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if any(address in network for network in allowed if network.version == address.version):
        return True
    hidden = isinstance(address, IPv6Address) and any(address in network for network in _HIDING)
    return address.is_global and not address.is_multicast and not hidden
