"""Where does an uploaded file wait? In bounded memory, never in a temporary file: it may be a key."""

from io import BytesIO
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.utils.datastructures import MultiValueDict

#: A browser reads an answer only once its request was read, so what is too long is read and dropped, up to here.
HANG_UP_BEYOND = 8


class BoundedMemoryUploadHandler(FileUploadHandler):
    """Keep uploads in memory up to the limit of the settings, and refuse the whole of any longer request.

    Django's own memory handler passes large files on to one that writes temporary files, which a key must never
    reach; so this is the only handler. A request many times too long is not even read.
    """

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.total = 0
        self.buffer = BytesIO()

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, str],  # noqa: N803  # the name is Django's
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> tuple[Any, MultiValueDict[str, Any]] | None:
        """Refuse by the announced length, before a byte is read.

        Raises:
            RequestDataTooBig: no honest upload is so long; Django answers 400.
        """
        if content_length > HANG_UP_BEYOND * settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig
        return None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin an empty buffer for the next file."""
        super().new_file(*args, **kwargs)
        self.buffer = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Keep a chunk, or nothing at all once the whole request has become too long."""
        self.total += len(raw_data)
        if self._is_too_long():
            self.buffer = BytesIO()
        else:
            self.buffer.write(raw_data)
        return None

    def file_complete(self, file_size: int) -> InMemoryUploadedFile | None:
        """Hand over the finished file."""
        if self._is_too_long():
            return None
        self.buffer.seek(0)
        return InMemoryUploadedFile(
            file=self.buffer,
            field_name=self.field_name,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )

    def upload_complete(self) -> None:
        """Refuse the request as a whole: a file that came in part is worse than none.

        Raises:
            RequestDataTooBig: it was too long.
        """
        if self._is_too_long():
            raise RequestDataTooBig

    def _is_too_long(self) -> bool:
        return self.total > settings.FILE_UPLOAD_MAX_MEMORY_SIZE
