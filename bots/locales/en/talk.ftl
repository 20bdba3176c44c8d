# What the commands answer.

start-hello =
    Hello! I am an assistant with many talents: ask me anything, or let me draw and film for you.
    Just write to me, or try one of these:
button-example-ask = Ask me something · { $price }
button-example-image = Draw a picture · { $price }
button-example-video = Make a video · { $price }
example-ask = Why is the sky blue, and why is it red in the evening?
example-image = A red fox in fresh snow at sunrise, soft light, photograph
example-video = A cat in a space suit walks on the moon, the Earth rises behind it

code-owner = Welcome! You are now the owner of this bot. /admin shows what you can do. To try me out, just write to me, or press one of these:
code-member = Welcome! You are in. Just write to me, or try one of these; /help lists the rest.

hello-called = Yes? Write your question behind my name, or see /help.
group-hello = Hello! Mention me, reply to me, or use /chat to ask; /image and /video make pictures and videos. I read nothing else here.
group-not-allowed = Hello! I may not work in this group yet. An owner of this bot can change that here with /admin allow (or in private: /admin allow { $chat }).

chat-queued = { $position ->
    [1] I will answer that next.
   *[other] I will answer that soon; it is number { $position } in line.
}
new-done = Done, we start afresh. What is on your mind?
stop-done = Stopped.

away-note = { $count ->
    [one] I was away when you wrote this. Shall I answer it now?
   *[other] I was away when you wrote these { $count } messages. Shall I answer them now?
}
away-answering = I am on it.
button-answer-now = Answer now

picture-what-for = A nice picture! What shall I do with it?
button-ask = Ask about it
button-edit = Edit
button-animate = Animate
wanted-ask = { $where ->
    [private] What would you like to know about it? Your next message is the question.
   *[group] What would you like to know about it? Reply to this message.
}
wanted-edit = { $where ->
    [private] What shall I change? Your next message is the order ({ $price }), /cancel calls it off.
   *[group] What shall I change? Reply to this message ({ $price }).
}
wanted-animate = { $where ->
    [private] What shall happen in the video? Your next message is the order ({ $price }), /cancel calls it off.
   *[group] What shall happen in the video? Reply to this message ({ $price }).
}
wanted-nothing = Never mind, then.
button-gone = This button does nothing any more.

model-picker = { $pages ->
    [1] { $model } answers you here. Choose another; behind each is about what an answer costs, in credits:
   *[other] { $model } answers you here. Choose another (page { $page } of { $pages }); behind each is about what an answer costs, in credits:
}
model-chosen = { $model } answers you here from now on, { $price }.
persona-picker = How shall I behave?
persona-chosen = From now on I am { $persona } here.
persona-off = I am just myself again.
persona-no = none
persona-none-known = There are no personas to choose from yet. The owner can add some in the configuration file.

settings-now =
    Your settings here
    Language: { $language }
    Model: { $model }
    Persona: { $persona }
    Thinking: { $effort }
    Web search: { $search ->
        [on] on
       *[off] off
    }
settings-voice = { $price ->
    [none] Reading answers aloud: not set up here
   *[other] Reading an answer aloud: { $price } at most
}
settings-everywhere = What holds wherever you write to me; a press changes it:
button-language = Language
button-model = Model
button-persona = Persona
button-language-auto = Follow my app
language-picker = Which language shall I speak with you?
language-chosen = All right, English it is.
language-auto = All right, I follow the language of your app.
language-en = English
language-zh = 中文

# Below an answer, on how its files were read.
read-words = I read only the words of { $files }, not the pictures in it.
read-beginning = { $files } is long: I read only the beginning.
read-sound = I read what is said in the recording; I did not hear the sound itself.
read-film = I read what is said in the video; I did not see the pictures.
