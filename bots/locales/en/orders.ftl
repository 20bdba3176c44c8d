# Orders on their way, their buttons, and money.

job-accepted = { $kind ->
    [image] 🎨 { $model } is drawing · { $price }
    [video] 🎬 { $model } is filming · { $price }
    [audio] 🔊 { $model } is at work · { $price }
    [dub] 🔊 The new sound is on its way · { $price }
    [words] 📝 { $model } is listening · { $price }
    [clip] 🎬 The video clip is on its way · { $price }
   *[other] { $model } is at work · { $price }
}{ $about ->
    [0] {""}
   *[other] {" "}· about { SPAN($about) }
}
fit-told = Adjusted for this model: { $changes }.
fit-and = { $before }; { $after }
fit-trimmed = { $kind ->
    [audio] recording shortened to { $value } s
   *[video] video shortened to { $value } s
}
fit-scaled = { $kind ->
    [image] picture made smaller
   *[video] video made smaller
}
fit-converted = { $kind ->
    [image] picture converted
    [audio] recording converted
   *[video] video converted
}
fit-enlarged = video made larger
fit-cropped = picture cropped at its edges
fit-shaped = shape { $value }, like your picture
job-cancelled = Cancelled. Your credits are back.
job-muted = It is at the AI service already, which charges for it anyway. I will not deliver it; should it fail, your credits come back.
job-looking = I am looking whether it is there after all. I will tell you in a minute or two.
job-still-nothing = I looked again: there is still nothing. You can have me look again later; should it come after all, it costs you nothing.
jobs-none = You have not ordered anything yet. Try /image or /video.
jobs-title = Your last orders:
jobs-line = { $number }. { $state }{ $progress }{ $word ->
    [usual] {" "}(usually about { SPAN($left) })
    [left] {" "}(about { SPAN($left) } left)
    [late] {" "}(longer than usual)
   *[none] {""}
} · { $model } · { $price } · { $ago } ago – { $prompt }
job-state-queued = waiting
job-state-sending = being sent
job-state-waiting = in the making
job-state-modal = in the making
job-state-ready = being delivered
job-state-done = ✓ done
job-state-failed = ✗ failed, refunded
job-state-cancelled = cancelled
job-state-unsure = ✗ lost on the way, refunded
job-state-undelivered = done, could not be delivered
delete-failed = I could not delete all of it; some messages are too old for me.

button-cancel = Cancel
button-again = Again
button-check = Check again
button-show = Show
button-delete = Delete

balance-own = Your credits
balance-group = The credits of this group
balance-daily = { $renews ->
    [0] Today: { $left } left of { $allowance }
   *[other] Today: { $left } left of { $allowance }, renewed on { MOMENT($renews) }
}
balance-kept = Given to you, without expiry: { $kept }
balance-plan = Plan: { $plan }
balance-unlimited = You are an owner: no limits for you.
usage-title = { $days ->
    [one] You spent { $total } in the last day:
   *[other] You spent { $total } in the last { $days } days:
}
usage-none = { $days ->
    [one] You spent nothing in the last day.
   *[other] You spent nothing in the last { $days } days.
}
usage-line = { $what } · { $model } · { $times } × · { $price }
usage-rest = All others · { $price }

privacy-text =
    What I keep about you: your conversations with me, your orders and their prices, what I remember about you (/memories), your own files for films (/assets), your own voices with the recordings they were cloned from (/voice), your settings, your name and number on this platform.
    Files you send are kept for { $hours } hours, pictures and videos I make for { $days } days. What you write goes to the AI service that answers; what you add to /assets stays there, also when I delete my entry of it, and a cloned voice until it has not spoken for a week.
    You can have all of it as a file, or delete it. Sums of credits stay, without any text.
privacy-export = Everything I keep about you.
privacy-sent = I sent it to you in private.
privacy-no-dm = I may not write to you in private. Open a private chat with me first, then try again.
privacy-sure = Delete your conversations, orders, memories, voices and settings for good? This cannot be undone.
privacy-erased = Done: your conversations, orders, memories, voices and settings are deleted.
privacy-kept = All right, everything stays as it is.
button-export = Give me all of it
button-erase = Delete it
button-erase-sure = Yes, delete
button-keep = No, keep it
