"""The keys that questions and answers travel by. They are no part of the view: nothing in them stays for long.

Each is reached by single-key commands only, so that it may lie anywhere in a cluster.
"""

from __future__ import annotations

from typing import Final

from connectors.view.layout import PREFIX, percent_encode

# `lasttouch:questions` list: the ids of the questions that wait, the oldest first, WAITING_MOST at most. It expires a
# minute after the last was put.
WAITING: Final = PREFIX + "questions"
WAITING_MOST: Final = 1_000
WAITING_EXPIRES_S: Final = 60

# `lasttouch:questions:answered_by` string: the id of the recovery store of the run that answers. Renewed while it runs.
ANSWERED_BY: Final = PREFIX + "questions:answered_by"
ANSWERED_BY_EXPIRES_S: Final = 30

ANSWER_EXPIRES_S: Final = 10
"""For an asker who has asked in time."""


# `lasttouch:question:<id>` string: one question, JSON (`state.questions`). It expires when its asker stops waiting; who
# takes it deletes it, so that it is answered once.
def question_key(question_id: str) -> str:
    """The key of a question that waits."""
    return f"{PREFIX}question:{question_id}"


# `lasttouch:answer:<id>` list with one element: the answer, MessagePack (`state.questions.Answer`). It expires.
def answer_key(question_id: str) -> str:
    """The key of the answer to a question."""
    return f"{PREFIX}answer:{question_id}"


PREVIEW_EXPIRES_S: Final = 70
"""Longer than any preview takes."""


# `lasttouch:preview:Q(account)` string: there while an account has a preview under way. It expires, too.
def preview_key(account: str) -> str:
    """The key of an account's preview."""
    return f"{PREFIX}preview:{percent_encode(account)}"
