"""Orders in Runway's own format, checked as its vendor does (gateway contract, videos 7.1). Pure functions."""

from bots.sandbox.fields import items, mapping, objects, text
from bots.sandbox.film_inputs import Input, link_of, wrong
from bots.sandbox.film_orders import Fields, FilmOrder, model_of
from bots.sandbox.footage import upstream
from bots.sandbox.sizes import Size, pixels

Hosts = frozenset[str]

_FROM_PICTURE = ["model", "promptImage", "promptText", "ratio", "duration", "seed", "watermark", "contentModeration"]
_FROM_FILM = ["model", "videoUri", "promptText", "ratio", "references", "seed", "contentModeration"]
_RATIOS = ("1280:720", "720:1280", "1104:832", "832:1104", "960:960", "1584:672")
_RATIOS_GEN3 = ("1280:768", "768:1280")
_RATIOS_FILM = (*_RATIOS, "848:480", "640:480")
_PICTURE_MAX = 5 * 1024 * 1024
_SEED_MAX = 4_294_967_295


def from_picture(body: Fields, hosts: Hosts) -> FilmOrder:
    """`image_to_video`. Raises `TaskRefusal`."""
    model = _bare(model_of(body))
    if model not in ("gen4_turbo", "gen3a_turbo", "gen4.5"):
        raise upstream(f"model {model[:40]} is not available for image_to_video")
    _check(body, _FROM_PICTURE)
    gen3 = model == "gen3a_turbo"
    words = _words(body, 512 if gen3 else 1000, needed=model == "gen4.5")
    size = _size(body, _RATIOS_GEN3 if gen3 else _RATIOS, needed=True)
    lengths = range(2, 11) if model == "gen4.5" else (5, 10)
    duration = body.get("duration", None if model == "gen4.5" else 10)
    if isinstance(duration, bool) or duration not in lengths:
        raise upstream(f"duration must be one of: {', '.join(map(str, lengths))}")
    return FilmOrder(model_of(body), words, int(str(duration)), size, _frames(body, hosts, last=gen3))


def from_film(body: Fields, hosts: Hosts) -> FilmOrder:
    """`video_to_video`. Raises `TaskRefusal`."""
    model = model_of(body)
    if model not in ("gen4_aleph", "aleph2"):
        raise upstream(f"model {model[:40]} is not available for video_to_video")
    _check(body, _FROM_FILM)
    words = _words(body, 1000, needed=True)
    size = _size(body, _RATIOS_FILM, needed=False)
    references = objects(body.get("references"))
    if len(references) != len(items(body.get("references"))) or len(references) > 1:
        raise upstream("references: at most one object")
    inputs = [Input("edit", "video", _link(body.get("videoUri"), hosts), lengths=(0.5, 60.0), heard=True)]
    for reference in references:
        if reference.get("type") != "image" or set(reference) != {"type", "uri"}:
            raise upstream("references: type must be image")
        inputs.append(Input("reference", "image", _link(reference.get("uri"), hosts), bytes_max=_PICTURE_MAX))
    return FilmOrder(model, words, 5, size, tuple(inputs), follows=True)


def _bare(model: str) -> str:
    """`runwayml-gen4_turbo-5` is a name for billing."""
    return model.removeprefix("runwayml-").removesuffix("-5").removesuffix("-10") if "runwayml-" in model else model


def _check(body: Fields, allowed: list[str]) -> None:
    strange = next((name for name in body if name not in allowed), None)
    if strange is not None:
        raise upstream(f"unrecognized key: {strange[:40]}")
    seed = body.get("seed", 0)
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= _SEED_MAX:
        raise upstream("seed must be between 0 and 4294967295")
    if not isinstance(body.get("watermark", False), bool):
        raise upstream("watermark must be a boolean")
    moderation = mapping(body.get("contentModeration", {}))
    if moderation.get("publicFigureThreshold", "auto") not in ("auto", "low"):
        raise upstream("publicFigureThreshold must be auto or low")


def _words(body: Fields, most: int, *, needed: bool) -> str:
    words = text(body.get("promptText"))
    if len(words.encode("utf-16-le", "surrogatepass")) // 2 > most:
        raise upstream(f"promptText must be at most {most} UTF-16 units")
    if needed and not words.strip():
        raise upstream("promptText is required")
    return words


def _size(body: Fields, allowed: tuple[str, ...], *, needed: bool) -> Size:
    ratio = body.get("ratio", None if needed else allowed[0])
    if ratio not in allowed:
        raise upstream(f"ratio must be one of: {', '.join(allowed)}")
    return pixels(str(ratio).replace(":", "x")) or (1280, 720)


def _frames(body: Fields, hosts: Hosts, *, last: bool) -> tuple[Input, ...]:
    given = body.get("promptImage")
    if isinstance(given, str):
        return (Input("first", "image", _link(given, hosts), bytes_max=_PICTURE_MAX),)
    frames = objects(given)
    positions = [text(frame.get("position")) for frame in frames]
    if positions not in (["first"], ["first", "last"], ["last", "first"], ["last"]):
        raise upstream("promptImage must be a URI or a list of first and last frames")
    if "last" in positions and not last:
        raise upstream("this model takes no last frame")
    return tuple(
        Input("first" if place == "first" else "last", "image", _link(frame.get("uri"), hosts), bytes_max=_PICTURE_MAX)
        for place, frame in zip(positions, frames, strict=True)
    )


def _link(value: object, hosts: Hosts) -> str:
    if not text(value):
        raise wrong("a URI is required")
    return link_of(value, hosts)
