"""Midjourney's pictures, painted when they are first fetched and kept for a while."""

from bots.sandbox.mj_tasks import Task
from bots.sandbox.shelf import File, Shelf
from bots.sandbox.studio import Studio

_BYTES_MAX = 64 * 1024 * 1024


class Gallery:
    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._painted = Shelf(_BYTES_MAX)

    async def finished(self, task: Task) -> bytes:
        """The task's picture as PNG."""
        plan, name = task.plan, f"{task.id}-{task.job}"
        found = self._painted.get(name)
        if found is None:

            def work() -> bytes:
                from bots.sandbox import mj_painting

                return mj_painting.paint(plan)

            found = File(await self._studio.run(work), "image/png")
            self._painted.put(name, found)
        return found.data

    async def tile(self, task: Task, number: int) -> bytes:
        """Picture 1 to 4 of its grid as PNG."""
        grid = await self.finished(task)

        def work() -> bytes:
            from bots.sandbox import mj_painting

            return mj_painting.tile(grid, number)

        return await self._studio.run(work)

    async def preview(self, task: Task, percent: int) -> bytes:
        """How it looks on the way there, as WebP."""
        picture = await self.finished(task)

        def work() -> bytes:
            from bots.sandbox import mj_painting

            return mj_painting.preview(picture, percent)

        return await self._studio.run(work)

    async def kept(self, task: Task, number: int = 0) -> bytes:
        """A small copy for another task to begin with; with a number, of that picture of the grid."""
        picture = await self.finished(task)

        def work() -> bytes:
            from bots.sandbox import mj_painting

            return mj_painting.kept(picture, number)

        return await self._studio.run(work)

    async def described(self, data: bytes, chinese: bool) -> str:
        """Four numbered paragraphs."""

        def work() -> str:
            from bots.sandbox import mj_painting

            told = mj_painting.words_for(data, chinese)
            return "\n\n".join(f"{number}️⃣ {words}" for number, words in enumerate(told, 1))

        return await self._studio.run(work)
