"""A process that has loaded all of the bot and does nothing but fork: each life of the bot is a real process that begins in
milliseconds, since loading the platforms' libraries takes seconds.

It must stay without threads and without a loop. One connection to its socket is one life: the plan comes in as a line of
JSON, the process id goes out, and at the end the exit code (negative: the signal). It ends, and all lives with it, when its
standard input does.
"""

from __future__ import annotations

import gc
import os
import selectors
import signal
import socket
import sys
import threading

import anyio.to_thread
import av
import httpcore
import httpx_aiohttp
import obstore
import PIL.Image
import socksio
import uvloop

import core.films
import core.pictures
import storage.postgres
import storage.sqlite
from bots.texts import LOCALES, Texts
from tests.crash.child import Plan, live

LOADED = (
    anyio.to_thread, av, core.films, core.pictures, httpcore, httpx_aiohttp, obstore, socksio, storage.postgres,
    storage.sqlite, uvloop,
)  # fmt: skip
"""What a life would load only when it needs it."""


def warm() -> None:
    """What a life would work out at its start."""
    PIL.Image.preinit()
    for locale in LOCALES:
        Texts()(locale, "error-internal", reference="")


class Zygote:
    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._lives: dict[int, socket.socket] = {}
        self._woken, self._waker = socket.socketpair()

    def run(self) -> None:
        """Until the standard input ends. Returns in the zygote only; a forked process leaves by SystemExit."""
        for end in (self._woken, self._waker):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(self._waker.fileno())
        with selectors.SelectSelector() as selector:  # of the kind that a fork does not share
            for source in (sys.stdin, self._listener, self._woken):
                selector.register(source, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                if self._listener in ready:
                    self._begin()
                if self._woken in ready:
                    self._woken.recv(4096)
                    self._reap()
                if sys.stdin in ready:
                    break
        for pid in self._lives:
            os.kill(pid, signal.SIGKILL)

    def _begin(self) -> None:
        connection, _ = self._listener.accept()
        with connection.makefile("rb") as lines:
            plan = Plan.load(lines.readline())
        pid = os.fork()
        if not pid:
            self._become_a_life(connection)
            live(plan)
        connection.sendall(f"{pid}\n".encode())
        self._lives[pid] = connection

    def _become_a_life(self, connection: socket.socket) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for each in (connection, self._listener, self._woken, self._waker, *self._lives.values()):
            each.close()
        self._lives.clear()

    def _reap(self) -> None:
        while self._lives:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            with self._lives.pop(pid) as connection:
                connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def main(address: str) -> None:
    warm()
    gc.freeze()  # what is loaded is looked at no more, so that lives share its pages
    assert threading.active_count() == 1, "a thread would be lost in the fork"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(64)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        Zygote(listener).run()


if __name__ == "__main__":
    main(sys.argv[1])
