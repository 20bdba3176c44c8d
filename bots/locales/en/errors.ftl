# What went wrong, in one sentence that says what to do. Every key of core/errors.py is here.

error-internal = Something went wrong on my side. Please try again. If it stays, tell my owner this reference: { $reference }

error-empty-prompt = { $command ->
    [say] What shall I read aloud? Write it after the command, or reply to a message: /say Good morning
    [chat] What would you like to know? Write your question after /chat.
    [image] What shall I draw? Write it after the command, for example: /image a red fox in the snow
    [search] What shall I look up? Write it after the command, for example: /search when does the next train to Oslo leave
    [remember] What shall I remember? Write it after the command, for example: /remember I eat no meat
    [mj] What shall Midjourney draw? Write it after the command, for example: /mj a lighthouse in a storm --ar 16:9
    [shorten] What shall I shorten? Write it after /mj shorten, or reply to a description.
    [edit] What shall I change? Write it after the command, for example: /edit make the sky purple
    [storyboard] What happens in the film? Write it after the command or reply to a text, for example: /storyboard A knight rides through rain. He sees a light. He knocks at the door.
    [music] What would you like to hear? Write it after the command, for example: /music a calm folk song about the sea
    [lyrics] What is the song about? Write it after the command, for example: /lyrics a rock song for a cat
    [video] What shall I film? Write it after the command, for example: /video a cat on the moon
   *[other] Please write what you want after the command.
}
error-prompt-too-long = That is too long: { $length } characters, and I can take { $limit }. Please shorten it.
error-unknown-model = I do not know a model “{ $name }”. You can choose: { $allowed }
error-no-models = I have no models for that. My owner can add some in the configuration file.
error-unknown-option = There is no option “{ $name }” here. You can use: { $allowed }
error-several-at-once = “{ $words }” would order several pictures at once. Write it without the braces, or order one after the other.
error-bad-option = “{ $value }” does not fit { $name }. You can use: { $allowed }
name-always = this switch
name-effort = the thinking
name-action = the action
name-files = the number of files
name-format = the format
name-language = language
name-person = any person I know
name-persona = persona
name-length = the length of your file in seconds
name-mode = the mode
name-plan = plan
name-only = the part to change
name-region = the part to change
error-missing-value = The option { $name } needs a value right behind it, for example: --{ $name } …
error-needs-input = { $command ->
    [transcribe] I need a recording or a film for that. Reply to one with /transcribe, or send one with /transcribe as its caption.
    [voice] I need a recording of the voice: send a voice message, or reply to one, with /voice clone NAME.
    [edit] I need a picture for that. Send one with /edit as its caption, or reply to a picture with /edit and what to change.
    [video] This model needs a picture to start from. Send one with /video as its caption, or reply to a picture.
    [blend] I need two to five pictures to blend. Send them together, with /mj blend as the caption.
    [describe] I need a picture to describe. Send one with /mj describe as its caption, or reply to one.
    [shape] I need two pictures: the one to change, and last the one that shows where. Or reply to a picture with your drawing.
   *[other] I need a picture for that. Send one along, or reply to one.
}
error-bad-file = I cannot use the file “{ $name }”. What works here: { $allowed }
error-unclear-shape = I cannot make out which part you mean. Draw a closed line around it, or fill it in one colour. In a picture in black and white, white is what changes.
error-file-too-large = That file is too large: { SIZE($size) }. I can take { SIZE($limit) }.
error-files-too-large = These files are too large together: { SIZE($size) }. I can take { SIZE($limit) } at once.
error-unreadable-file = { $why ->
    [locked] “{ $name }” is protected with a password. Please send it without one.
    [slow] “{ $name }” is too heavy for me to read. Send the pages that matter, or paste them as text.
    [empty] I found no text in “{ $name }”. If its pages are scans, send them as pictures.
    [kind] I cannot read “{ $name }”. I can read PDF, Word, PowerPoint and Excel files (.docx, .pptx, .xlsx), and any plain text: Markdown, CSV, JSON, source code.
   *[broken] “{ $name }” is damaged, so I cannot read it. Save it again and send it once more.
}
error-unfit-file = { $why ->
    [short] { $kind ->
        [audio] The recording
       *[video] The video
    } lasts { $found } s, and this model needs at least { $limit } s. Please send a longer one.
    [long] { $kind ->
        [audio] The recording
       *[video] The video
    } lasts { $found } s, and I can work on { $limit } s at most. Please send a shorter one.
    [total] The films or recordings last { $found } s together already, and this model takes { $limit } s in all. Send fewer, or shorter ones.
    [ratio] { $kind ->
        [image] The picture
       *[video] The video
    } is too long and narrow for this model: its width is { $found } times its height, the limit is { $limit }. Crop it and send it again.
   *[small] { $kind ->
        [image] The shorter side of the picture
       *[video] The shorter side of the video
    } has { $found } pixels, and this model needs at least { $limit }. Please send a larger one.
}
error-sound-too-long = That goes on for { SPAN($length) }. I can listen to { SPAN($limit) } at most: please send a shorter piece.
error-file-lost = I could not fetch that file. Please send it again.
error-cannot-read = { $what ->
    [sticker] I cannot see stickers. Tell me in words?
    [voice] This command takes no voice message. Write what you want after it, or send the voice message without a command.
    [audio] This command takes no recordings. To ask about one, send it without a command.
    [video] This command takes no videos. To ask about one, send it without a command.
    [video_note] This command takes no video messages. To ask about one, send it without a command.
    [document] This command takes no documents. To ask about one, send it without a command.
    [location] I cannot read locations. Tell me the name of the place?
    [contact] I cannot read contacts. What would you like to know?
    [poll] I cannot read polls. Write me the question?
   *[other] I cannot read that kind of message. Text, pictures, documents, recordings and videos work.
}
error-no-vision = The model { $model } cannot see pictures. These can: { $allowed } – choose one with /model.
error-no-search = None of my models can search the web. My owner can add one in the configuration file.
error-no-hearing = This model cannot listen, and I have none that could write down what is said. Please write it, or choose another model with /model.
error-no-speech = I have no model that reads aloud. Send a voice message or a sound file instead.
error-no-effort =
    The thinking of { $model } cannot be set to “{ $value }”.{ $allowed ->
        [none] {""}
       *[other] {" "}It knows: { $allowed }.
    }{ $models ->
        [none] {""}
       *[other] {" "}These can: { $models } – choose one with /model.
    }
error-too-much-kept = { $what ->
    [voices] You have { $limit } voices of your own already, and I keep no more. One has to go first: see /voice.
    [reminders] You have { $limit } reminders already, and I keep no more. One has to go first: just ask me to cancel it.
    [assets] You have { $limit } files already, and I keep no more. One has to go first: see /assets.
   *[memories] I know { $limit } facts about you already, and I keep no more. One has to go first: see /memories.
}
error-wrong-input =
    { $model } cannot work with { $kind ->
        [image] a picture
        [video] a video
        [audio] a recording
       *[other] such a file
    }.{ $allowed ->
        [none] {""}
       *[other] {" "}These can: { $allowed } – choose one with --model.
    }
error-wrong-mix =
    { $able ->
        [yes] These files are not what { $model } needs for { $mode ->
            [frames] a first and a last frame: I need two pictures.
            [references] that: I need pictures it shall look like.
            [omni] that: I need pictures, films or sounds it shall look and sound like.
            [edit] that: I need a film to change.
            [extend] that: I need a film to go on from.
            [motion] that: I need a picture and a film whose movement it takes.
            [avatar] that: I need a portrait and a voice.
            [lip_sync] that: I need a film and a voice.
            [image] that: I need a picture to begin with.
           *[other] that.
        }
       *[no] { $model } cannot { $mode ->
            [text] film from words alone
            [image] begin with a picture
            [frames] film from a first to a last frame
            [references] look like several pictures
            [omni] look and sound like such files
            [edit] change a film
            [extend] go on from a film
            [remix] make a film anew
            [motion] take movement from a film
            [avatar] let a portrait speak
            [lip_sync] give a film another voice
           *[other] film several shots
        }.
    }{ $allowed ->
        [none] {""}
       *[other] {" "}These can: { $allowed } – choose one with --model.
    }
error-no-link = This model fetches { $kind ->
        [video] a film
        [audio] a recording
        [image] a picture
       *[other] such a file
    } by itself, and cannot reach me. My owner has been told how to change that; nothing was charged.
error-bad-command = That did not make sense to me. Write it like this: { $usage }
error-unknown-command = I do not know { $command }. Did you mean { $near }? /help lists everything I can do.
error-anonymous = You are writing anonymously, so I cannot tell whose credits to use. Please write as yourself.

error-banned = You cannot use this bot.
error-not-invited = This bot is private. If you know its owner, ask for an invitation code and send it to me as /start CODE.
error-bad-code = That code does not work. It may be used up or expired: please ask for a new one.
error-owners-only = Only the owner of this bot can do that.

error-over-quota = That costs { MONEY($needed) }, and you have { MONEY($left) } left. { $renews ->
    [0] Ask the owner for more.
   *[other] You get new credits on { MOMENT($renews) }.
}
error-group-over-quota = That costs { MONEY($needed) }, and this group has { MONEY($left) } left. { $renews ->
    [0] Ask the owner for more.
   *[other] The group gets new credits on { MOMENT($renews) }.
}
error-house-limit = Today's budget of this bot is used up. It opens again on { MOMENT($renews) }.
error-too-fast = That was quick! Please wait { SPAN($seconds) } and try again.
error-too-many-jobs = { $limit ->
    [one] One order of yours is still on its way. Wait for it, or stop it with /cancel.
   *[other] { $limit } orders of yours are still on their way. Wait for one, or stop one with /cancel.
}
error-queue-full = { $limit ->
    [one] A message of yours is waiting already. Let me catch up, or clear it with /stop.
   *[other] { $limit } messages of yours are waiting already. Let me catch up, or clear them with /stop.
}
error-files-busy = { $whose ->
    [own] I am still preparing files of yours for other orders. Wait for those, then send this again; nothing was charged.
   *[all] I have many files to prepare right now. Please send this again in a few minutes; nothing was charged.
}

error-nothing-running = There is nothing running that I could act on.
error-nothing-to-continue = There is nothing to go on with: that answer is whole.
error-not-yours = These buttons are for whoever asked. Use the command yourself.
error-ordered-already = That one is on its way already.
error-job-gone = I do not have that order any more.
error-source-gone = What this was to be made from was not made, or I do not have it any more. So I did not send it, and nothing was charged.
error-not-made = { $paid ->
    [yes] Everything for it is made, but I could not put it together. What was made stays paid and is kept: trying again puts it together anew and costs nothing.
   *[no] I could not put this together. Nothing was charged; please try again, or with other files.
}
error-answer-gone = I do not have that message any more. Please send it again.

error-gateway-unreachable = I cannot reach the AI service right now. Nothing was charged. Please try again in a minute.
error-unsure = The line broke while I was sending your order, and I cannot tell whether it arrived. Your credits are back; I did not send it twice.
error-gateway-key = The AI service does not accept my key. My owner has been told; nothing was charged.
error-gateway-funds = My account at the AI service is empty. My owner has been told; nothing was charged.
error-gateway-model = The AI service does not offer { $model } at the moment. Please choose another model.
error-moderated = The AI service refused this request because of its content rules. Try other words; nothing was charged.
error-banned-word = The AI service does not draw “{ $word }”. Leave that word out; nothing was charged.
error-declined = The model drew nothing, but wrote: “{ $words }” Nothing was charged; try other words.
error-real-face = The AI service takes no files that show the face of a real person. Use another one, or describe the person in words; nothing was charged.
error-copyrighted = The AI service refused one of your files because it seems to be somebody else’s work. Use another one; nothing was charged.
error-file-refused = The AI service refused one of your files because of its content rules. Use another one; nothing was charged.
error-withheld = The AI service made this, but withheld it because of its content rules. Change the description a little and try again; nothing was charged.
error-sound-withheld = The AI service made this, but withheld it because of its sound. Turn the sound off, or describe another one; nothing was charged.
error-gateway-request = The AI service did not accept this request. Try other options or another model; nothing was charged.
error-file-format = The AI service cannot read one of your files. Send pictures as JPEG or PNG, videos as MP4 and sounds as MP3; nothing was charged.
error-gateway-busy = The AI service is busy. Please try again in a minute; nothing was charged.
error-gateway-down = The AI service has a problem right now. Please try again in a few minutes.
error-no-result = The AI service finished but sent no result. Nothing was charged; please try again.
error-not-public = It was made, but the AI service keeps it where nobody else can fetch it. Nothing was charged, and my owner has been told.
error-voice-gone = This voice is not there any more; the service deletes voices that are not used for a week. Clone it again with /voice. Nothing was charged.
error-bad-sample = The service could not make a voice of this recording. Send 10 seconds to 5 minutes of one person speaking clearly. Nothing was charged.
error-task-failed = The AI service could not make this. Nothing was charged; try again or change the description.
error-task-expired = This took too long, so I stopped waiting. Nothing was charged; please try again.
