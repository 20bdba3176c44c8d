"""Interactions in the Discord stand-in: the first answer within 3 s, then the token's 15 minutes of edits and follow-ups."""

from tests.standins import discord_payloads as payloads
from tests.standins.discord_messages import Form, build, change, delete, post
from tests.standins.discord_modals import check_modal
from tests.standins.discord_rules import (
    COMPONENTS_V2,
    EPHEMERAL,
    Json,
    RefusedError,
    check_choices,
    invalid,
)
from tests.standins.discord_world import Interaction, Message, World

SLASH, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
MESSAGE, DEFER, DEFER_UPDATE, UPDATE, CHOICES, SHOW_MODAL = 4, 5, 6, 7, 8, 9
ANSWERS = {
    SLASH: {MESSAGE, DEFER, SHOW_MODAL},
    COMPONENT: {MESSAGE, DEFER, DEFER_UPDATE, UPDATE, SHOW_MODAL},
    AUTOCOMPLETE: {CHOICES},
    MODAL: {MESSAGE, DEFER, DEFER_UPDATE, UPDATE},
}
FOLLOWUPS_OF_USER_INSTALL = 5


async def answer(world: World, interaction_id: int, token: str, form: Form) -> Json:
    """POST /interactions/{id}/{token}/callback. Returns the body for with_response=1. Raises RefusedError."""
    interaction = world.interactions.get(interaction_id)
    age_s = world.clock.now() - interaction.made_s if interaction else 0.0
    if interaction is None or interaction.token != token:
        raise RefusedError(404, 10062, "Unknown interaction")
    if interaction.answer is not None:
        raise RefusedError(400, 40060, "Interaction has already been acknowledged.")
    if age_s > world.answer_within_s:
        raise RefusedError(404, 10062, "Unknown interaction", f"answered after {age_s:.2f} s")
    kind, data = form.json.get("type"), form.json.get("data") or {}
    if kind not in ANSWERS[interaction.kind] or (kind in (DEFER_UPDATE, UPDATE) and interaction.message is None):
        raise invalid(f"type: {kind!r} does not answer an interaction of type {interaction.kind}")
    resource = await _apply(world, interaction, int(kind), data, form)
    interaction.answer = int(kind)
    await world.touch()
    about: Json = {"id": str(interaction.id), "type": interaction.kind}
    if interaction.original is not None:
        about |= {
            "response_message_id": str(interaction.original.id),
            "response_message_loading": interaction.original.loading,
            "response_message_ephemeral": interaction.original.ephemeral,
        }
    shown: Json = {"type": kind}
    if resource is not None:
        shown["message"] = payloads.message(world, resource)
    return {"interaction": about, "resource": shown}


async def _apply(world: World, interaction: Interaction, kind: int, data: Json, form: Form) -> Message | None:
    inner = Form(data, form.files)
    limit = interaction.channel.file_limit
    if kind == CHOICES:
        interaction.choices = check_choices(data.get("choices"), "autocomplete")
        return None
    if kind == SHOW_MODAL:
        check_modal(data)
        interaction.modal = data
        return None
    if kind == MESSAGE:
        interaction.original = await _post(world, interaction, inner)
        return interaction.original
    if kind == DEFER:
        interaction.original = await _defer(world, interaction, data)
        return None
    interaction.original = interaction.message
    if kind == UPDATE and interaction.message is not None:
        return await change(world, interaction.message, inner, limit)
    return None


async def _defer(world: World, interaction: Interaction, data: Json) -> Message:
    flags = int(data.get("flags", 0))
    if flags & ~EPHEMERAL:
        raise invalid("flags: a deferred answer can only be ephemeral")
    message = Message(world.new_id(), interaction.channel, world.bot, flags=flags, loading=True)
    _mark(world, interaction, message)
    return await post(world, message)


async def _post(world: World, interaction: Interaction, form: Form) -> Message:
    message = build(world, interaction.channel, world.bot, form, interaction.channel.file_limit)
    _mark(world, interaction, message)
    return await post(world, message)


def _mark(world: World, interaction: Interaction, message: Message) -> None:
    message.from_interaction = True
    message.interaction = {
        "id": str(interaction.id),
        "type": interaction.kind,
        "user": payloads.user(interaction.person),
        "authorizing_integration_owners": {},
    }
    if message.ephemeral:
        message.shown_to = interaction.person


def by_token(world: World, token: str) -> Interaction:
    """The interaction of a webhook call. Raises RefusedError: 50027 when its time is over."""
    found = next((item for item in world.interactions.values() if item.token == token), None)
    if found is None or found.answer is None:
        raise RefusedError(404, 10015, "Unknown Webhook")
    if world.clock.now() - found.made_s > world.token_life_s:
        raise RefusedError(401, 50027, "Invalid Webhook Token")
    return found


async def follow_up(world: World, token: str, form: Form) -> Message:
    """POST /webhooks/{app}/{token}."""
    interaction = by_token(world, token)
    original = interaction.original
    if original is not None and original.loading and not original.deleted and interaction.answer == DEFER:
        world.violations.append("first follow-up after a defer: edit @original instead (deprecated behaviour)")
        return await edit(world, token, "@original", form)
    if interaction.user_install and interaction.followups >= FOLLOWUPS_OF_USER_INSTALL:
        raise RefusedError(400, 40094, "This interaction has reached its maximum number of follow up messages")
    interaction.followups += 1
    return await _post(world, interaction, form)


def find(world: World, token: str, which: str) -> Message:
    """The message that `@original` or an id names for this token."""
    interaction = by_token(world, token)
    if which == "@original":
        message = interaction.original
    else:
        message = world.messages.get(int(which))
        same = message is not None and message.interaction is not None
        if not same or message is None or message.channel is not interaction.channel:
            message = None
    if message is None or message.deleted:
        raise RefusedError(404, 10008, "Unknown Message")
    return message


async def edit(world: World, token: str, which: str, form: Form) -> Message:
    """PATCH /webhooks/{app}/{token}/messages/{id}."""
    message = find(world, token, which)
    if message.flags & COMPONENTS_V2 and form.json.get("content"):
        raise invalid("flags: content cannot be used with components V2")
    return await change(world, message, form, message.channel.file_limit)


async def remove(world: World, token: str, which: str) -> None:
    """DELETE /webhooks/{app}/{token}/messages/{id}."""
    await delete(world, find(world, token, which))
