"""What Redis says when it takes nothing for now, and what it says when the call itself is wrong."""

from __future__ import annotations

import pytest
import redis

from connectors.view.refusals import WAITED_FOR, is_for_now

SCRIPT = " script: 2c0c3ffd4d1c, on @user_script:18."


@pytest.mark.parametrize(
    "error",
    [
        redis.ConnectionError("Error 111 connecting to 127.0.0.1:1. Connection refused."),
        redis.TimeoutError("Timeout reading from socket"),
        redis.exceptions.BusyLoadingError("Redis is loading the dataset in memory"),
        redis.AuthenticationError("WRONGPASS invalid username-password pair or user is disabled."),
        redis.AuthenticationError("Authentication required."),
        redis.OutOfMemoryError("command not allowed when used memory > 'maxmemory'."),
        redis.ReadOnlyError("You can't write against a read only replica."),
        redis.exceptions.MasterDownError("Link with MASTER is down and replica-serve-stale-data is set to 'no'."),
        redis.exceptions.ClusterDownError("Hash slot not served"),
        redis.exceptions.TryAgainError("Multiple keys request during rehashing of slot"),
        redis.ResponseError("NOREPLICAS Not enough good replicas to write."),
        redis.ResponseError("MISCONF Errors writing to the AOF file: No space left on device"),
        redis.ResponseError("OOM command not allowed when used memory > 'maxmemory'." + SCRIPT),
        redis.ResponseError("READONLY You can't write against a read only replica." + SCRIPT),
        redis.ResponseError("ERR Error running script (call to f_2c0c): @user_script:18: -OOM command not allowed"),
        redis.ResponseError("ERR Error running script (call to f_2c0c): @user_script:18: -MISCONF Redis is configured"),
        redis.ResponseError("BUSY Redis is busy running a script. You can only call SCRIPT KILL"),
    ],
)
def test_it_is_waited_for(error: redis.RedisError) -> None:
    assert is_for_now(error)


@pytest.mark.parametrize("code", WAITED_FOR)
def test_every_code_is_found_alone_and_inside_a_script_s_error(code: str) -> None:
    assert is_for_now(redis.ResponseError(f"{code} for a reason"))
    assert is_for_now(redis.ResponseError(f"ERR Error running script: @user_script:3: -{code} for a reason"))


@pytest.mark.parametrize(
    "error",
    [
        redis.ResponseError("WRONGTYPE Operation against a key holding the wrong kind of value"),
        redis.ResponseError("ERR unknown command 'OOM', with args beginning with: "),
        redis.ResponseError("FENCED by run 7"),
        redis.ResponseError("LOST"),
        redis.ResponseError("ERR BROOMS"),
        redis.exceptions.NoPermissionError("User default has no permissions to run the 'hset' command"),
        redis.DataError("Invalid input of type: 'NoneType'"),
    ],
)
def test_it_is_raised(error: redis.RedisError) -> None:
    assert not is_for_now(error)
