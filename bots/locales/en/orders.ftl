# Orders on their way, their buttons, and money.

job-accepted = { $kind ->
    [image] 🎨 { $model } is drawing · { $price }
    [video] 🎬 { $model } is filming · { $price }
    [audio] 🔊 { $model } is at work · { $price }
   *[other] { $model } is at work · { $price }
}
job-cancelled = Cancelled. Your credits are back.
job-muted = It is at the AI service already, which charges for it anyway. I will not deliver it; should it fail, your credits come back.
jobs-none = You have not ordered anything yet. Try /image or /video.
jobs-title = Your last orders:
jobs-line = { $number }. { $state }{ $progress } · { $model } · { $price } · { $ago } ago – { $prompt }
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
    What I keep about you: your conversations with me, your orders and their prices, what I remember about you (/memories), your settings, your name and number on this platform.
    Files you send are kept for { $hours } hours, pictures and videos I make for { $days } days. What you write goes to the AI service that answers.
    You can have all of it as a file, or delete it. Sums of credits stay, without any text.
privacy-export = Everything I keep about you.
privacy-sent = I sent it to you in private.
privacy-no-dm = I may not write to you in private. Open a private chat with me first, then try again.
privacy-sure = Delete your conversations, orders, memories and settings for good? This cannot be undone.
privacy-erased = Done: your conversations, orders, memories and settings are deleted.
privacy-kept = All right, everything stays as it is.
button-export = Give me all of it
button-erase = Delete it
button-erase-sure = Yes, delete
button-keep = No, keep it
