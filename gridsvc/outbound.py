"""Send to addresses that somebody else named: never into the own network, never further than was asked.

The name is resolved once, every address it has is checked, and the connection goes to the checked address; so a name
that resolves differently a moment later leads nowhere else. Redirects are not followed.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from urllib.parse import SplitResult, urlsplit

from gridsvc.domain.errors import BadInput

TIMEOUT_S = 10.0
_READ_BYTES = 2_000
_PORTS = {"https": 443, "http": 80}


def check_url(url: str, *, allow_private: bool) -> None:
    """Raise `BadInput` for an address that is not sent to; private ones only where the operator allows them."""
    _target(url, allow_private=allow_private)


def post(url: str, body: bytes, headers: dict[str, str], *, allow_private: bool) -> tuple[int, str]:
    """Send a POST and give the status and the beginning of the answer.

    Raises
    ------
    BadInput
        the address leads, or has come to lead, where nothing is sent.
    OSError
        nobody answers within 10 s; so do faults of the protocol.
    """
    parts, addresses = _target(url, allow_private=allow_private)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    try:
        link = socket.create_connection((addresses[0], port), timeout=TIMEOUT_S)
        connection.sock = (
            ssl.create_default_context().wrap_socket(link, server_hostname=host) if parts.scheme == "https" else link
        )
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(_READ_BYTES).decode("utf-8", "replace")
    except http.client.HTTPException as error:
        raise ConnectionError(f"the answer is no HTTP: {error!r}") from error
    finally:
        connection.close()


def _target(url: str, *, allow_private: bool) -> tuple[SplitResult, list[str]]:
    parts = urlsplit(url)
    if parts.scheme not in ({"https", "http"} if allow_private else {"https"}):
        raise BadInput(f"a webhook is delivered to https addresses only; {url} is none")
    if not parts.hostname or parts.username or parts.password:
        raise BadInput(f"{url} needs a host, and no user or password")
    try:
        port = parts.port or _PORTS[parts.scheme]
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError, UnicodeError):
        raise BadInput(f"the host of {url} is not known") from None
    addresses = [str(entry[4][0]) for entry in found]
    private = [address for address in addresses if not ipaddress.ip_address(address.partition("%")[0]).is_global]
    if private and not allow_private:
        raise BadInput(
            f"{url} leads to {private[0]}, which is not on the public internet; an operator can allow that with "
            "GRIDSVC_WEBHOOK_ALLOW_PRIVATE"
        )
    return parts, addresses
