"""Rows: the built-in ones, the operator's over them, every mistake told at once, and finding a model by name."""

from __future__ import annotations

import tomllib
from decimal import Decimal

import pytest

from bots.report import offered
from core.catalog import BUILT_IN, BadCatalog, Catalog, load_catalog
from core.errors import UnknownModel
from core.plans import Rules
from core.speakers import speaker
from core.specs import NEEDS, WITH_FILM, ModelSpec, OptionSpec
from core.transcribing import hearing
from core.values import Json, Part
from core.voices import cloner


def load(text: str) -> Catalog:
    return load_catalog(tomllib.loads(text, parse_float=Decimal))


def problems(text: str) -> list[str]:
    with pytest.raises(BadCatalog) as caught:
        load(text)
    return caught.value.problems


CATALOG = load_catalog()


def test_the_defaults() -> None:
    assert CATALOG.default("chat").name == "gpt-5-mini"
    assert CATALOG.default("image").name == "gpt-image-2"
    assert CATALOG.default("video").name == "kling-3.0"
    assert CATALOG.default("audio").name == "gemini-2.5-flash-preview-tts"
    assert CATALOG.families == {
        "openai_chat",
        "openai_responses",
        "claude",
        "gemini",
        "images_json",
        "images_multipart",
        "chat_image",
        "gemini_native",
        "midjourney",
        "unified_video",
        "chat_video",
        "runway",
        "veo",
        "seedance",
        "gemini_speech",
        "lyria",
        "suno",
        "minimax_speech",
        "minimax_music",
        "minimax_lyrics",
        "minimax_clone",
        "openai_speech",
        "openai_transcription",
        "gemini_hearing",
    }


def test_names_are_opaque_and_their_case_and_width_do_not_matter() -> None:
    catalog = load('[models."grok-video-3(线路W)"]\nfamily = "unified_video"\nprice = { each = 0.2 }')
    assert catalog.get(" Grok-Video-3（线路w） ", "video").upstream == "grok-video-3(线路W)"
    assert catalog.get("GPT-4O", "chat").name == "gpt-4o"


@pytest.mark.parametrize(
    ("name", "kind"), [("gpt-9", "chat"), ("gpt-image-2", "chat"), ("", "video"), ("x" * 999, "image")]
)
def test_unknown_models_list_what_there_is(name: str, kind: Json) -> None:
    with pytest.raises(UnknownModel) as caught:
        CATALOG.get(name, kind)
    assert CATALOG.visible(kind)[0].name in caught.value.params["allowed"]
    assert len(caught.value.params["name"]) <= 100


def test_a_row_of_the_operator() -> None:
    catalog = load("""
        default_model = { chat = "House-Model" }
        [models."house-model"]
        kind = "chat"
        family = "openai_chat"
        upstream = "gpt-5"
        price = { input_per_million = 1.25, output_per_million = 10.0 }
        context = 128_000
        extra = { body = { reasoning_effort = "low" } }
        [other_table]
        is = "somebody else's business"
    """)
    spec = catalog.default("chat")
    assert (spec.name, spec.upstream, spec.price.input_per_million, spec.context) == (
        "house-model",
        "gpt-5",
        1_250_000,
        128_000,
    )
    assert spec.extra["body"] == {"reasoning_effort": "low"}
    assert spec.extra["path"] == "/v1/chat/completions"
    assert spec.inputs == {"text", "image"}
    assert [row.name for row in catalog.visible("chat")][-1] == "house-model"


def test_over_a_built_in_row_only_what_is_given_changes() -> None:
    catalog = load(
        """
        [models."KLING-3.0"]
        title = "K3"
        deadline_s = 60
        options = { seconds = { values = ["5"], default = "5" }, sound = false }
        price = { per_second = 0.1 }
        poll = { first_s = 2.5 }
        [models."kling-3.0".extra]
        force_multipart = true
    """.replace('"kling-3.0".extra', '"KLING-3.0".extra')
    )
    spec = catalog.get("kling-3.0", "video")
    old = CATALOG.get("kling-3.0", "video")
    assert (spec.name, spec.title, spec.deadline_s, spec.max_inputs) == ("kling-3.0", "K3", 60.0, old.max_inputs)
    assert spec.options["seconds"].values == ("5",)
    assert spec.options["ratio"] == old.options["ratio"]
    assert "sound" not in spec.options
    assert (spec.price.per_second, spec.price.rates) == (100_000, {})
    assert (spec.poll.first_s, spec.poll.later_s) == (2.5, 15.0)
    assert spec.extra["force_multipart"] is True
    assert spec.extra["fields"] == old.extra["fields"]
    assert catalog.visible("video")[0] is spec


def test_hidden_rows_are_not_offered_but_old_work_finds_them() -> None:
    catalog = load('[models."gpt-5-mini"]\nhidden = true')
    assert "gpt-5-mini" not in [row.name for row in catalog.visible("chat")]
    assert catalog.default("chat").name == "gpt-5"
    with pytest.raises(UnknownModel):
        catalog.get("gpt-5-mini", "chat")
    found = catalog.find("gpt-5-mini")
    assert found is not None
    assert found.hidden


def test_the_defaults_of_a_family_can_be_changed() -> None:
    catalog = load("[defaults.unified_video]\ndeadline_s = 99\nextra = { second_path = '' }")
    spec = catalog.get("kling-2.0", "video")
    assert (spec.deadline_s, spec.extra["second_path"]) == (99.0, "")
    assert spec.extra["poll_path"] == "/v1/videos/{id}"


def test_another_family_takes_nothing_of_the_old_ones_fields() -> None:
    catalog = load('[models."sora-2"]\nfamily = "openai_chat"\nprice = { input_per_million = 1 }')
    spec = catalog.get("sora-2", "chat")
    assert (spec.kind, spec.options) == ("chat", {})
    assert "path" in spec.extra
    assert "poll_path" not in spec.extra


def test_all_mistakes_are_told_at_once() -> None:
    found = problems("""
        default_model = { chat = "gpt-9", image = "sora-2", vidoe = "x" }
        [models.a]
        famly = "openai_chat"
        [models.b]
        family = "openai_chatt"
        [models.c]
        family = "images_json"
        [models.d]
        family = "openai_chat"
        kind = "video"
        contxt = 5
        context = "big"
        price = { input = 1 }
        extra = { restart = true, image_detail = 7 }
        [models."GPT-5-Mini"]
        hidden = "yes"
        [models.e]
        family = "unified_video"
        price = { per_second = 0.1 }
        options = { seconds = ["five"], ratio = { values = ["1:1"], default = "2:1" } }
        [models.f]
        family = "unified_video"
        price = { by = "resolution", rates = { "8k" = 1 } }
        options = { resolution = { values = ["720p"] } }
        [models.g]
        family = "images_json"
        price = { each = -1 }
        [models.Twice]
        family = "openai_chat"
        price = {}
        [models.twice]
        family = "openai_chat"
        price = {}
        [defaults.openai_chat]
        idel_s = 3
        extra = { pth = "/" }
        [defaults.nobody]
        x = 1
    """)
    text = "\n".join(found)
    for part in [
        "default_model.chat: 'gpt-9' is none of: gpt-5, gpt-5.1",
        "default_model.image: 'sora-2' is none of: gpt-image-2",
        "default_model: unknown key 'vidoe'; allowed: chat, image, video, audio, music, lyrics, speech, clone, transcript",
        "models.'a': family: None is none of: ",
        "models.'b': family: 'openai_chatt' is none of",
        "models.'c': price: missing",
        "models.'d': unknown key 'contxt'; allowed: can, context,",
        "models.'d': context: must be a whole number from 1000",
        "models.'d': kind: family 'openai_chat' makes 'chat'",
        "models.'d': price: unknown key 'input'; allowed: input_per_million",
        "models.'d': extra: unknown key 'restart'; allowed: body, effort, effort_field",
        "models.'d': extra: image_detail: must be text, not 7",
        "models.'gpt-5-mini': hidden: must be true or false",
        "models.'e': options: ratio: default '2:1' is none of: 1:1",
        "models.'f': price: rates: '8k' is no value of 'resolution'",
        "models.'f': price: by: option 'resolution' needs a default",
        "models.'g': price: must be USD, from 0",
        "models.'twice': named twice; it is the same as 'Twice'",
        "defaults.'openai_chat': unknown key 'idel_s'; allowed:",
        "defaults.'openai_chat': extra: unknown key 'pth'; allowed:",
        "defaults.'nobody': unknown family",
    ]:
        assert part in text, f"{part}\n---\n{text}"
    assert len([line for line in found if "idel_s" in line]) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("models = 3", "models: must be a table"),
        ("[models]\nx = 3", "models.'x': must be a table"),
        ("default_model = 'gpt-4o'", "default_model: must be a table"),
        ("[models.x]\nfamily = 'images_json'\nprice = 3", "price: must be a table"),
        ("[models.x]\nfamily = 'images_json'\nprice = { each = true }", "must be USD"),
        ("[models.x]\nfamily = 'images_json'\nprice = { each = nan }", "must be USD"),
        ("[models.x]\nfamily = 'images_json'\nprice = { by = 'resolution', each = 1 }", "belong together"),
        ("[models.x]\nfamily = 'images_json'\nprice = { each = 1 }\noptions = { size = 4 }", "size: must be a list"),
        ("[models.x]\nfamily = 'images_json'\nprice = { each = 1 }\ninputs = ['smell']", "must be a list of some of"),
        ("[models.x]\nfamily = 'images_json'\nprice = { each = 1 }\nsubmit_s = 0", "must be seconds"),
        ("[models.x]\nfamily = 'images_json'\nprice = { each = 1 }\nextra = 3", "extra: must be a table"),
        ("[models.x]\nfamily = 'unified_video'\nprice = { per_second = 1 }", "needs an option `seconds`"),
        ("[models.x]\nfamily = 'openai_chat'\ntitle = ''", "title: must be a text"),
    ],
)  # fmt: skip
def test_single_mistakes(text: str, words: str) -> None:
    assert words in "\n".join(problems(text))


def test_a_need_chooses_the_wire() -> None:
    row = CATALOG.get("gpt-5", "chat")
    assert row.routed(set()) is row
    thinking, searching = row.routed({"tools", "thinking"}), row.routed({"thinking", "search"})
    assert (thinking.family, thinking.upstream, thinking.price) == ("openai_responses", "gpt-5", row.price)
    assert (thinking.extra["effort"]["off"], searching.extra["effort"]["off"]) == ("minimal", "low")
    assert thinking.extra["path"] == "/v1/responses"
    assert row.routed({"tools", "schema", "document"}).family == "openai_chat"
    claude = CATALOG.get("claude-sonnet-4-5-20250929", "chat")
    assert {need: claude.routed({need}).family for need in NEEDS} == {
        "search": "claude",
        "thinking": "claude",
        "tools": "openai_chat",
        "schema": "claude",
        "document": "claude",
        "audio": "openai_chat",
        "video": "openai_chat",
        "edit": "openai_chat",
    }
    assert {CATALOG.get("gemini-2.5-pro", "chat").routed({need}).family for need in NEEDS if need != "edit"} == {
        "gemini"
    }


@pytest.mark.parametrize("row", CATALOG.visible("chat"), ids=lambda row: row.name)
def test_what_a_row_promises_its_wires_can_do(row: ModelSpec) -> None:
    """Every effort means something on the wire that thinks, and every kind of file has a wire with a form for it."""
    thinking = row.routed({"thinking"})
    assert set(row.efforts) - {"off"} <= set(thinking.extra["effort"])
    if "off" in row.efforts and row.family != "claude":
        quiet = row.extra["effort"].get("off") is not None
        assert quiet or thinking.family == "claude"  # which does not think unless it is told to
    if "search" in row.can:
        assert row.routed({"search"}).extra["search_tool"]
        assert row.price.per_search
    forms = {"openai_chat": {"document"}, "openai_responses": {"document"}, "claude": {"document"}}
    for need in NEEDS:
        if need in row.inputs:
            family = row.routed({need}).family
            assert family == "gemini" or need in forms[family]


@pytest.mark.parametrize(
    ("routes", "words"),
    [
        ("3", "routes: must be a table"),
        ("{ smell = 'claude' }", "routes: unknown key 'smell'; allowed: search, thinking"),
        ("{ search = 'claud' }", "routes: search: family 'claud' is none of: claude, gemini, openai_chat"),
        ("{ search = 'unified_video' }", "is none of: claude"),
        ("{ search = { family = 'claude', extra = { pth = '' } } }", "routes: search: extra: unknown key 'pth'"),
        ("{ search = { family = 'claude', upstream = 3 } }", "routes: search: upstream: must be text"),
    ],
)
def test_mistakes_in_routes(routes: str, words: str) -> None:
    assert words in "\n".join(problems(f'[models."gpt-5"]\nroutes = {routes}'))


def test_a_route_says_options_as_its_row_does_unless_it_says_so_itself() -> None:
    catalog = load("""
        [models.brush]
        family = "images_json"
        price = { each = 0.1 }
        routes = { edit = { family = "images_multipart", extra = { prompt_suffix = [" again"] } } }
        options = { ratio = { values = ["1:1"] } }
        extra = { fields = { ratio = "shape" }, size_by = ["ratio"], prompt_suffix = ["!"], body = { a = 1 } }
        [models.pen]
        family = "images_json"
        price = { each = 0.1 }
        routes = { edit = "gemini_native" }
    """)
    fox = Part("image", data=b"fox")
    brush = catalog.get("brush", "image")
    assert brush.for_files(()) is brush.for_files((Part("text", text="x"),)) is brush
    edit = brush.for_files((fox,))
    assert (edit.family, edit.extra["path"], edit.price) == ("images_multipart", "/v1/images/edits", brush.price)
    assert (edit.extra["fields"], edit.extra["size_by"]) == ({"ratio": "shape"}, ["ratio"])
    assert edit.extra["prompt_suffix"] == [" again"]
    assert edit.extra["body"] == {"response_format": "url"}  # what is sent besides is each wire's own
    native = catalog.get("pen", "image").for_files((fox,))
    assert (
        native.extra["fields"]["ratio"] == "generationConfig.imageConfig.aspectRatio"
    )  # the row says nothing of its own
    (mistake,) = problems('[models."gpt-image-2"]\nroutes = { edit = "openai_chat" }')
    assert "routes: edit: family 'openai_chat' is none of: chat_image, gemini_native, images_json" in mistake


def test_learned_models_work_at_an_estimated_price() -> None:
    catalog = load_catalog()
    names = [
        "claude-opus-4-5",
        "mystery-9",
        "gpt-5-mini",
        "sora-9-pro",
        "dall-e-3",
        "text-embedding-3-large",
        "suno-v9",
    ]
    catalog.learn([*names, "x" * 300, "Imagine-Fast"])
    spec = catalog.get("Claude-Opus-4-5", "chat")
    assert (spec.family, spec.upstream, spec.listed, spec.price.estimated) == (
        "openai_chat",
        "claude-opus-4-5",
        False,
        True,
    )
    assert spec.price.output_per_million >= 15_000_000
    assert catalog.get("mystery-9", "chat").price.estimated
    assert spec.name not in [row.name for row in catalog.visible("chat")]
    own = catalog.find("gpt-5-mini")
    assert own is not None
    assert own.listed
    assert [
        name
        for name in ("sora-9-pro", "dall-e-3", "text-embedding-3-large", "suno-v9", "Imagine-Fast")
        if catalog.find(name)
    ] == []
    catalog.learn([])
    assert catalog.find("mystery-9") is None


def usual(family: str) -> Json:
    """Where a family puts options when a row does not say it."""
    tables = [tomllib.loads(path.read_text("utf-8")).get("defaults", {}) for path in BUILT_IN.glob("*.toml")]
    return next(table[family]["extra"].get("fields") for table in tables if family in table)


def test_every_row_is_usable() -> None:
    for kind in ("chat", "image", "video"):
        for row in CATALOG.visible(kind):
            chosen = row.chosen({})
            own = row.extra.get("fields", {})
            assert own == usual(row.family) or set(own) <= set(row.options), row.name
            assert {*row.price.by.split()} <= {*row.options, WITH_FILM}, row.name
            for option in row.options.values():
                assert chosen.get(option.name, "") == option.default
                if "flags" in row.extra:
                    continue  # Midjourney's options are flags of the prompt, and have tests of their own
                sent = option.name in row.extra["fields"] or option.name in row.extra.get("size_by", ())
                worded = any(f"{{{option.name}}}" in piece for piece in row.extra["prompt_suffix"])
                measured = option.name == "seconds" and option.most  # of a clip or a voice: for the price alone
                assert sent or worded or measured, f"{row.name}: {option.name} reaches nobody"


def test_options_are_matched_as_people_write_them() -> None:
    option = OptionSpec("resolution", ("720p", "16:9"), "720p")
    assert (option.match("720P"), option.match(" 16：9 "), option.match("4k")) == ("720p", "16:9", None)
    free = OptionSpec("negative", ())
    assert (free.match(" 12 "), free.match(""), free.match("x" * 3000)) == ("12", None, None)
    assert option.allowed == "720p, 16:9"


@pytest.mark.parametrize(
    ("model", "size", "ratio"),
    [
        ("gpt-image-2", (1659, 948), "16:9"),
        ("gpt-image-2", (948, 1659), "9:16"),
        ("gpt-image-2", (1254, 1254), "1:1"),
        ("gpt-image-2", (100, 9_000), "9:21"),
        ("gemini-3.1-flash-image-preview", (1, 9_000), "1:8"),
        ("gpt-image-2", (0, 0), ""),
        ("midjourney", (100, 100), ""),  # any ratio may be written
    ],
)
def test_the_ratio_of_a_picture(model: str, size: tuple[int, int], ratio: str) -> None:
    assert CATALOG.get(model, "image").ratio_near(*size) == ratio


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("0", "0"),
        (" 1000 ", "1000"),
        ("007", "7"),
        ("１２", "12"),
        ("12.0", "12"),
        ("100", "100"),
        ("1001", None),
        ("-1", None),
        ("1.5", None),
        ("1e3", None),
        ("nan", None),
        ("9" * 40, None),
        ("", None),
    ],
)
def test_numbers_of_a_range(written: str, meant: str | None) -> None:
    assert OptionSpec("seed", (), least=Decimal(0), most=Decimal(1000)).match(written) == meant


def test_ranges_in_rows() -> None:
    row = "[models.x]\nfamily = 'images_json'\nprice = { each = 1 }\noptions = { weight = %s }"
    fine = load(row % "{ least = -3, most = 3, step = 0.25, default = '0.5' }").get("x", "image").options["weight"]
    assert (fine.match("-2.75"), fine.match("0.3"), fine.default, fine.allowed) == ("-2.75", None, "0.5", "-3–3")
    for wrong in (
        "{ most = 'x' }",
        "{ most = 3, values = ['1'] }",
        "{ least = 5, most = 3 }",
        "{ most = 3, step = 0 }",
        "{ most = 3, default = '4' }",
        "{ mast = 3 }",
    ):
        assert "options: weight:" in problems(row % wrong)[0]


def test_each_kind_of_sound_has_a_default_of_its_own() -> None:
    catalog = load_catalog({"default_model": {"music": "lyria-3-clip-preview"}})
    assert catalog.default("audio", "music").name == "lyria-3-clip-preview"
    assert catalog.default("audio", "lyrics").sound == "lyrics"
    assert catalog.default("audio").speaks
    assert load_catalog({}).default("audio", "music").family == "suno"
    with pytest.raises(UnknownModel):
        catalog.get("tts-1", "audio", "music")
    with pytest.raises(BadCatalog) as refused:
        load_catalog({"default_model": {"music": "tts-1"}})
    assert "default_model.music: 'tts-1' is none of: suno-v4" in str(refused.value)


def test_a_default_of_its_own_for_each_sort_of_sound() -> None:
    """What the operator names is what reads, clones and writes down."""
    wanted = {"speech": "tts-1", "clone": "another-clone", "transcript": "gemini-2.5-flash-hearing"}
    catalog = load_catalog(
        {"default_model": wanted, "models": {"another-clone": {"family": "minimax_clone", "price": {"each": 1}}}}
    )
    found = [speaker(catalog, Rules()), cloner(catalog), *hearing(catalog)[:1]]
    assert [spec.name for spec in found if spec] == list(wanted.values())
    assert len(hearing(catalog)) == len(hearing(load_catalog()))
    assert load_catalog().usual("speech") is None


def test_a_row_may_be_listed_under_another_name() -> None:
    catalog = load_catalog()
    listed = ["suno_music", "tts-1"]
    catalog.note(listed)
    catalog.learn(listed)
    there = [row.name for row in catalog.visible("audio") if catalog.is_there(row)]
    assert there == ["tts-1", "suno-v4", "suno-v5", "suno-v4.5-plus", "suno-v4.5", "suno-v3.5"]
    assert offered(catalog, listed) == {"chat": 0, "image": 0, "video": 0, "audio": 6}
    assert offered(catalog, ["suno_lyrics"])["audio"] == 1
