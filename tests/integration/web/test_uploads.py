"""Where do uploads wait, and what becomes of one that is too long?"""

import tracemalloc
from io import BytesIO

import pytest
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.core.handlers.wsgi import WSGIRequest

BOUNDARY = b"----frontera"
HEAD = b'--%s\r\nContent-Disposition: form-data; name="certificate"; filename="%s"\r\n\r\n'
TAIL = b"\r\n--%s--\r\n" % BOUNDARY


class Noise(BytesIO):
    """A request's body of so many bytes that are made while they are read; says how many were."""

    def __init__(self, size, name=b"a.cer"):
        super().__init__()
        self.head, self.tail, self.left = HEAD % (BOUNDARY, name), TAIL, size
        self.size = len(self.head) + size + len(self.tail)
        self.given = 0

    def read(self, size=-1):
        for part in ("head", "left", "tail"):
            waiting = getattr(self, part)
            if not waiting:
                continue
            count = min(size, waiting if part == "left" else len(waiting))
            data = b"\x30" * count if part == "left" else waiting[:count]
            setattr(self, part, waiting - count if part == "left" else waiting[count:])
            self.given += len(data)
            return data
        return b""


def request_with(body):
    return WSGIRequest(
        {
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY.decode()}",
            "CONTENT_LENGTH": str(body.size),
            "wsgi.input": body,
        }
    )


def test_a_file_waits_in_memory_alone(settings):
    request = request_with(Noise(3_000_000))

    assert TemporaryFileUploadHandler.__name__ not in str(settings.FILE_UPLOAD_HANDLERS)
    file = request.FILES["certificate"]
    assert (file.size, len(file.read())) == (3_000_000, 3_000_000)
    assert not hasattr(file, "temporary_file_path")


def test_fifty_megabytes_are_read_and_dropped_in_flat_memory():
    tracemalloc.start()
    body = Noise(50_000_000)
    request = request_with(body)
    with pytest.raises(RequestDataTooBig):
        request.FILES  # noqa: B018  # reading it is what parses the body
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert body.given == body.size, "a browser shows an answer only once its request was read"
    assert peak < 60_000_000


def test_many_times_too_long_is_not_even_read():
    body = Noise(2_000_000_000)
    request = request_with(body)
    with pytest.raises(RequestDataTooBig):
        request.FILES  # noqa: B018  # as above

    assert body.given == 0
