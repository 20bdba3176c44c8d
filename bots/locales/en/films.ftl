# What can be done with a film that is there, and portraits that speak.

button-longer = Go on
button-sound = New sound

wanted-longer = { $where ->
    [private] What happens next? Your next message is the order ({ $price }), /cancel calls it off.
   *[group] What happens next? Reply to this message ({ $price }).
}
wanted-sound = { $where ->
    [private] { $speech ->
        [yes] How shall it sound? Send a voice message or a sound file (free), or write what shall be said ({ $price }). /cancel calls it off.
       *[no] How shall it sound? Send a voice message or a sound file (free). /cancel calls it off.
    }
   *[group] { $speech ->
        [yes] How shall it sound? Reply to this message with a voice message or a sound file (free), or with what shall be said ({ $price }).
       *[no] How shall it sound? Reply to this message with a voice message or a sound file (free).
    }
}
form-longer = What happens next
form-sound = What shall be said
change-sure = { $model } would change it for { $price }; the film itself was { $film }. Shall I?
upscale-sure = { $model } would make it sharper for { $price }; the film itself was { $film }. Shall I?
price-at-most = at most { $price }
