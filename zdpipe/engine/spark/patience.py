"""How long the client waits for a server that does not answer."""

from __future__ import annotations

from typing import Any

# The client waits four times as long each time, at most a minute, so these are about two minutes.
RETRIES = 7


class Patience:
    """The client's own policy of trying again, which ends without its warning: the error says it all."""

    def __init__(self, policy: Any) -> None:
        self._policy = policy
        self.name = policy.name

    def to_state(self) -> _Counted:
        """Begin to count."""
        return _Counted(self._policy.to_state(), self._policy.max_retries)


class _Counted:
    """One call's attempts; the client warns when a policy is asked once more than it allows."""

    def __init__(self, state: Any, retries: int) -> None:
        self._state = state
        self._left = retries
        self.name = state.name

    def can_retry(self, exception: BaseException) -> bool:
        return self._left > 0 and bool(self._state.can_retry(exception))

    def next_attempt(self, exception: BaseException | None = None) -> int | None:
        self._left -= 1
        wait: int | None = self._state.next_attempt(exception)
        return wait
