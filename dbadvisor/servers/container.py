"""A PostgreSQL in Docker: the last resort, for those who only need a connection and not the server's files."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self

from dbadvisor.errors import ServerUnavailable

_HINT = "start Docker and install dbadvisor[test], or run `dbadvisor server list` to see which servers need neither"


@dataclass(slots=True, eq=False)
class ContainerServer:
    """A running server in a container. Stops at the end of `with` or by `stop()`."""

    major: int
    _container: Any

    def url(self, database: str = "postgres") -> str:
        """A libpq URL of the superuser `postgres`, with its one-time password."""
        address, _, _ = str(self._container.get_connection_url(driver=None)).rpartition("/")
        return f"{address}/{database}"

    def stop(self) -> None:
        """Stops and removes the container."""
        self._container.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start_container(major: int, *, settings: Mapping[str, str] = MappingProxyType({})) -> ContainerServer:
    """Runs the image `postgres:<major>`. Raises ServerUnavailable without Docker, testcontainers or the image."""
    try:
        from docker.errors import DockerException
        from testcontainers.community.postgres import PostgresContainer
    except ImportError as error:
        raise ServerUnavailable("testcontainers is not installed", _HINT) from error
    command = ["postgres", "-c", "fsync=off"]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    container = None
    try:
        container = PostgresContainer(
            f"postgres:{major}", username="postgres", password=secrets.token_hex(16), dbname="postgres"
        )
        container.with_command(command).start()
    except (DockerException, OSError) as error:
        if container is not None:
            container.stop()
        raise ServerUnavailable(f"no PostgreSQL {major} could be started in Docker: {error}", _HINT) from error
    return ContainerServer(major, container)
