# Speech and voices: /say and /voice.

command-say = Read a text aloud
help-say =
    I read it to you: /say Good morning. Or reply to any message with /say and I read that one.
    Options stand anywhere: --voice, --speed, --emotion, --language, where the model has them; /voice shows the voices. Some models know pauses such as <#1.5#> and sounds such as (laughs).
    A long text is spoken in parts and comes as one voice message.
command-voice = Voices that read aloud, and voices of your own
help-voice =
    /voice shows your voice and your own voices. /voice list shows all others, /voice list English those of a language, each with a sample.
    /voice use NAME is the voice I read aloud with from now on; /voice use none ends that.
    /voice clone NAME along with a voice message, or as a reply to one, makes a voice like it: 10 seconds to 5 minutes of one person. That person has to agree. Only you can see and use your voices.
    A voice that has not spoken for a week is deleted by the service; /voice keep NAME on prevents that for a few credits. /voice delete NAME deletes one.
option-speed = How fast; 1 is usual
option-emotion = In which mood
button-voice-use = Use { $name }
button-voice-keep = Keep alive
button-voice-unkeep = Keep no longer
button-voice-delete = Delete
button-voice-again = Clone { $name } again · { $price }
button-voice-anew = Clone { $name } again · { MONEY($price) }
button-voice-agreed = Yes, they agreed
button-voice-not-agreed = No
button-voice-list = All voices
button-voice-sample = ▶ { $name } · { $price }

voice-now = { $model ->
    [none] I read aloud with the model’s usual voice.
   *[other] I read aloud with { $name } ({ $model }).
}
voice-line = • { $name }: { $state ->
    [gone] deleted by the service
    [making] being made
   *[ready] ready
}{ $keep ->
    [on] , kept alive
   *[off] {""}
}
voice-how = A voice of your own costs { $price }: send a voice message with /voice clone NAME as its caption, or reply to one.
voice-used = { $name ->
    [none] I read aloud with the model’s usual voice again.
   *[other] I read aloud with { $name } from now on, wherever the model has this voice.
}
voice-kept = { $switch ->
    [on] I keep “{ $name }” alive: when it has not spoken for five days it says a word that nobody hears, for { $price }. Turn it off with /voice keep { $name } off.
   *[off] “{ $name }” is not kept alive any more. The service deletes it when it has not spoken for a week; I can clone it again then.
}
voice-consent = Did the person who speaks in this recording agree to have their voice cloned? The voice will be called “{ $name }” and costs { $price }.
voice-agreed = Thank you. “{ $name }” is on its way; you hear it as soon as it can speak.
voice-not-agreed = Then “{ $name }” is not made. Nothing was charged.
voice-sure = Delete “{ $name }”? What it has said stays; I forget the recording.
voice-list-title = Voices, page { $page } of { $pages }:
voice-list-language = { $language ->
    [any] Every language
   *[other] { $language }
}
voice-list-how = ▶ orders a short sample. Choose one with its button or /voice use NAME.
notice-voice-gone = Your voice “{ $name }” is not there any more: the service has deleted it. Clone it again in /voice.
notice-voice-unkept = I could not keep your voice “{ $name }” alive, because your credits do not reach. It is not kept any more; turn it on again with /voice keep { $name } on.

error-clone-anew = Each recording is cloned once. Send it again with /voice clone NAME, or use the button in /voice.
error-no-cloning = Nothing here can clone voices at the moment.
error-voice-name = { $name ->
    [none] How shall I call the voice? Write its name behind the command: /voice clone Mum
   *[other] I cannot call a voice “{ $name }”. Use up to 32 letters, digits and spaces, beginning with a letter or digit. For example: /voice clone Mum
}
error-voice-taken = There is a voice called “{ $name }” already. Choose another name.
error-no-voice = You have no voice of your own called “{ $name }”. See /voice.
error-part-failed = { $made ->
    [0] { $why }
   *[other] { $count ->
        [one] Part { $numbers } of { $total } could not be spoken. { $why } The other parts are kept, and only the missing one costs anything when you try again.
       *[other] Parts { $numbers } of { $total } could not be spoken. { $why } The other parts are kept, and only the missing ones cost anything when you try again.
    }
}

# What is said in a recording: /transcribe.

command-transcribe = Write down what is said in a recording
help-transcribe =
    Reply to a voice message, a recording, a video message or a film with /transcribe, or send one along. What is said comes as text, a long one as a file.
    With times, as subtitles: /transcribe srt. The language, if I get it wrong: --language de. You pay for the time it lasts, and up to three hours work.
option-times = With times, as subtitles
transcript-gaps = I could not hear { $gone } of { $made } parts; where you see […] words are missing. You do not pay for those parts.
error-no-transcription = I have no model that writes down what is said.
error-no-times = { $model } does not tell when what was said.{ $allowed ->
    [none] {""}
   *[other] {" "}These do: { $allowed }. Choose one with --model.
}
