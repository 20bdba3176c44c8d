# Storyboards: the list of shots, one of them opened, and what becomes of them.

board-title = 🎬 { $model }{ $seconds ->
        [0] {""}
       *[other] {" "}· { $seconds } s
    } · { $price }{ $options ->
        [none] {""}
       *[other] {" "}· { $options }
    }
board-line = { $number } · { $seconds ->
        [0] {""}
       *[other] { $seconds } s{"  "}
    }{ $words }
board-way = { $way ->
    [together] All shots are filmed in one order.
    [joined] Filmed shot by shot: each begins where the one before ends, and I join them.
    [apart] Filmed shot by shot, and I join them.
   *[alone] One shot.
}
board-hint = Press a number to change that shot.
board-shot = Shot { $number } of { $count }{ $seconds ->
        [0] {""}
       *[other] {" "}· { $seconds } s
    }
    { $words }
board-dropped = Never mind, then. Nothing was ordered.
board-partly = ✗ a shot is missing

button-film = Film it · { $price }
button-cut-anew = Cut anew
button-shot-words = Change words
button-shorter = − { $seconds } s
button-longer-shot = + { $seconds } s
button-shot-remove = Remove
button-shot-add = Add one behind
button-shots = ◀ All shots
button-redo = Redo { $number }
button-redo-same = Same words · { $price }
button-redo-words = Change shot { $number }
button-redo-failed = { $count ->
    [one] Redo shot { $numbers } · { MONEY($price) }
   *[other] Redo shots { $numbers } · { MONEY($price) }
}

wanted-shot = { $where ->
    [private] How shall shot { $number } go? Your next message is all of it, at most { $limit } characters; /cancel calls it off. So far it is:
   *[group] How shall shot { $number } go? Reply to this message with all of it, at most { $limit } characters. So far it is:
    }
    { $words }
wanted-redo = { $where ->
    [private] How shall shot { $number } go now ({ $price })? Your next message is all of it, at most { $limit } characters; /cancel calls it off. So far it is:
   *[group] How shall shot { $number } go now ({ $price })? Reply to this message with all of it, at most { $limit } characters. So far it is:
    }
    { $words }
redo-sure = Shot { $number } once more, for { $price }; the shots that are there stay. It says:
    { $words }
wanted-newshot = { $where ->
    [private] What happens after shot { $number }? Your next message is the new shot, at most { $limit } characters; /cancel calls it off.
   *[group] What happens after shot { $number }? Reply to this message with the new shot, at most { $limit } characters.
}
form-shot = What is seen in this shot
form-newshot = What is seen in the new shot
form-redo = What is seen in this shot now

name-shots = the number of shots
error-shot-gone = This shot is not in the storyboard any more.
error-shot-failed = { $made ->
    [0] { $why }
   *[other] { $count ->
        [one] Shot { $numbers } of { $total } could not be filmed. The other shots are kept, and you pay only for them. About the missing one: { $why }
       *[other] Shots { $numbers } of { $total } could not be filmed. The other shots are kept, and you pay only for them. About the first that is missing: { $why }
    }
}
