"""Names and addresses: the simulator says which host names exist; the others do not.

An address is known by the name that was resolved to it, because the simulated network knows hosts by name.
"""

from __future__ import annotations

import _socket
from typing import Any

from .scheduler import scheduler

#: Names and their addresses.
hosts: dict[str, str] = {}
_LOCAL = "127.0.0.1"
_inet_aton = _socket.inet_aton
_family, _stream, _datagram, _tcp, _udp = _socket.AF_INET, _socket.SOCK_STREAM, _socket.SOCK_DGRAM, 6, 17
_services = {"http": 80, "https": 443}


def _is_address(host: str) -> bool:
    try:
        _inet_aton(host)
    except OSError:
        return False
    return host.count(".") == 3


def address(host: str) -> str:
    """The address of a host, with the error of the original."""
    if host in ("", "localhost", "localhost.localdomain"):
        return _LOCAL if host else "0.0.0.0"
    if _is_address(host):
        return host
    found = hosts.get(host.lower().rstrip("."))
    if found is None:
        raise _socket.gaierror(_socket.EAI_NONAME, "Name or service not known")
    return found


def name(address_of_host: str) -> str:
    """The name by which the simulator knows an address."""
    for host, known in hosts.items():
        if known == address_of_host:
            return host
    return address_of_host


def _port(port: Any) -> int:
    if port is None:
        return 0
    text = port.decode() if isinstance(port, bytes) else port
    if isinstance(text, str) and not text.isdigit():
        if text in _services:
            return _services[text]
        raise _socket.gaierror(_socket.EAI_SERVICE, "Servname not supported for ai_socktype")
    return int(text)


def getaddrinfo(host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0) -> list[Any]:
    """`_socket.getaddrinfo`, for IPv4."""
    scheduler.point("getaddrinfo")
    text = host.decode() if isinstance(host, (bytes, bytearray)) else host
    if family not in (0, int(_family)):
        raise _socket.gaierror(_socket.EAI_FAMILY, "ai_family not supported")
    if text is None:
        found = "0.0.0.0" if flags & int(_socket.AI_PASSIVE) else _LOCAL
    else:
        found = address(text)
    kinds = [(_stream, _tcp), (_datagram, _udp)]
    fitting = [(kind, tcp) for kind, tcp in kinds if type in (0, int(kind)) and proto in (0, tcp)]
    return [(int(_family), int(kind), tcp, "", (found, _port(port))) for kind, tcp in fitting]


def _getnameinfo(sockaddr: Any, flags: int) -> tuple[str, str]:
    host = sockaddr[0] if flags & int(_socket.NI_NUMERICHOST) else name(sockaddr[0])
    return host, str(sockaddr[1])


def install() -> None:
    """Replaces what is in `_socket`."""
    _socket.getaddrinfo = getaddrinfo
    _socket.gethostbyname = address
    _socket.gethostbyname_ex = lambda host: (host, [], [address(host)])
    _socket.gethostbyaddr = lambda host: (name(host), [], [host])
    _socket.gethostname = lambda: "agent"
    _socket.getnameinfo = _getnameinfo
