# A person's own files in the vendor's library: added under a name, then named in the words of films.

command-assets = Your own pictures, videos and sounds to name in films
option-name = What to call it, one word
help-assets =
    Keeps a picture, a video or a sound for your films under a name. Send it with /assets NAME as its caption, or reply to it: /assets cat
    When it is ready, name it with an @ before it: /video @cat runs over the roofs
    /assets alone shows what you have. Only you can see and use it.

assets-none = You have no files here yet. Send a picture, a video or a sound with /assets NAME as its caption, or reply to one with /assets NAME.
assets-title = { $count ->
    [one] Your file for films:
   *[other] Your { $count } files for films:
}
assets-line = • { $name }: { $kind ->
    [video] video
    [audio] sound
   *[image] picture
}, { $state ->
    [active] ready
    [failed] did not work
   *[other] being checked
}, { $ago } ago
assets-how = Name them in /video with an @ before the name.
asset-added = I have your file and call it “{ $name }”. The AI service looks at it first; I tell you when you can use it.
asset-ready = “{ $name }” is ready. Name it in /video with an @ before the name.
asset-failed = “{ $name }” cannot be used: { $why ->
    [error-real-face] the AI service takes no files that show the face of a real person.
    [error-copyrighted] the AI service takes it for somebody else’s work.
    [error-moderated] the AI service refused it because of its content rules.
    [error-asset-late] the AI service did not finish looking at it. Try once more later.
    [error-unsure] the line broke while I was handing it over. Try once more.
    [error-no-link] the AI service cannot fetch files from me at the moment.
   *[other] the AI service did not take it. Try once more, or use another file.
}
asset-sure = Delete “{ $name }”? Films that need it and have not begun are not made, and cost nothing.
button-asset-delete = Delete { $name }

error-no-library = Nothing here can keep files of your own at the moment. You can still send them along with /video.
error-asset-name = { $name ->
    [none] How shall I call it? Write the name behind the command: /assets cat
   *[other] I cannot call it “{ $name }”. Use up to 32 letters and digits, - or _, without a gap; a number alone or image1 will not do. For example: /assets cat
}
error-asset-taken = You already have a file called “{ $name }”. Choose another name, or delete that one in /assets.
error-asset-not-ready = { $state ->
    [failed] Your file “{ $name }” did not work, so I cannot use it. Delete it in /assets and add it again.
   *[other] Your file “{ $name }” is not ready yet. I tell you when it is; nothing was ordered.
}
error-no-assets-here = { $model } cannot work with the files of /assets.{ $allowed ->
    [none] {""}
   *[other] {" "}These can: { $allowed }
}
error-asset-late = The AI service did not finish looking at your file. Try once more later.
