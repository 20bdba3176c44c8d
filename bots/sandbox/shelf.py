"""A bounded store of bytes in memory: the oldest leave when it is full."""

from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class File:
    data: bytes
    content_type: str


class Shelf:
    """Files by name, at most `bytes_max` together; what is asked for counts as new again."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._files: OrderedDict[str, File] = OrderedDict()

    def put(self, name: str, file: File) -> None:
        old = self._files.pop(name, None)
        self._bytes += len(file.data) - (len(old.data) if old else 0)
        self._files[name] = file
        while self._bytes > self._bytes_max and len(self._files) > 1:
            _, dropped = self._files.popitem(last=False)
            self._bytes -= len(dropped.data)

    def get(self, name: str) -> File | None:
        file = self._files.get(name)
        if file is not None:
            self._files.move_to_end(name)
        return file
