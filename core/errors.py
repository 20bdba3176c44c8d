"""One small tree of what can go wrong, each with the key of the sentence a person sees and the sentence's parameters.

    BotError
    ├── BadInput           EmptyPrompt PromptTooLong UnknownModel NoModels UnknownOption BadOption NeedsInput BadFile
    │                      OptionTooLong SungInstrumental UnclearShape UnreadableFile UnfitFile FileTooLarge
    │                      FilesTooLarge SoundTooLong FileLost CannotRead NoVision NoHearing NoSpeech NoTranscription
    │                      NoTimes NoSearch NoEffort WrongInput WrongMix NoLink TooMuchKept NoLibrary
    │                      BadAssetName AssetNameTaken AssetNotReady NoAssetsHere BadCommand Anonymous
    ├── NoAccess           Banned NotInvited OwnersOnly NotYours
    ├── OverLimit          OverQuota GroupOverQuota HouseLimit TooFast TooManyJobs QueueFull FilesBusy
    ├── Missing            NothingRunning NothingToContinue JobGone SourceGone SourceFailed
    │                      ShotFailed NotMade AnswerGone
    └── GatewayError       NotTaken Unsure BadKey NoFunds NoSuchModel Moderated BannedWord Declined RealFace Copyrighted
                           FileRefused Withheld SoundWithheld BadRequest FileFormat RateLimited UpstreamDown NoResult
                           NotPublic NotOffered VoiceGone BadSample TaskFailed
                           AssetLate TaskExpired

The message of the exception is detail for the log and never reaches a person; `key` is a Fluent id and `params` fill it.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.values import Json


class BotError(Exception):
    """Base of all. `request_id`: the gateway's id of the call, for the log."""

    key = "error-internal"

    def __init__(self, detail: str = "", *, request_id: str = "", **params: Json) -> None:
        super().__init__(detail or self.key)
        self.params = params
        self.request_id = request_id


# --- what the person wrote --------------------


class BadInput(BotError):
    """Costs nothing and loses nothing; the sentence says what to write instead."""


class EmptyPrompt(BadInput):
    key = "error-empty-prompt"  # command


class PromptTooLong(BadInput):
    key = "error-prompt-too-long"  # limit (characters), length


class UnknownModel(BadInput):
    key = "error-unknown-model"  # name, allowed


class NoModels(UnknownModel):
    """The operator offers none of this kind."""

    key = "error-no-models"


class UnknownOption(BadInput):
    key = "error-unknown-option"  # name, allowed


class SeveralAtOnce(BadInput):
    """Words that the upstream would make several orders of."""

    key = "error-several-at-once"  # words


class BadOption(BadInput):
    key = "error-bad-option"  # name, value, allowed


class OptionTooLong(BadInput):
    key = "error-option-too-long"  # name, limit (characters), length


class SungInstrumental(BadInput):
    """Words are to be sung in a piece that has no voice."""

    key = "error-sung-instrumental"


class NeedsInput(BadInput):
    key = "error-needs-input"  # command


class BadFile(BadInput):
    key = "error-bad-file"  # name, allowed


class UnclearShape(BadInput):
    """In the picture that should show what to change nothing closed is drawn, or everything."""

    key = "error-unclear-shape"


class UnreadableFile(BadFile):
    """A document whose text cannot be had."""

    key = "error-unreadable-file"  # name, why ("locked", "broken", "slow", "empty", "kind")


class UnfitFile(BadFile):
    """A file that the model takes only with other measures, and no safe change gives it these."""

    key = "error-unfit-file"  # kind, why ("short", "long", "total", "small", "ratio"), found, limit (seconds, pixels, ratio)


class FileTooLarge(BadInput):
    key = "error-file-too-large"  # size, limit (both with unit)


class FilesTooLarge(FileTooLarge):
    """Each would do, all together do not."""

    key = "error-files-too-large"  # size, limit


class SoundTooLong(BadInput):
    """It would have to be written down, and is longer than what is written down."""

    key = "error-sound-too-long"  # length, limit (seconds)


class FileLost(BadInput):
    """The platform does not hand the file out."""

    key = "error-file-lost"


class CannotRead(BadInput):
    """A kind of message that is not understood (yet): a sticker, a location ..."""

    key = "error-cannot-read"  # what


class NoVision(BadInput):
    """The conversation's model reads no pictures."""

    key = "error-no-vision"  # model, allowed


class NoSearch(BadInput):
    """None of the operator's models searches the web."""

    key = "error-no-search"


class NoHearing(BadInput):
    """The model hears nothing, and there is none that could write down what is said."""

    key = "error-no-hearing"


class CloneAnew(BadInput):
    """A former order to clone a voice cannot be ordered once more: each makes its own."""

    key = "error-clone-anew"


class NoCloning(BadInput):
    """There is no model that clones voices."""

    key = "error-no-cloning"


class BadVoiceName(BadInput):
    key = "error-voice-name"  # name ("none" = there is none)


class VoiceNameTaken(BadInput):
    key = "error-voice-taken"  # name


class NoSuchVoice(BadInput):
    """The person has no voice of their own that is called so."""

    key = "error-no-voice"  # name


class NoSpeech(BadInput):
    """Words are to be spoken, and there is no model that reads aloud."""

    key = "error-no-speech"


class NoTranscription(BadInput):
    """None of the operator's models writes down what is said."""

    key = "error-no-transcription"


class NoTimes(BadInput):
    """The model does not tell when what was said."""

    key = "error-no-times"  # model, allowed ("none" = no model does)


class NoEffort(BadInput):
    """The conversation's model cannot be told how hard to think."""

    key = "error-no-effort"  # model, value, allowed (efforts of it), models (that can); "none" for none


class WrongInput(BadInput):
    """The order's model takes no such file."""

    key = "error-wrong-input"  # model, kind (of the file), allowed ("none" = no model does)


class WrongMix(BadInput):
    """The model makes no film of such files, or these are not the files for what is wanted."""

    key = "error-wrong-mix"  # model, mode, able ("yes": the files are wrong for it), allowed (models; "none")


class NoLink(BadInput):
    """The gateway has to fetch the file by itself, and the world cannot reach us."""

    key = "error-no-link"  # kind (of the file), model


class TooMuchKept(BadInput):
    """A list of a person's own is full: memories, reminders, assets, voices."""

    key = "error-too-much-kept"  # what ("memories", "reminders", "assets", "voices"), limit


class NoLibrary(BadInput):
    """None of the operator's models has a library for a person's own files."""

    key = "error-no-library"


class BadAssetName(BadInput):
    key = "error-asset-name"  # name ("none" = there is none)


class AssetNameTaken(BadInput):
    key = "error-asset-taken"  # name


class AssetNotReady(BadInput):
    """A file of the library is named that cannot be used yet, or ever."""

    key = "error-asset-not-ready"  # name, state ("new", "checking", "failed")


class NoAssetsHere(BadInput):
    """The order's model takes no file of the library."""

    key = "error-no-assets-here"  # model, allowed ("none" = no model does)


class BadCommand(BadInput):
    key = "error-bad-command"  # command, usage


class Anonymous(BadInput):
    """Anonymous admins and channels have no purse of their own."""

    key = "error-anonymous"


# --- who may --------------------


class NoAccess(BotError):
    pass


class Banned(NoAccess):
    """Shown nowhere: banned people get nothing. The key exists for the operator's /jobs and logs."""

    key = "error-banned"


class NotInvited(NoAccess):
    key = "error-not-invited"


class OwnersOnly(NoAccess):
    key = "error-owners-only"


class NotYours(NoAccess):
    """A button for whoever asked, pressed by somebody else."""

    key = "error-not-yours"


# --- limits --------------------


class OverLimit(BotError):
    pass


class OverQuota(OverLimit):
    key = "error-over-quota"  # needed, left (credits, as text), renews (unix seconds; 0 = does not renew)


class GroupOverQuota(OverLimit):
    key = "error-group-over-quota"  # needed, left, renews


class HouseLimit(OverLimit):
    key = "error-house-limit"  # renews


class TooFast(OverLimit):
    key = "error-too-fast"  # seconds


class TooManyJobs(OverLimit):
    key = "error-too-many-jobs"  # limit


class QueueFull(OverLimit):
    key = "error-queue-full"  # limit


class FilesBusy(OverLimit):
    key = "error-files-busy"  # whose ("own", "all": what waits already)


# --- things that are not there --------------------


class Missing(BotError):
    pass


class NothingRunning(Missing):
    key = "error-nothing-running"


class JobGone(Missing):
    key = "error-job-gone"


class NothingToContinue(Missing):
    """The last answer is whole."""

    key = "error-nothing-to-continue"


class SourceGone(Missing):
    """An order was to be made from the result of another, which did not come about or is no longer there."""

    key = "error-source-gone"


class SourceFailed(SourceGone):
    """The other one is part of the same whole, and says by itself why it did not come about."""

    def __init__(
        self, detail: str = "", *, key: str = SourceGone.key, told: Mapping[str, Json] | None = None, **params: Json
    ) -> None:
        """`key` and `told`: its sentence and the parameters of that."""
        super().__init__(detail, **params)
        self.key, self.params = key, {**params, **(told or {})}


class ShotFailed(Missing):
    """Some shots of a storyboard were not filmed; with the parameters that the first one's own sentence has."""

    key = "error-shot-failed"  # numbers ("3, 4"), count, made, total, why (key of the sentence)


class NotMade(Missing):
    """What we make ourselves of other results did not come about; those are there."""

    key = "error-not-made"  # paid ("yes", "no": for pieces of this order)


class PartFailed(Missing):
    """Some parts of a long text were not spoken; with the parameters that the first one's own sentence has."""

    key = "error-part-failed"  # numbers ("3, 4"), count, made, total, why (key of the sentence)


class AnswerGone(Missing):
    key = "error-answer-gone"


# --- the gateway --------------------


class GatewayError(BotError):
    """`detail` and `request_id` are for the log; nothing the gateway wrote reaches a person unread."""


class NotTaken(GatewayError):
    """The request surely never reached the gateway (refused, DNS, connect timed out): the only kind to be repeated."""

    key = "error-gateway-unreachable"


class Unsure(GatewayError):
    """The request may have arrived and nobody knows: never repeated by itself."""

    key = "error-unsure"


class BadKey(GatewayError):
    key = "error-gateway-key"


class NoFunds(GatewayError):
    key = "error-gateway-funds"


class NoSuchModel(GatewayError):
    key = "error-gateway-model"  # model


class Moderated(GatewayError):
    key = "error-moderated"


class BannedWord(Moderated):
    key = "error-banned-word"  # word


class Declined(Moderated):
    """The model wrote something in place of a picture."""

    key = "error-declined"  # words (of the model, short)


class RealFace(Moderated):
    """A file shows the face of a real person, which the vendor takes from nobody."""

    key = "error-real-face"


class Copyrighted(Moderated):
    """A file that is somebody else's, as the vendor says."""

    key = "error-copyrighted"


class FileRefused(Moderated):
    """A file whose content the vendor's rules do not allow."""

    key = "error-file-refused"


class Withheld(Moderated):
    """It was made, and then filtered."""

    key = "error-withheld"


class SoundWithheld(Withheld):
    """It was made, and its sound was filtered."""

    key = "error-sound-withheld"


class BadRequest(GatewayError):
    key = "error-gateway-request"


class FileFormat(BadRequest):
    """A file of a form or size that the vendor does not take."""

    key = "error-file-format"


class RateLimited(GatewayError):
    """Refused because too much is going on; `retry_after_s` is 0 when the gateway does not say."""

    key = "error-gateway-busy"

    def __init__(self, detail: str = "", *, retry_after_s: float = 0.0, request_id: str = "", **params: Json) -> None:
        super().__init__(detail, request_id=request_id, **params)
        self.retry_after_s = retry_after_s


class UpstreamDown(GatewayError):
    key = "error-gateway-down"


class NoResult(GatewayError):
    key = "error-no-result"


class NotPublic(NoResult):
    """The gateway says that the result lies where only itself can reach it: on its own machine, in its own network."""

    key = "error-not-public"  # host


class NotOffered(NoResult):
    """The gateway does not serve such a path. Of an order, people are told that its model is not offered."""


class VoiceGone(GatewayError):
    """The vendor does not know a voice any more that was cloned there."""

    key = "error-voice-gone"


class BadSample(GatewayError):
    """The vendor cannot make a voice of such a recording."""

    key = "error-bad-sample"


class TaskFailed(GatewayError):
    key = "error-task-failed"


class AssetLate(GatewayError):
    """A file has been with the vendor's library for so long that it is given up."""

    key = "error-asset-late"


class TaskExpired(GatewayError):
    key = "error-task-expired"
