"""PostgreSQL and Redis together: started one after the other, ended the other way round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from embedded.child import Child
from embedded.pause import Pause
from embedded.postgres import Postgres
from embedded.redis import Redis

Say = Callable[[str], None]


@dataclass(frozen=True)
class Servers:
    """The embedded servers; None stands for one that somebody else runs."""

    postgres: Postgres | None
    redis: Redis | None

    def start(self, pause: Pause, say: Say) -> None:
        """Start those that are ours."""
        if self.postgres:
            say(f"Starting PostgreSQL {self.postgres.files.programs.version} ...")
            self.postgres.start(pause)
        if self.redis:
            say("Starting Redis ...")
            self.redis.start(pause)

    def stop(self, pause: Pause) -> None:
        """End those that are ours."""
        for server in (self.redis, self.postgres):
            if server:
                server.stop(pause)

    @property
    def children(self) -> list[Child]:
        """Return their processes."""
        return [server.child for server in (self.postgres, self.redis) if server]
