# Under answers, with results, and while work goes on.

answer-length = ✂ This is as long as one answer may be. Ask me to go on.
answer-refused = The model stopped here because of its content rules.
answer-cut = ⚠ The line to the model broke here.
answer-stopped = ⏹ Stopped.
answer-interrupted = ⚠ I was interrupted here.
answer-empty = The model finished without a word. Please try again, or ask differently.
answer-long = ✍ This is getting long. The whole answer comes as a file when it is done.
answer-as-file = The answer is too long for messages. Here is all of it.
button-stop = ⏹ Stop
button-retry = Try again
button-vary = Vary
button-upscale = Upscale
button-reference = Reference
button-still = Last frame
button-gif = GIF
button-file = Original
button-files = Originals
button-tiles = Tiles
button-seed = Seed
button-short = Shorten
button-back = « All

deliver-caption =
    { $model } · { MONEY($price) }
    { $prompt }
deliver-action = { $action ->
    [blend] blended
    [describe] described
    [upscale] upscaled
    [vary] varied
    [variation] varied
    [reroll] redrawn
    [zoom] zoomed out
    [custom_zoom] zoomed out
    [pan] widened
    [inpaint] a part changed
    [extend] continued
    [dub] with a new sound
    [words] written down
    [clip] as a video clip
    [rewrite] changed
   *[other] {""}
}
deliver-pick = { $count } pictures. Choose one to go on with, by its number.
deliver-partly = Only { $found } of { $made } came.{ $paid ->
    [less] {" "}You do not pay for the others.
    [none] {" "}You do not pay for any of it.
   *[all] {""}
}
deliver-smaller = The original has { SIZE($size) }, too large for this chat: this is a smaller version.
deliver-link = { $name } has { SIZE($size) }, too large for this chat. You can fetch it here for a week: { $url }
deliver-unsendable = { $name } has { SIZE($size) }, too large for this chat, and I have no other way to bring it. Ask my owner to set PUBLIC_URL; the result waits in /jobs.
deliver-gone = The result was ready, but its file is not kept any more. Please order it again.
deliver-done = { $kind ->
    [image] ✓ The picture is ready, see below.
    [video] ✓ The video is ready, see below.
   *[other] ✓ It is ready, see below.
}
deliver-failed = { $kind ->
    [image] ✗ There is no picture this time, see below.
    [video] ✗ There is no video this time, see below.
   *[other] ✗ That did not work, see below.
}
progress-line =
    { $kind ->
        [image] 🎨
        [video] 🎬
        [audio] 🎵
       *[other] ⏳
    } { $model } · { MONEY($price) }
    { $state ->
        [shot] Shot { $shot } of { $shots }
        [queued] Waiting for its turn
        [sending] Being sent
        [ready] Being delivered
       *[other] In the making
    }{ $known ->
        [yes] {" "}{ $bar } { $percent } %
       *[no] {""}
    } · { SPAN($elapsed) }{ $word ->
        [usual] , usually about { SPAN($left) }
        [left] , about { SPAN($left) } left
        [late] , longer than usual
       *[none] {""}
    }

reminder = Reminder: { $text }

# Beside an answer: the thinking, the tools, what they ask, what it cost.

answer-thinking = 💭 Thinking …
answer-below = ⬇ See below.
answer-cost = { $model } · { $input } tokens in, { $output } out{ $thoughts ->
    [0] {""}
   *[other] {" "}({ $thoughts } of them thinking)
}{ $searches ->
    [0] {""}
    [one] {" "}· 1 search
   *[other] {" "}· { $searches } searches
} · { $about ->
    [yes] ≈ { MONEY($price) }
   *[no] { MONEY($price) }
}
read-voice = I heard: “{ $words }”
button-continue = Go on
button-yes = ✓ Yes
button-no = ✗ No

doing-tool = ⚙ Using a tool …
doing-draw_picture = 🎨 Drawing a picture …
doing-edit_picture = 🎨 Changing a picture …
doing-make_video = 🎬 Ordering a video …
doing-make_music = 🎵 Ordering music …
doing-speak = 🔊 Having it read aloud …
doing-search_history = 🔎 Looking through our conversation …
doing-fetch_page = 🌐 Reading a page …
doing-calculate = 🧮 Calculating …
doing-remember = 📝 Making a note …
doing-set_reminder = ⏰ Setting a reminder …

proposal-ask = { $tool ->
    [draw_picture] May I draw this picture?
    [edit_picture] May I change the picture like this?
    [make_video] May I make this video?
    [make_music] May I make this music?
    [speak] May I read this aloud?
    [remember] May I remember this?
    [forget_memory] May I forget this?
    [set_reminder] May I remind you of this?
    [cancel_reminder] May I delete this reminder?
   *[other] May I do this?
}
proposal-price = It costs { MONEY($price) }.
