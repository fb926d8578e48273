"""`health`: ask the web process of this machine or container whether it is ready."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Mapping

READY_PATH = "/api/health/ready"
ANSWER_TIMEOUT_S = 5.0
OK, ILL = 0, 1


def health(surroundings: Mapping[str, str]) -> int:
    """Print the answer and return 0 when it is a good one.

    DBX_PORT names the port (8000). The question comes by the first of DBX_ALLOWED_HOSTS and as
    if by TLS, because the product answers to no other name.
    """
    address = f"http://127.0.0.1:{surroundings.get('DBX_PORT') or 8000}{READY_PATH}"
    host = surroundings.get("DBX_ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".*")
    headers = {"Host": host or "localhost", "X-Forwarded-Proto": "https"}
    question = urllib.request.Request(address, headers=headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(question, timeout=ANSWER_TIMEOUT_S) as answer:
            print(answer.read().decode(errors="replace"))
            return OK
    except urllib.error.HTTPError as refusal:
        print(f"{refusal.code} {refusal.read().decode(errors='replace')}")
    except OSError as problem:
        print(f"No answer from {address}: {problem}")
    return ILL
