"""Where a redirect may lead."""

import ipaddress
import socket
from typing import TYPE_CHECKING, Final

from pithmerge.mirrors.pulling.problems import RefusedError
from pithmerge.mirrors.reading.storage import needed
from pithmerge.showing import brief

if TYPE_CHECKING:
    import httpx2

WEB: Final = ("https", "http")
_LAST_PORT: Final = 2**16 - 1
_LOCAL_NAMES: Final = ("localhost", "localhost.localdomain")


def redirected(url: "httpx2.URL", location: str | None) -> "httpx2.URL":
    """Where a redirect leads.

    From https only to https, to no other scheme; not with a password in it; and not from the
    world into this machine or its network, as far as the address says so.

    Args:
        url: that was asked.
        location: what it says.

    Raises:
        RefusedError: it is not followed.
    """
    if not location:
        raise RefusedError("it redirects to nowhere")
    library = needed("httpx2", "mirror pull")
    try:
        there = library.URL(location)
        target: httpx2.URL = url.join(there)
    except (library.InvalidURL, ValueError):
        raise RefusedError("it redirects to what is no address") from None
    if target.scheme not in WEB:
        raise RefusedError(f"it redirects to the scheme {brief(target.scheme)}, not to https")
    if url.scheme == "https" and target.scheme != "https":
        raise RefusedError("it redirects from https to http, which is not followed")
    if target.port is not None and target.port > _LAST_PORT:
        raise RefusedError("it redirects to what is no address")
    if there.userinfo:
        raise RefusedError("it redirects to an address with a password, which is not followed")
    if is_local(target.host) and not is_local(url.host):
        raise RefusedError("it redirects into this machine or its network, which is not followed")
    return target


def is_local(host: str) -> bool:
    """Whether a host is, by its name, this machine or in a network that is not the world's."""
    name = host.rstrip(".").lower()
    if name in _LOCAL_NAMES or name.endswith(".localhost"):
        return True
    address: ipaddress.IPv4Address | ipaddress.IPv6Address
    try:
        # As the system reads it: 127.1 is one, too.
        address = ipaddress.IPv4Address(socket.inet_aton(name))
    except (OSError, ValueError):
        try:
            address = ipaddress.ip_address(name.partition("%")[0])
        except ValueError:
            return False
    mapped = getattr(address, "ipv4_mapped", None)
    return not (mapped or address).is_global
