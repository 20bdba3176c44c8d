# Songs and their words.

command-music = Make a song, from a wish or from its words
command-lyrics = Write the words of a song
help-music =
    Say what you would like to hear: /music a calm folk song about the sea
    Or give me the words, with [Verse] and [Chorus] on lines of their own; they are sung as they are. Or reply to words with /music, and write their style behind it.
    A title: --title "Night Road". Without a voice: --instrumental on. Pictures that you send along set the mood.
    Below a song: ⏩ goes on from its end, and the other buttons make a video clip of it or show its words.
help-lyrics =
    Say what the song is about: /lyrics a rock song for a cat
    Below the words are buttons that sing or change them. Or reply to them and say what shall be different.
option-theme = What the song is about
option-title = The title of the song
option-instrumental = Without a voice

progress-listen = 🎧 You can listen already: { $url }
button-words = Lyrics
button-clip = { $number ->
    [0] 🎬 Video clip
   *[other] 🎬 Video clip { $number }
}
button-sing = 🎤 Sing it · { MONEY($price) }
button-rewrite = Edit · { MONEY($price) }
form-rewrite = What shall be different
wanted-rewrite = { $where ->
    [private] What shall be different about the words? Your next message changes them ({ $price }), /cancel calls it off.
   *[group] What shall be different about the words? Reply to this message ({ $price }).
}
song-ask-words = { $where ->
    [private] How does the song go on? Your next message holds the words that come next, best under [Verse] or [Chorus] ({ $price }); /cancel calls it off.
   *[group] How does the song go on? Reply to this message with the words that come next, best under [Verse] or [Chorus] ({ $price }).
}
error-option-too-long = { $name ->
    [title] The title
    [style] The style
   *[other] “{ $name }”
} is too long: { $length } characters, and this model takes { $limit }. Please shorten it.
error-sung-instrumental = These words are to be sung, but you asked for a piece without a voice. Leave out --instrumental, or say in your own words what the music shall be like.
