# The command table: one line for each command (menus cut at 100 characters), its details for /help, and its options.

command-start = Say hello, or use an invitation code
command-help = What I can do, and how
command-chat = Ask me anything
command-search = Ask with a search of the web
command-image = Draw a picture
command-edit = Change a picture you send or reply to
command-mj = Midjourney: imagine, blend, describe, shorten, seed
command-video = Make a short video, from words or a picture
command-storyboard = Make a film of several shots from a script
command-new = Start a new conversation
command-stop = Stop the answer I am writing
command-continue = Go on with an answer that was cut short
command-retry = Try the last answer or order again
command-gallery = Your pictures, videos and sounds, one by one
command-jobs = Your pictures and videos, and how they are doing
command-cancel = Cancel an order
command-model = Choose who answers you
command-think = How hard I think before I answer
command-persona = Choose how I behave
command-system = Your own instructions for this conversation
command-remember = Tell me something to keep in mind
command-memories = What I remember about you
command-forget = Let me forget something
command-summary = What I know in short of a long conversation
command-export = This conversation as a file
command-balance = How many credits you have
command-usage = What you spent, and on what
command-settings = Your language, model, and how I answer
command-language = Choose the language I speak
command-privacy = What I keep about you; export it, delete it
command-admin = For the owner of this bot

help-start =
    Shows three examples to try.
    With a code it lets you in: /start CODE
help-help = Lists all commands, or explains one: /help video
help-chat =
    Just write to me in a private chat. In a group, write /chat, mention me, or reply to one of my messages.
    Voice messages work as well, and pictures, documents, recordings and videos with a question. While I answer I can draw, film, look things up, set reminders and more; what costs much I ask about first.
    Reply to any of my answers to go on from there; edit your question and I answer again.
help-search =
    I look it up on the web and say where it is from: /search when does the next train to Oslo leave
    For every question of this conversation: /search on, and /search off again.
help-image =
    Describe the picture, and add options anywhere: /image a red fox in the snow --ratio 16:9
    Send a picture along as a reference.
help-edit =
    Send a picture with /edit and what to change as its caption, or reply to a picture: /edit make the sky purple
    Several pictures become one: the first is changed, the others are references. Reply to one of my pictures with plain words and it is changed once more.
    Only a part of it: --only left, right, top, bottom, centre or background. Or draw on a copy of the picture (or make one in black and white, with white where it may change), send it as the last picture, with --only shape.
help-mj =
    Draws with Midjourney, with its own flags: /mj a lighthouse in a storm --ar 16:9 --s 250
    /mj blend mixes two to five pictures you send, /mj describe puts a picture into words, /mj shorten says long words in short, /mj seed as a reply tells a picture's seed.
    The buttons below a result are Midjourney's own. A picture you send along is a reference; --use style, character or omni takes only that from it.
help-video =
    Describe the scene, and add options anywhere: /video a cat on the moon --seconds 10 --ratio 9:16
    Send files along, or reply to one: a picture comes to life, two are its beginning and its end, a film is changed, a portrait speaks with a voice, or with words: --say "Hello". You can say what each is for, in their order, with first: last: ref: film: motion: voice:
    It takes a few minutes; I tell you when it is ready.
help-storyboard =
    Write what happens, or reply to a text: /storyboard A knight rides through rain. He sees a light. He knocks at the door. --seconds 12
    I cut it into 1 to 6 shots, with words and lengths you can change. Nothing is filmed or paid before you press the button.
help-new = I forget what we talked about and we start afresh. Your model and persona stay.
help-stop = Ends the answer I am writing, keeps what is there, and drops your messages that wait. You pay for what was written.
help-continue = Goes on where an answer broke off: with the last one, or with the one you reply to.
help-retry =
    Answers your last question again, or makes your last picture or video again. Reply to an answer to try just that one.
    With another model: /retry MODEL
help-gallery = Turns through everything I made for you, newest first, by buttons. In a group only what you had made there.
help-jobs = Your last ten orders with their state and price. Use the buttons to cancel, repeat or show one.
help-cancel = Stops an order. Before it is sent you get your credits back; later the AI service charges anyway, and I just do not deliver it.
help-model = Without a name: all models with their prices. With a name: that one answers from now on in this chat.
help-think = More thinking gives better answers to hard questions; it takes longer and costs more. auto leaves it to the model. Without a word: what holds now, with buttons.
help-persona = Without a name: all personas to choose from. /persona none turns it off.
help-system =
    How I shall answer in this conversation, in your own words: /system Answer in one sentence, like a pirate
    They stand in place of a persona. Without words: shows them. /system none takes them back.
help-remember = I keep it in mind for all our conversations: /remember I eat no meat
help-memories = Everything I remember about you, with a button to forget each. Only you see the answer; /settings says where I use it.
help-forget = By its number in /memories, by a word of it, or all of it: /forget 3, /forget meat, /forget all
help-summary = In a long conversation the model reads the older part as a summary. This shows it, and a button makes me forget it.
help-export = All of this conversation, from the first question to the last answer, as a file for you alone. json holds more than md: thinking, tokens, tools.
help-balance = Shows what is left of today's credits, and credits you were given. Only you see the answer.
help-usage = What you spent in the last 30 days, or in as many as you say: /usage 7
help-settings =
    Your language, model and persona, and what holds wherever you write to me, each with a button: whether I show my thinking and the price of an answer, use tools, read answers aloud, from how many credits I ask before I order something by myself, and where I use what I remember.
    Only you see the answer.
help-language = /language en, /language zh, or /language auto to follow your app.
help-privacy = Says what is kept and for how long, gives you all of it as a file, or deletes it.
help-admin = { admin-help }

help-title = { $where ->
    [private] Write to me and I answer, by voice if you like; pictures, documents and recordings are welcome. I also draw, film and look things up:
   *[group] In this group, mention me, reply to me, or use a command:
}
help-more = Details of one: /help image
help-options = { $style ->
    [leading] Options, before your words:
   *[anywhere] Options, anywhere in your text:
}

option-code = The code you were given
option-command = The command to explain
option-question = Your question
option-prompt = What you want, in your own words
option-script = What happens, shot after shot
option-file = A file to work with
option-always = For every question of this conversation
option-effort = How hard
option-instructions = How I shall answer; none takes it back
option-fact = What I shall remember
option-which = Its number, a word of it, or all
option-model = Which model to use
option-persona = Which persona to use
option-ratio = Shape: width to height
option-seconds = Length in seconds
option-quality = How carefully it is drawn; better costs more
option-count = How many pictures
option-sound = With or without sound
option-seed = A number; the same one gives similar results
option-background = Background of the picture
option-negative = What should not be in it
option-resolution = How large or sharp it is
option-format = The kind of file
option-only = Change only this part
option-shape = A drawing that shows which part to change
option-rewrite = Let me put it better first; you choose
option-mode = What to make of your files; else they decide
option-first = The picture it begins with
option-last = The picture it ends with
option-ref = Something to look like
option-film = A film to change or to go on from
option-motion = A film whose movement is taken
option-voice = The voice: whose it is, or what is spoken
option-say = What the portrait says; I speak it
option-keep_sound = Keep the sound of your film
option-level = std, or pro: finer and dearer
option-facing = Which way the figure faces: as in your film or your picture
option-preset = How wild it may get
option-version = Version of the model
option-stylize = How much style of its own (0–1000)
option-chaos = How different the four are (0–100)
option-weird = How odd it may get (0–3000)
option-niji = Version of the anime model
option-iw = Weight of your pictures (0–3)
option-style = The style; Midjourney: raw, less of its own
option-tile = A pattern that can be repeated
option-sref = Links or codes of a style
option-oref = A link to something to show
option-cref = A link to a character
option-sw = Weight of the style (0–1000)
option-ow = Weight of the object (1–1000)
option-cw = Weight of the character (0–100)
option-use = What your pictures are for
option-days = How many days back
option-language = The language
option-action = What to do
option-text = The words behind it
option-other = See the model's own description
