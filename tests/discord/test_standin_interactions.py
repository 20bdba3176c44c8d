"""The Discord stand-in's interactions and commands, proven with the real discord.py."""

import asyncio
from typing import Any, cast

import discord
import pytest
from discord import app_commands

from tests.discord.plain import PlainClient, refused, text_channel
from tests.standins.discord import DiscordStandin
from tests.standins.discord_world import Channel, Person


async def press(standin: DiscordStandin, client: PlainClient, person: Person, channel: Channel) -> discord.Interaction:
    """A pressed button that nobody has answered yet."""
    arrived: asyncio.Future[discord.Interaction] = asyncio.get_running_loop().create_future()

    async def keep(interaction: discord.Interaction) -> None:
        arrived.set_result(interaction)

    client.on_press = keep
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button[discord.ui.View](label="Go", custom_id="go"))
    sent = await text_channel(client, channel).send("press me", view=view)
    await standin.phone.press(standin.world.messages[sent.id], "Go", person)
    return await asyncio.wait_for(arrived, 10)


async def test_first_answer_edits_and_follow_ups(standin: DiscordStandin, client: PlainClient) -> None:
    ann = standin.phone.person("ann")
    dm = standin.phone.dm(ann)
    pressed = await press(standin, client, ann, dm)
    await pressed.response.defer(thinking=True, ephemeral=True)
    original = standin.phone.interactions[0].original
    assert original is not None and original.loading
    await pressed.edit_original_response(content="done")
    await pressed.followup.send("more", ephemeral=True, wait=True)
    assert [m.text for m in standin.phone.visible(dm)] == ["press me"]
    assert [m.text for m in standin.phone.visible(dm, ann)] == ["press me", "done", "more"]
    assert (await pressed.original_response()).content == "done"
    await pressed.delete_original_response()
    assert [m.text for m in standin.phone.visible(dm, ann)] == ["press me", "more"]
    assert standin.phone.violations == []


async def test_a_press_may_change_its_message(standin: DiscordStandin, client: PlainClient) -> None:
    ann = standin.phone.person("ann")
    pressed = await press(standin, client, ann, standin.phone.dm(ann))
    await pressed.response.edit_message(content="pressed", view=None)
    shown = standin.phone.visible(standin.phone.dm(ann))
    assert [(m.text, m.labels) for m in shown] == [("pressed", [])]


async def test_late_second_and_expired_answers(standin: DiscordStandin, client: PlainClient) -> None:
    ann = standin.phone.person("ann")
    dm = standin.phone.dm(ann)
    late = await press(standin, client, ann, dm)
    standin.clock.advance(3.1)
    assert await refused(late.response.defer()) == (404, 10062)
    pressed = await press(standin, client, ann, dm)
    assert await refused(pressed.followup.send("too early")) == (404, 10015)
    await pressed.response.defer(thinking=True)
    pressed.response._response_type = None  # a second process answers too
    assert await refused(pressed.response.defer()) == (400, 40060)
    standin.clock.advance(901)
    assert await refused(pressed.edit_original_response(content="x")) == (401, 50027)


async def test_modal(standin: DiscordStandin, client: PlainClient) -> None:
    ann = standin.phone.person("ann")
    pressed = await press(standin, client, ann, standin.phone.dm(ann))

    class Ask(discord.ui.Modal, title="New words"):
        words: discord.ui.TextInput["Ask"] = discord.ui.TextInput(label="Prompt", custom_id="words", max_length=20)

        async def on_submit(self, interaction: discord.Interaction) -> None:
            await interaction.response.send_message(f"you said {self.words.value}")

    await pressed.response.send_modal(Ask())
    opened = standin.phone.interactions[0]
    submitted = await standin.phone.submit(opened, {"words": "a red fox"})
    answer = await standin.phone.answered(submitted)
    assert answer is not None and answer.text == "you said a red fox"


class Vary(discord.ui.Modal):
    """With the labels that windows have had since 2025."""

    def __init__(self) -> None:
        super().__init__(title="Vary region", custom_id="vary:1")
        words: discord.ui.TextInput[Vary] = discord.ui.TextInput(custom_id="words", default="a fox", max_length=20)
        options = [discord.SelectOption(label=name.title(), value=name) for name in ("left", "right")]
        where: discord.ui.Select[Vary] = discord.ui.Select(custom_id="where", options=options, required=True)
        self.add_item(discord.ui.Label(text="What should be there?", component=words))
        self.add_item(discord.ui.Label(text="Where", component=where))
        self.add_item(discord.ui.TextDisplay("It costs 2 credits."))
        self.seen: list[object] = []

    async def on_submit(self, interaction: discord.Interaction) -> None:
        data = cast(dict[str, Any], interaction.data)
        self.seen += [row.get("component") for row in data["components"]]
        await interaction.response.edit_message(content="drawing")


async def test_a_modal_with_labels(standin: DiscordStandin, client: PlainClient) -> None:
    ann = standin.phone.person("ann")
    pressed = await press(standin, client, ann, standin.phone.dm(ann))
    window = Vary()
    await pressed.response.send_modal(window)
    opened = standin.phone.interactions[0]
    with pytest.raises(AssertionError, match="where has to be chosen"):
        await standin.phone.submit(opened, {})
    with pytest.raises(AssertionError, match="words has to be filled in"):
        await standin.phone.submit(opened, {"words": "", "where": "left"})
    with pytest.raises(AssertionError, match="length of words"):
        await standin.phone.submit(opened, {"words": "x" * 21, "where": "left"})
    submitted = await standin.phone.submit(opened, {"where": "Left"})
    message = await standin.phone.answered(submitted)
    assert message is not None and message.text == "drawing" and message is opened.message
    words, where, text = window.seen
    assert words == {"type": 4, "custom_id": "words", "id": 1, "value": "a fox"}
    assert where == {"type": 3, "custom_id": "where", "id": 1, "values": ["left"]}
    assert text is None and standin.phone.violations == []


class Twice(Vary):
    async def on_submit(self, interaction: discord.Interaction) -> None:
        self.seen.append(await refused(interaction.response.send_modal(Vary())))
        await interaction.response.defer()


async def test_a_modal_is_the_first_answer_or_none(standin: DiscordStandin, client: PlainClient) -> None:
    ann = standin.phone.person("ann")
    dm = standin.phone.dm(ann)
    pressed = await press(standin, client, ann, dm)
    await pressed.response.defer()
    pressed.response._response_type = None
    assert await refused(pressed.response.send_modal(Vary())) == (400, 40060)
    pressed = await press(standin, client, ann, dm)
    window = Twice()
    await pressed.response.send_modal(window)
    assert await refused(pressed.original_response()) == (404, 10008)  # a window is no message
    await pressed.followup.send("filling in?", wait=True)
    submitted = await standin.phone.submit(standin.phone.interactions[1], {"where": "left"})
    await standin.phone.until(lambda: submitted.answer is not None)
    assert window.seen == [(400, 50035)]  # not one after the other


def text_input(**changes: object) -> dict[str, object]:
    item = {"type": 4, "custom_id": "words", "style": 2, **changes}
    return {"type": 18, "label": "Words", "component": {key: value for key, value in item.items() if value is not None}}


def menu(**changes: object) -> dict[str, object]:
    options = [{"label": "left", "value": "left"}]
    return {"type": 18, "label": "Where", "component": {"type": 3, "custom_id": "w", "options": options, **changes}}


BAD_MODALS: dict[str, dict[str, object]] = {
    "title": {"title": "t" * 46},
    "id": {"custom_id": ""},
    "nothing in it": {"components": []},
    "six": {"components": [text_input(custom_id=f"{n}") for n in range(6)]},
    "same ids": {"components": [text_input(), text_input()]},
    "label": {"components": [text_input() | {"label": "l" * 46}]},
    "no label": {"components": [{"type": 1, "components": [{"type": 4, "custom_id": "w", "style": 2}]}]},
    "two labels": {"components": [text_input(label="Words")]},
    "style": {"components": [text_input(style=None)]},
    "max length": {"components": [text_input(max_length=4001)]},
    "value too long": {"components": [text_input(max_length=5, value="123456")]},
    "empty value": {"components": [text_input(value="")]},
    "no options": {"components": [menu(options=[])]},
    "26 options": {"components": [menu(options=[{"label": f"{n}", "value": f"{n}"} for n in range(26)])]},
    "required but none": {"components": [menu(min_values=0)]},
    "two defaults": {
        "components": [menu(options=[{"label": name, "value": name, "default": True} for name in ("left", "right")])]
    },
    "a button": {"components": [{"type": 18, "label": "Go", "component": {"type": 2, "custom_id": "go", "style": 1}}]},
    "words beside it": {"content": "hello"},
}


@pytest.mark.parametrize("changes", BAD_MODALS.values(), ids=BAD_MODALS.keys())
async def test_modals_that_discord_refuses(
    standin: DiscordStandin, client: PlainClient, changes: dict[str, object]
) -> None:
    ann = standin.phone.person("ann")
    pressed = await press(standin, client, ann, standin.phone.dm(ann))
    window = Vary()
    window.to_dict = lambda: {"title": "t", "custom_id": "c", "components": [text_input()]} | changes  # type: ignore[method-assign] # past the library's own checks
    assert await refused(pressed.response.send_modal(window)) == (400, 50035)
    assert standin.phone.interactions[0].modal is None and len(standin.phone.violations) == 1


async def test_a_select(standin: DiscordStandin, client: PlainClient) -> None:
    ann = standin.phone.person("ann")
    dm = standin.phone.dm(ann)
    view = discord.ui.View(timeout=None)
    options = [discord.SelectOption(label=name) for name in ("small", "large")]
    view.add_item(discord.ui.Select[discord.ui.View](custom_id="pick", options=options))
    sent = await text_channel(client, dm).send("which?", view=view)

    async def answer(interaction: discord.Interaction) -> None:
        assert interaction.data is not None
        await interaction.response.send_message(str(interaction.data.get("values")))

    client.on_press = answer
    chosen = await standin.phone.select(standin.world.messages[sent.id], "pick", ["large"], ann)
    message = await standin.phone.answered(chosen)
    assert message is not None and message.text == "['large']"


async def models(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=name, value=name) for name in ("kling-3.0", "ray-2") if typed in name]


def video_command() -> app_commands.Command[app_commands.Group, ..., None]:
    @app_commands.command(name="video", description="Makes a film")
    @app_commands.autocomplete(model=models)
    @app_commands.choices(ratio=[app_commands.Choice(name="wide", value="16:9")])
    async def video(
        interaction: discord.Interaction,
        prompt: app_commands.Range[str, 1, 4000],
        model: str = "ray-2",
        ratio: str = "1:1",
        seconds: app_commands.Range[int, 5, 10] = 5,
        picture: discord.Attachment | None = None,
    ) -> None:
        size = len(await picture.read()) if picture else 0
        await interaction.response.send_message(f"{prompt} {model} {ratio} {seconds} {size}", ephemeral=True)

    return video


async def test_slash_commands_from_sync_to_answer(standin: DiscordStandin, client: PlainClient) -> None:
    client.tree.add_command(video_command())
    synced = await client.tree.sync()
    assert [command.name for command in synced] == ["video"]
    phone = standin.phone
    ann, bob = phone.person("ann", locale="zh-CN"), phone.person("bob")
    guild = phone.guild("club", ann)
    room = phone.channel(guild)
    await phone.add_bot(guild)
    options: dict[str, str | int | float | bool] = {"prompt": "a cat", "ratio": "16:9", "seconds": 10}
    used = await phone.slash(room, ann, "video", options, attachments={"picture": ("cat.png", b"12345")})
    answer = await phone.answered(used)
    assert answer is not None and answer.text == "a cat ray-2 16:9 10 5"
    assert phone.visible(room, ann) == [answer]
    assert phone.visible(room, bob) == []
    choices = await phone.autocomplete(room, ann, "video", "model", "kl", {"prompt": "x"})
    assert choices == [{"name": "kling-3.0", "value": "kling-3.0"}]
    assert await phone.autocomplete(room, ann, "video", "model", "zzz") == []


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("music", {}),
        ("video", {}),
        ("video", {"prompt": "x", "seconds": 11}),
        ("video", {"prompt": "x", "ratio": "3:2"}),
        ("video", {"prompt": "x", "colour": "red"}),
        ("video", {"prompt": 5}),
    ],
)
async def test_the_app_does_not_let_people_do(
    standin: DiscordStandin, client: PlainClient, path: str, options: dict[str, str | int]
) -> None:
    client.tree.add_command(video_command())
    await client.tree.sync()
    ann = standin.phone.person("ann")
    with pytest.raises(AssertionError):
        await standin.phone.slash(standin.phone.dm(ann), ann, path, dict(options))
    assert standin.phone.interactions == []


BAD_COMMANDS: list[tuple[str, dict[str, object]]] = [
    ("name", {"name": "Video", "description": "x"}),
    ("description", {"name": "video", "description": "x" * 101}),
    ("no description", {"name": "video"}),
    ("options", {"options": [{"name": f"o{n}", "description": "x", "type": 3} for n in range(26)]}),
    (
        "choices",
        {"options": [{"name": "o", "description": "x", "type": 3, "choices": [{"name": "n", "value": "v"}] * 26}]},
    ),
    (
        "order",
        {
            "options": [
                {"name": "a", "description": "x", "type": 3},
                {"name": "b", "description": "x", "type": 3, "required": True},
            ]
        },
    ),
    ("locale", {"description_localizations": {"zh": "视频"}}),
    (
        "size",
        {
            "options": [
                {
                    "name": f"o{n}",
                    "description": "d" * 100,
                    "type": 3,
                    "choices": [{"name": f"{i}" + "n" * 90, "value": f"{i}" + "v" * 90} for i in range(25)],
                }
                for n in range(2)
            ]
        },
    ),
]


@pytest.mark.parametrize("command", [case[1] for case in BAD_COMMANDS], ids=[case[0] for case in BAD_COMMANDS])
async def test_commands_that_discord_refuses(
    standin: DiscordStandin, client: PlainClient, command: dict[str, object]
) -> None:
    base: dict[str, object] = {} if "name" in command else {"name": "video", "description": "x"}
    payload: list[dict[str, object]] = [base | command]
    sync = client.http.bulk_upsert_global_commands(standin.world.application_id, payload=payload)
    assert await refused(sync) == (400, 50035)
    assert standin.world.commands == {}
