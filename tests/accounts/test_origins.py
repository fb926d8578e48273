"""Where a request comes from: what a proxy of ours says counts, what a stranger says does not."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from accounts.limits.buckets import buckets_of
from accounts.limits.policies import EndpointClass
from accounts.origins import client_address, network_of

CLIENT, PROXY, INNER_PROXY = "203.0.113.7", "10.0.0.1", "10.0.0.2"


@pytest.fixture
def _behind_a_proxy(settings: object) -> None:
    settings.TRUSTED_PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
    settings.TRUST_UNIX_SOCKET = False


def request(peer: str, forwarded: str | None = None) -> HttpRequest:
    made = RequestFactory().get("/", REMOTE_ADDR=peer)
    if forwarded is not None:
        made.META["HTTP_X_FORWARDED_FOR"] = forwarded
    return made


@pytest.mark.usefixtures("_behind_a_proxy")
def test_thousand_forged_addresses_behind_one_proxy_are_one_client() -> None:
    """A13: the proxy appends whom it saw; what stood before is the client's invention."""
    forged = [f"198.51.{n // 250}.{n % 250}" for n in range(1_000)]
    counted = {client_address(request(PROXY, f"{one}, {CLIENT}")) for one in forged}
    assert counted == {CLIENT}
    assert client_address(request(PROXY, f"{', '.join(forged)}, {CLIENT}")) == CLIENT


@pytest.mark.usefixtures("_behind_a_proxy")
def test_forged_addresses_spend_from_one_bucket() -> None:
    """A13: as the limiter counts them."""
    made = [request(PROXY, f"198.51.100.{n}, {CLIENT}") for n in range(100)]
    keys = {buckets_of(each, EndpointClass.ANONYMOUS)[0].key for each in made}
    assert keys == {f"anonymous:address:{CLIENT}"}


@pytest.mark.usefixtures("_behind_a_proxy")
def test_untrusted_peer_is_the_client_whatever_it_forwards() -> None:
    """A13: the header of a peer that is no proxy of ours is not read."""
    assert client_address(request(CLIENT, "198.51.100.1, 10.0.0.3")) == CLIENT


@pytest.mark.usefixtures("_behind_a_proxy")
@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        (f"{CLIENT}, {INNER_PROXY}", CLIENT),
        (f"198.51.100.1, {CLIENT}, {INNER_PROXY}", CLIENT),
        (f"  {CLIENT}  ", CLIENT),
        ("2001:db8::7", "2001:db8::7"),
        ("fe80::1%eth0", "fe80::1"),
        (f"::ffff:{CLIENT}", CLIENT),
        (INNER_PROXY, INNER_PROXY),
        ("", PROXY),
        (None, PROXY),
        ("unknown", PROXY),
        (f"{CLIENT}, unknown", PROXY),
        (f"{CLIENT}:4711", PROXY),
    ],
)
def test_client_is_the_last_address_that_is_no_proxy(forwarded: str | None, client: str) -> None:
    assert client_address(request(PROXY, forwarded)) == client


@pytest.mark.usefixtures("_behind_a_proxy")
def test_proxy_that_calls_from_ipv6_is_known_too() -> None:
    assert client_address(request("fd00::1", CLIENT)) == CLIENT
    assert client_address(request(f"::ffff:{PROXY}", CLIENT)) == CLIENT


@pytest.mark.usefixtures("_behind_a_proxy")
def test_chain_of_proxies_is_followed_only_so_far() -> None:
    chain = ", ".join([CLIENT, *[INNER_PROXY] * 1_000])
    assert client_address(request(PROXY, chain)) == INNER_PROXY


def test_without_trusted_proxies_the_peer_is_the_client(settings: object) -> None:
    settings.TRUSTED_PROXIES = ()
    assert client_address(request(CLIENT, "198.51.100.1")) == CLIENT


@pytest.mark.parametrize(("is_trusted", "client"), [(True, CLIENT), (False, "")])
def test_unix_socket_is_believed_only_when_told(
    settings: object, is_trusted: bool, client: str
) -> None:
    settings.TRUSTED_PROXIES, settings.TRUST_UNIX_SOCKET = (), is_trusted
    assert client_address(request("", CLIENT)) == client


@pytest.mark.usefixtures("_behind_a_proxy")
@given(forwarded=st.text(max_size=200), peer=st.text(max_size=50))
def test_no_header_makes_the_address_fail(forwarded: str, peer: str) -> None:
    network_of(client_address(request(peer, forwarded)))
    network_of(client_address(request(PROXY, forwarded)))


@given(host=st.integers(0, 2**64 - 1))
def test_addresses_of_one_ipv6_line_count_as_one(host: int) -> None:
    """A13: one /64 is one client."""
    address = f"2001:db8:1:2:{':'.join(f'{host >> shift & 0xFFFF:x}' for shift in (48, 32, 16, 0))}"
    assert network_of(address) == "2001:db8:1:2::/64"


def test_neighbouring_ipv6_lines_and_ipv4_addresses_count_apart() -> None:
    addresses = ["2001:db8:1:2::1", "2001:db8:1:3::1", "203.0.113.7", "203.0.113.8"]
    assert len({network_of(address) for address in addresses}) == 4
    assert network_of("::ffff:203.0.113.7") == "203.0.113.7"
    assert network_of("nonsense") == ""
