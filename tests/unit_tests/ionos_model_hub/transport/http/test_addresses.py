"""The order in which the addresses of a server are tried."""

import socket

from ionos_model_hub.transport.http.addresses import MAX_SERVERS, AddressInfo, WorkingAddresses

SERVER = ("hub.example", 443)
FIRST, SECOND, THIRD = ((f"192.0.2.{number}", 443) for number in (1, 2, 3))


def infos(*addresses: tuple[str, int]) -> list[AddressInfo]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]


def test_unknown_server_keeps_its_order() -> None:
    assert WorkingAddresses().order(SERVER, infos(FIRST, SECOND)) == infos(FIRST, SECOND)


def test_address_that_worked_comes_first() -> None:
    working = WorkingAddresses()
    working.record(SERVER, infos(FIRST, SECOND, THIRD), SECOND)
    assert working.order(SERVER, infos(FIRST, SECOND, THIRD)) == infos(SECOND, FIRST, THIRD)
    assert working.order(("other.example", 443), infos(FIRST, SECOND)) == infos(FIRST, SECOND)


def test_address_that_was_tried_first_changes_nothing() -> None:
    working = WorkingAddresses()
    working.record(SERVER, infos(FIRST, SECOND), FIRST)
    working.record(SERVER, [], FIRST)
    assert working.order(SERVER, infos(SECOND, FIRST)) == infos(SECOND, FIRST)
    working.record(SERVER, infos(FIRST, SECOND), SECOND)
    working.record(SERVER, working.order(SERVER, infos(FIRST, SECOND)), SECOND)
    assert working.order(SERVER, infos(FIRST, SECOND)) == infos(SECOND, FIRST)


def test_address_that_the_name_lost_is_not_used() -> None:
    working = WorkingAddresses()
    working.record(SERVER, infos(FIRST, SECOND), SECOND)
    assert working.order(SERVER, infos(FIRST, THIRD)) == infos(FIRST, THIRD)


def test_number_of_servers_is_limited() -> None:
    working = WorkingAddresses()
    for number in range(MAX_SERVERS + 1):
        working.record((f"host-{number}", 443), infos(FIRST, SECOND), SECOND)
    assert working.order(("host-0", 443), infos(FIRST, SECOND)) == infos(FIRST, SECOND)
    assert working.order(("host-1", 443), infos(FIRST, SECOND)) == infos(SECOND, FIRST)
