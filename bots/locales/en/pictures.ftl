# Pictures: better words, the buttons of Midjourney, the gallery.

wanted-reference = { $where ->
    [private] What shall I draw with it as a reference? Your next message is the order ({ $price }), /cancel calls it off.
   *[group] What shall I draw with it as a reference? Reply to this message ({ $price }).
}
form-ask = Your question
form-edit = What shall change
form-animate = What shall happen
form-reference = What shall I draw
form-mj = Description
form-region = Which part

picture-picked = Picture { $number } of { $count }:

better-offer =
    I would put it like this:
    { $prompt }
    Drawing it costs { $price }.
button-better = Draw this
button-own-words = My own words

region-left = Left half
region-right = Right half
region-top = Upper half
region-bottom = Lower half
region-centre = Centre
region-shape = I draw it

mj-which-region = Which part shall change?
mj-ask-words = { $where ->
    [private] How shall it be now? Your next message is the whole description ({ $price }), /cancel calls it off. So far it is: { $prompt }
   *[group] How shall it be now? Reply to this message with the whole description ({ $price }). So far it is: { $prompt }
}
mj-ask-region = { $where ->
    [private] What shall be there? Your next message is the order ({ $price }), /cancel calls it off.
   *[group] What shall be there? Reply to this message ({ $price }).
}
mj-ask-shape = { $where ->
    [private] Send me your drawing, with what shall be there as its caption ({ $price }); /cancel calls it off. Draw on a copy of the picture, or make one in black and white: white is what changes.
   *[group] Reply to this message with your drawing, and with what shall be there as its caption ({ $price }). Draw on a copy of the picture, or make one in black and white: white is what changes.
}
mj-ask-drawn = { $where ->
    [private] I have your drawing. What shall be there? Your next message is the order ({ $price }), /cancel calls it off.
   *[group] I have your drawing. What shall be there? Reply to this message ({ $price }).
}
mj-short = In short; each costs { $price }:
button-draw = Draw { $number }
mj-tiles = The four pictures one by one.
mj-seed-which = Whose seed? Reply to one of my Midjourney pictures with /mj seed, or press the button below it.
mj-seed-none = Midjourney does not tell the seed of this one.
mj-seed = The seed is { $seed }. With --seed { $seed } and the same words it comes out alike.

film-still = The last frame. What shall I do with it?
film-gif = The film as a GIF.

gallery-caption =
    { $number }. { $model } · { $price } · { $ago } ago
    { $prompt }
gallery-empty = { $where ->
    [private] There is nothing to show yet. Try /image or /video.
   *[group] You had nothing made in this group yet. Try /image or /video.
}
gallery-end = There is nothing more in this direction.
button-older = Older ▶
button-newer = ◀ Newer
