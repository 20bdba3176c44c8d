"""Who orders a film is told what was changed of their files, in their language."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any, get_args

import pytest
from PIL import Image

from bots.fit_told import fit_told
from core.fitting import Change
from core.renditions import FileRenditions
from core.values import Part, Place, Sender
from tests.commands.rig import ANN, BOB, PHOTO, Rig

TOLD = {
    "en": "Adjusted for this model: shape 16:9, like your picture; picture cropped at its edges.",
    "zh": "已按这个模型的要求调整：画面比例随图片，16:9；图片裁掉了一些边缘。",
}


@pytest.mark.parametrize(("sender", "locale"), [(ANN, "en"), (BOB, "zh")])
async def test_the_acknowledgement_says_what_was_changed(rig: Rig, sender: Sender, locale: str) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (800, 600), "green").save(buffer, "PNG")
    rig.outlet.files["photo"] = buffer.getvalue()
    orders: Any = rig.orders
    orders._renditions = FileRenditions(rig.media)
    place, photo = Place("telegram", sender.id, private=True), replace(PHOTO, size=len(buffer.getvalue()))
    (said,) = await rig.message("/video it waves --model sora-2-4s", place, sender, attachments=(photo,))
    assert said.text.splitlines()[1:] == [TOLD[locale]]
    (job,) = await rig.jobs(sender)
    assert job.ack_id == said.message_id

    (said,) = await rig.message("/video it waves --model film", place, sender, attachments=(photo,))
    assert len(said.text.splitlines()) == 1


def test_a_change_is_told_once_for_each_kind_of_file(rig: Rig) -> None:
    pictures = [Part("image", media=key, changed=("scaled", "converted")) for key in "ab"]
    parts = (*pictures, Part("audio", changed=("trimmed 15",)), Part("video", changed=("trimmed 10",)), Part("video"))
    assert fit_told(lambda key, **params: rig.texts("en", key, **params), parts) == (
        "Adjusted for this model: picture made smaller; picture converted; recording shortened to 15 s; "
        "video shortened to 10 s."
    )


def test_every_change_has_its_sentence(rig: Rig) -> None:
    assert all(rig.texts.has(f"fit-{change}", locale) for change in get_args(Change) for locale in ("en", "zh"))
