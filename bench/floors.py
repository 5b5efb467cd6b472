"""The processor time that a page costs, beside that of its floor: the same bytes by a view that does nothing."""

from __future__ import annotations

from dataclasses import dataclass
from http.client import HTTPConnection

import clients
from stack import Stack

SAME = "/bench/same/"
# So many rounds, with so many requests each.
ROUNDS, REQUESTS = 4, 10


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks a server for pages, and for their floors in turn."""

    stack: Stack
    server: str
    connection: HTTPConnection
    cookie: str

    def cost_ms(self, path: str, body: bytes, name: str) -> tuple[float, float]:
        """Return what the page and its floor cost: of each the best of a few rounds; `name` is that of its bytes."""
        (self.stack.folder / name).write_bytes(body)
        costs_ms: dict[str, list[float]] = {path: [], f"{SAME}{name}": []}
        for _round in range(1 + ROUNDS):  # the first one warms up
            for address, in_ms in costs_ms.items():
                in_ms.append(self._processor_ms(address))
        value, floor = (min(in_ms[1:]) for in_ms in costs_ms.values())
        return value, floor

    def _processor_ms(self, path: str) -> float:
        before_s = self.stack.processor_s(self.server)
        for _ in range(REQUESTS):
            clients.ask(self.connection, path, self.cookie)
        return (self.stack.processor_s(self.server) - before_s) * 1000 / REQUESTS
