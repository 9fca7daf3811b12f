"""The demo has servers of its own, and is not led astray by what the environment says of others."""

from __future__ import annotations

from cli.demo.command import forget_other_servers


def test_what_is_said_of_other_servers_is_forgotten() -> None:
    environment = {
        "LASTTOUCH_REDIS_PASSWORD": "x",
        "LASTTOUCH_KAFKA_SECURITY_PROTOCOL": "SSL",
        "LASTTOUCH_PROCESS": "1",
        "LASTTOUCH_ADDRESSES": "a:1,b:1",
        "LASTTOUCH_LOG_LEVEL": "INFO",
        "PATH": "/bin",
    }
    forget_other_servers(environment)
    assert environment == {"LASTTOUCH_LOG_LEVEL": "INFO", "PATH": "/bin"}
