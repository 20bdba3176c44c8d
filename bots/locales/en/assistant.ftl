# The assistant itself: how it thinks and searches, what it keeps in mind, what it asks before it acts.

effort-auto = as it likes
effort-off = off
effort-low = low
effort-medium = medium
effort-high = high
effort-max = max
think-picker = How hard shall { $model } think before it answers here? Now: { $effort }. More thinking takes longer and costs more.
think-fixed = { $model } decides by itself how hard it thinks.{ $models ->
    [none] {""}
   *[other] {" "}These can be told: { $models } – choose one with /model.
}
think-chosen = { $effort ->
    [auto] { $model } decides by itself again how hard it thinks here.
    [off] From now on { $model } answers here without thinking first.
   *[other] From now on { $model } thinks here with { $named } effort.
}

search-state = { $state ->
    [on] I may search the web for every question here. For a single question there is /search QUESTION.
   *[off] I do not search the web here. For a single question: /search QUESTION. For all of them:
}
search-on = From now on I search the web here when a question needs it; { $model } answers.{ $paid ->
    [yes] {" "}Each search costs { $price } besides.
   *[no] {""}
}
search-off = I do not search the web here any more. A single question still works: /search QUESTION
button-search-on = Search always
button-search-off = Do not search

system-now =
    Your instructions here:
    { $text }
system-none = You have given me no instructions of your own here. Write how I shall answer, for example: /system Answer in one sentence, like a pirate
system-set = From now on I follow your instructions here; they stand in place of a persona. /system none takes them back.
system-off = Your instructions are gone. I answer here as before.
button-system-off = Take them back

remembered = Remembered: { $fact }{ $where ->
    [nowhere] {" "}(I use no memories at the moment: /settings changes that.)
   *[other] {""}
}
memories-none = I remember nothing about you yet. Tell me something with /remember, for example: /remember I eat no meat
memories-title = { $count ->
    [one] One thing I remember about you:
   *[other] { $count } things I remember about you:
}
memories-where = { $where ->
    [everywhere] I use them wherever you talk to me. /settings changes that.
    [nowhere] I use them nowhere at the moment. /settings changes that.
   *[private] I use them only where nobody else reads along. /settings changes that.
}
forget-which = That fits several. Which one shall I forget?
forget-nothing = I remember nothing like “{ $which }”. /memories shows everything.
forget-sure = { $count ->
    [one] Forget the one thing I remember about you? This cannot be undone.
   *[other] Forget all { $count } things I remember about you? This cannot be undone.
}
forgotten = Forgotten: { $fact }
forgotten-all = { $count ->
    [one] Done: I have forgotten it.
   *[other] Done: I have forgotten all of it.
}

summary-now =
    This conversation is long. The model reads its last part word by word, and of all before it only this:
    { $text }
summary-none = There is no summary: the model reads this conversation word by word, as far back as it can.
summary-sure = Forget this summary? From then on I know nothing of the older part; you can still read it here.
summary-reset = Forgotten: of the older part I know nothing any more.
button-summary-reset = Forget the summary

export-done = This conversation, as it stands.
export-empty = There is nothing to export here yet.
export-title = A conversation
export-left-out = { $count ->
    [one] The oldest question is left out: it does not fit into one file.
   *[other] The oldest { $count } questions are left out: they do not fit into one file.
}
export-you = You
export-other = Somebody else
export-continued = go on
export-image = picture
export-document = document
export-audio = recording
export-video = video

proposal-done = ✓ Done: { $title }
proposal-left = Left undone: { $title }
proposal-gone = This cannot be done any more as I asked: { $title }. Ask me again if you still want it.
proposal-failed = That did not work: { $title }. Ask me again if you still want it.

button-set-thoughts = { $state ->
    [on] ✓ Show thinking
   *[off] ✗ Show thinking
}
button-set-cost = { $state ->
    [on] ✓ Show prices
   *[off] ✗ Show prices
}
button-set-tools = { $state ->
    [on] ✓ Use tools
   *[off] ✗ Use tools
}
button-set-voice = { $state ->
    [on] ✓ Read answers aloud
   *[off] ✗ Read answers aloud
}
button-set-ask = { $above ->
    [none] Ask before every order I make myself
   *[other] Ask before my own orders above { $above }
}
button-set-memories = { $where ->
    [everywhere] Memories: used everywhere
    [nowhere] Memories: not used
   *[private] Memories: used in private
}
