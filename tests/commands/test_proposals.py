"""The press under "May I …?": once, by its person, and then what was asked for is done or left."""

from __future__ import annotations

import json

import pytest

from core.assistant import Proposal, ProposalState
from core.tools.table import Acting
from core.values import Call, Cause, Place, Sender
from tests.commands.rig import ANN, BOB, DM, GROUP, Rig


async def proposed(rig: Rig, tool: str, place: Place = DM, sender: Sender = ANN, **arguments: object) -> Proposal:
    """As a model would ask for it after reading a page of strangers."""
    await rig.message("do it", place, sender, mentioned=True)
    turn = rig.answers.started[-1]
    access = await rig.directory.meet(place, sender)
    acting = Acting(access, turn, 1, turn.question, (), tainted=True)
    outcome = await rig.services.toolbox.run(acting, Call("c", tool, json.dumps(arguments)))
    assert not outcome.failed
    async with rig.store.read() as tx:
        (found,) = await tx.proposals.of_turn(turn.id)
    assert found.state is ProposalState.OPEN
    return found


async def state(rig: Rig, proposal: Proposal) -> ProposalState:
    async with rig.store.read() as tx:
        found = await tx.proposals.get(proposal.id)
    assert found is not None
    return found.state


async def test_yes_orders_and_acknowledges(rig: Rig) -> None:
    proposal = await proposed(rig, "draw_picture", prompt="a fox")
    done, accepted = await rig.press(f"prop:{proposal.id}:yes", message_id="card")
    assert done.edited == "card"
    assert (done.text, done.buttons) == ("✓ Done: pen: a fox", ())
    (job,) = await rig.jobs()
    assert (job.prompt, job.turn_id, job.ack_id) == ("a fox", proposal.turn_id, accepted.message_id)
    assert accepted.data == [f"job:{job.id}:cancel"]
    assert "5 credits" in accepted.text


async def test_yes_to_a_change(rig: Rig) -> None:
    proposal = await proposed(rig, "remember", fact="I ski", sender=BOB)
    (done,) = await rig.press(f"prop:{proposal.id}:yes", sender=BOB)
    assert done.text == "✓ 好了：I ski"
    assert [each.text for each in await rig.services.remembering.all(proposal.person_id)] == ["I ski"]


async def test_no_leaves_it_undone(rig: Rig) -> None:
    proposal = await proposed(rig, "draw_picture", prompt="a fox")
    (left,) = await rig.press(f"prop:{proposal.id}:no", message_id="card")
    assert (left.edited, left.text, left.buttons) == ("card", "Left undone: pen: a fox", ())
    (gone,) = await rig.press(f"prop:{proposal.id}:yes", message_id="card")
    assert gone.private
    assert "nothing any more" in gone.text
    assert await rig.jobs() == []
    assert await state(rig, proposal) is ProposalState.DECLINED


async def test_a_second_press_does_nothing_twice(rig: Rig) -> None:
    change = await proposed(rig, "remember", fact="I ski")
    await rig.press(f"prop:{change.id}:yes")
    for answer in ("yes", "no"):
        (gone,) = await rig.press(f"prop:{change.id}:{answer}")
        assert gone.private
    await rig.answer(rig.answers.started[-1], "remembered")
    order = await proposed(rig, "draw_picture", prompt="a fox")
    await rig.press(f"prop:{order.id}:yes")
    (again,) = await rig.press(f"prop:{order.id}:yes")  # perhaps after a crash: the message says what became of it
    assert again.text.startswith("✓ Done")
    assert len(await rig.jobs()) == 1


async def test_only_its_person_may_press(rig: Rig) -> None:
    proposal = await proposed(rig, "draw_picture", GROUP, prompt="a fox")
    for answer in ("yes", "no"):
        (refused,) = await rig.press(f"prop:{proposal.id}:{answer}", GROUP, BOB)
        assert refused.private
        assert refused.edited == ""
    assert await state(rig, proposal) is ProposalState.OPEN
    assert await rig.jobs() == []


async def test_without_credits_it_may_be_pressed_again(rig: Rig) -> None:
    proposal = await proposed(rig, "draw_picture", GROUP, prompt="a fox")
    async with rig.store.begin() as tx:
        account = await tx.ledger.account(proposal.account_id)
        cause = Cause(proposal.person_id, "chat")
        assert await tx.ledger.hold("elsewhere", account.id, account.balance, cause, rig.clock.now_ms())
    (refused,) = await rig.press(f"prop:{proposal.id}:yes", GROUP)
    assert refused.private
    assert refused.edited == ""
    async with rig.store.begin() as tx:
        await tx.ledger.settle("elsewhere", 0, rig.clock.now_ms())
    done, _ = await rig.press(f"prop:{proposal.id}:yes", GROUP)
    assert done.text.startswith("✓ Done")
    assert len(await rig.jobs()) == 1


async def test_what_cannot_be_done_any_more_ends_with_its_reason(rig: Rig) -> None:
    proposal = await proposed(rig, "draw_picture", prompt="a fox", model="pen")
    rows = vars(rig.catalog)["_rows"]
    del rows["pen"]
    (said,) = await rig.press(f"prop:{proposal.id}:yes", message_id="card")
    assert (said.edited, said.buttons) == ("card", ())
    assert said.text.startswith("pen: a fox\n")
    assert "pen" in said.text.splitlines()[1]
    assert await state(rig, proposal) is ProposalState.DECLINED
    (gone,) = await rig.press(f"prop:{proposal.id}:yes")
    assert gone.private


async def test_a_tool_that_is_switched_off_meanwhile_is_said(rig: Rig) -> None:
    proposal = await proposed(rig, "draw_picture", prompt="a fox")
    await rig.directory.set_settings(proposal.person_id, {"tools": False})
    (said,) = await rig.press(f"prop:{proposal.id}:yes", message_id="card")
    assert said.text.startswith("This cannot be done any more")
    assert await rig.jobs() == []


@pytest.mark.parametrize("data", ["prop", "prop:none:yes", "prop::", "prop:none:maybe"])
async def test_buttons_of_nothing(rig: Rig, data: str) -> None:
    (gone,) = await rig.press(data)
    assert gone.private
