"""A link that came by mail is a secret: no log line repeats it."""

from __future__ import annotations

import json
import logging

import pytest
from django.conf import settings
from django.test import Client

from aviation.common.logs import json_formatter

TOKEN = "dGhpcyBpcw-c0ffee"
PATHS = (
    f"/password-reset/ZTU0/{TOKEN}/",
    f"/verify-email/{TOKEN}/",
    f"/invitation/{TOKEN}/",
    f"/account/email/{TOKEN}/",
)


@pytest.mark.parametrize("path", PATHS)
def test_no_line_of_a_request_repeats_its_token(
    db: None, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    caplog.set_level(logging.INFO)
    Client().get(path)
    formatter = json_formatter(settings.SECRET_PATHS)
    lines = [formatter.format(record) for record in caplog.records]
    assert any('"event": "request"' in line for line in lines)
    assert not [line for line in lines if TOKEN in line]


def test_rest_of_a_line_stays_as_it_is() -> None:
    record = logging.LogRecord(
        "dbx", logging.INFO, "", 0, "GET /o/alpha/flights/ then /invitation/abc/ 404", None, None
    )
    line = json.loads(json_formatter(["/invitation/"]).format(record))
    assert line["event"] == "GET /o/alpha/flights/ then /invitation/... 404"
