"""The last resort: a server in Docker. Its client leaves sockets open when nobody answers, so that is asked apart."""

import os
import subprocess
import sys

import psycopg
import pytest

from dbadvisor.servers.container import start_container


def test_without_docker_it_says_so() -> None:
    script = "from dbadvisor.servers.container import start_container; start_container(15)"
    environment = {**os.environ, "DOCKER_HOST": "unix:///nonexistent/docker.sock"}
    result = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert "ServerUnavailable: no PostgreSQL 15 could be started in Docker" in result.stderr


@pytest.mark.heavy
def test_a_container_serves_with_its_settings() -> None:
    answers = "import docker; docker.from_env().ping()"
    if subprocess.run([sys.executable, "-c", answers], capture_output=True).returncode:
        pytest.skip("Docker does not answer")
    with start_container(15, settings={"shared_preload_libraries": "pg_stat_statements"}) as server:
        with psycopg.connect(server.url()) as connection:
            connection.execute("CREATE EXTENSION pg_stat_statements")
        assert server.major == 15
        url = server.url()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)
