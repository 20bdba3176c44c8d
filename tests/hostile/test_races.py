"""Two things at once, in the worst order: people who hurry, and options hidden in pictures."""

from __future__ import annotations

from pathlib import Path

from bots.sandbox.faults import Hang
from tests.hostile.rig import CHAT, CONFIG, FILMS, PICTURES, quick
from tests.hostile.scenes import on_telegram
from tests.standins.telegram import TelegramStandIn
from tests.standins.telegram_faults import LOST_ANSWER, Hold
from tests.telegram.bots import picture


async def test_pressed_while_the_result_is_on_its_way(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """Cancel in the very moment of the delivery: one picture at most, one price at most, and a word."""
    async with on_telegram(telegram, tmp_path) as scene:
        hold = Hold()
        telegram.faults.script("sendPhoto", hold)
        scene.phone.say(scene.ann, scene.ann, "/image a fox")
        await hold.reached.wait()
        acknowledgement = scene.phone.from_bot(scene.ann)[0]
        query = scene.phone.press(acknowledgement, "Cancel")
        await scene.phone.until(lambda: scene.phone.answer(query) is not None)
        hold.go.set()
        await scene.heard()
        assert sum(bool(shown.media) for shown in scene.phone.from_bot(scene.ann)) <= 1
        assert len(scene.house.books()) == 2


async def test_an_upload_whose_answer_is_lost(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        telegram.faults.script("sendPhoto", LOST_ANSWER)
        scene.phone.say(scene.ann, scene.ann, "/image a fox")
        await scene.phone.until(lambda: any(shown.media for shown in scene.phone.from_bot(scene.ann)))
        await scene.heard()
        assert 1 <= sum(bool(shown.media) for shown in scene.phone.from_bot(scene.ann)) <= 2
        assert len(scene.house.books()) == 2
        assert scene.house.gateway.accepted.total() == 1


async def test_options_of_a_caption_are_the_same_as_typed_ones(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """Nothing that a caption or a quote holds reaches the wire but as the prompt or as an allowed value."""
    captions = {
        "/edit blue --ratio 9:16 --model no-such": "I do not know a model",
        '/edit blue --ratio "1:1\n--model x"': "I do not know a model",
        "/edit blue --n 100": "does not fit",
        "/edit blue --size=99999x99999": "",
        "/edit --prompt x": "There is no option",
    }
    async with on_telegram(telegram, tmp_path) as scene:
        for caption, sentence in captions.items():
            before = len(scene.phone.from_bot(scene.ann))
            scene.phone.photo(scene.ann, scene.ann, picture(), caption)
            await scene.heard()
            said = [shown.text for shown in scene.phone.from_bot(scene.ann)][before:]
            assert len(said) == 1 and sentence in said[0], (caption, said)
        assert scene.house.books() == ()


async def test_behind_two_dashes_all_is_prompt(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        await scene.told("/image --ratio 1:1 -- a fox --model x ```--n 3```")
        (seen,) = [seen for seen in scene.house.gateway.requests if seen.route == PICTURES]
        assert str(seen.json["prompt"]).startswith("a fox --model x ```--n 3```")


async def test_twenty_questions_in_one_breath(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """They are joined, queued or refused with a word, none is lost in silence, and each word of money is accounted for."""
    async with on_telegram(telegram, tmp_path, behaviour=quick(300)) as scene:
        hang = Hang()
        scene.house.gateway.behaviour.script(CHAT, hang)
        for number in range(20):
            scene.phone.say(scene.ann, scene.ann, f"question{number:02d}?")
        await hang.arrived.wait()
        hang.release()
        await scene.heard()
        heard = str([seen.body for seen in scene.house.gateway.requests if seen.route == CHAT])
        told = [shown.text for shown in scene.phone.from_bot(scene.ann)]
        refused = sum("waiting already" in text for text in told)
        assert sum(f"question{number:02d}?" in heard for number in range(20)) + refused >= 20


async def test_so_many_a_minute_and_no_more(telegram: TelegramStandIn, tmp_path: Path) -> None:
    few = CONFIG.replace("turns_per_minute = 1000", "turns_per_minute = 3")
    async with on_telegram(telegram, tmp_path, config=few) as scene:
        group = scene.phone.group("Club", scene.boss, scene.ann)
        for _ in range(12):
            scene.phone.say(group, scene.ann, "/chat hello")
            scene.phone.say(scene.ann, scene.ann, "hello")
        await scene.heard()
        holds = [row for row in scene.house.books() if row[1] == "hold"]
        assert len(holds) <= 6  # a minute may end in between


async def test_a_film_order_whose_line_breaks_is_refunded_and_never_sent_again(
    telegram: TelegramStandIn, tmp_path: Path
) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        scene.phone.say(scene.ann, scene.ann, "/video a cat [cut]")
        await scene.hears("I cannot tell whether it arrived")
        assert scene.house.asked(FILMS) == 1
        assert scene.house.spent() == 0
        again = scene.phone.from_bot(scene.ann)[-1] if scene.phone.from_bot(scene.ann)[-1].buttons else None
        again = again or next(shown for shown in scene.phone.from_bot(scene.ann) if "again" in str(shown.buttons))
        data = next(b["callback_data"] for row in again.buttons for b in row if b["callback_data"].endswith(":again"))
        scene.phone.press_data(again, data, scene.ann)
        scene.phone.repeat()
        await scene.heard()
        assert scene.house.asked(FILMS) == 2
        assert scene.house.spent() == 0


async def test_a_language_and_a_picker_under_a_nervous_thumb(telegram: TelegramStandIn, tmp_path: Path) -> None:
    async with on_telegram(telegram, tmp_path) as scene:
        await scene.told("/settings")
        menu = scene.phone.from_bot(scene.ann)[0]
        for data in ("models:0", "models:1", "models:0", "personas", "languages", "lang:zh", "lang:en", "lang:zh") * 3:
            scene.phone.press_data(menu, data, scene.ann)
        await scene.heard()
        assert "on my side" not in str([shown.text for shown in scene.phone.from_bot(scene.ann)])
        assert len(scene.phone.from_bot(scene.ann)) == 1


async def test_group_chatter_costs_nothing(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """With privacy mode off the bot sees all, and answers none of it."""
    async with on_telegram(telegram, tmp_path) as scene:
        group = scene.phone.group("Club", scene.boss, scene.ann, scene.bob)
        telegram.methods.privacy_mode = False
        for words in (
            "hello all",
            "/image@another_bot a fox",
            "ask @another_bot",
            "/notours",
            "starlight_test_bot?",
            "@",
        ):
            scene.phone.say(group, scene.ann, words)
        first = scene.phone.say(group, scene.bob, "a fox is red")
        scene.phone.say(group, scene.ann, "no it is not", reply_to=first)
        scene.phone.album(group, scene.ann, [picture(), picture()], "our holidays")
        scene.phone.sticker(group, scene.ann)
        scene.phone.voice(group, scene.bob)
        await scene.heard()
        assert scene.phone.from_bot(group) == []
        assert scene.house.books() == ()


async def test_words_in_one_breath_are_heard_in_order_and_all(telegram: TelegramStandIn, tmp_path: Path) -> None:
    """They are joined or queued; none is lost in silence, and none overtakes another."""
    async with on_telegram(telegram, tmp_path, behaviour=quick(300)) as scene:
        await scene.told("hello")
        for turn in range(3):
            hang = Hang()
            scene.house.gateway.behaviour.script(CHAT, hang)
            words = [f"question{turn}{number:02d}?" for number in range(4)]  # one runs, three may wait
            for word in words:
                scene.phone.say(scene.ann, scene.ann, word)
            await hang.arrived.wait()
            hang.release()
            await scene.heard()
            asked = str([seen.body for seen in scene.house.gateway.requests if seen.route == CHAT])
            told = [shown.text[:80] for shown in scene.phone.from_bot(scene.ann)][-6:]
            places = [asked.find(word) for word in words]
            assert -1 not in places, told
            assert places == sorted(places), told
