# 命令的回复。

start-hello =
    你好！我是个多面手：可以问我任何问题，也可以让我画图、做视频。
    直接发消息就行，或者先试试这些：
button-example-ask = 问个问题 · { $price }
button-example-image = 画一张图 · { $price }
button-example-video = 做个视频 · { $price }
example-ask = 天空为什么是蓝色的，傍晚又为什么变红？
example-image = 日出时新雪中的红狐狸，柔和的光线，摄影作品
example-video = 穿宇航服的猫走在月球上，地球从它身后升起

code-owner = 欢迎！你现在是这个机器人的所有者了。/admin 列出了你能做的事。想试用的话，直接发消息，或者按下面的按钮：
code-member = 欢迎！你可以使用我了。直接发消息就行，或者先试试下面这些；/help 里有全部功能。

hello-called = 我在。把问题写在我的名字后面，或者看看 /help。
group-hello = 大家好！@我、回复我，或用 /chat 提问；/image 画图，/video 做视频。其他消息我都不看。
group-not-allowed = 大家好！我还没有获准在本群工作。机器人的所有者可以在这里发送 /admin allow 开启（或私聊我：/admin allow { $chat }）。

chat-queued = { $position ->
    [1] 下一条就回答它。
   *[other] 稍后回答，排在第 { $position } 位。
}
new-done = 好的，我们重新开始。想聊什么？
stop-done = 已停止。

away-note = { $count ->
    [1] 你发消息时我不在。现在回答吗？
   *[other] 你发这 { $count } 条消息时我不在。现在回答吗？
}
away-answering = 马上来。
button-answer-now = 现在回答

picture-what-for = 图片不错！想让我做什么？
button-ask = 问问它
button-edit = 修改
button-animate = 让它动起来
wanted-ask = { $where ->
    [private] 想问它什么？你的下一条消息就是问题。
   *[group] 想问它什么？请回复这条消息。
}
wanted-edit = { $where ->
    [private] 想怎么改？你的下一条消息就是要求（{ $price }），发 /cancel 作罢。
   *[group] 想怎么改？请回复这条消息（{ $price }）。
}
wanted-animate = { $where ->
    [private] 视频里要发生什么？你的下一条消息就是要求（{ $price }），发 /cancel 作罢。
   *[group] 视频里要发生什么？请回复这条消息（{ $price }）。
}
wanted-nothing = 好的，那就算了。
button-gone = 这个按钮已经没用了。

model-picker = { $pages ->
    [1] 现在由 { $model } 回答你。可以换一个，后面是一次回答大约需要的积分：
   *[other] 现在由 { $model } 回答你。可以换一个（第 { $page } 页，共 { $pages } 页），后面是一次回答大约需要的积分：
}
model-chosen = 从现在起由 { $model } 在这里回答你，{ $price }。
persona-picker = 希望我以什么身份回答？
persona-chosen = 从现在起，我在这里就是 { $persona }。
persona-off = 我又是原来的我了。
persona-no = 无
persona-none-known = 还没有可选的人设。所有者可以在配置文件里添加。

settings-now =
    你在这里的设置
    语言：{ $language }
    模型：{ $model }
    人设：{ $persona }
    思考：{ $effort }
    联网搜索：{ $search ->
        [on] 开
       *[off] 关
    }
settings-voice = { $price ->
    [none] 朗读回答：这里还没有设置
   *[other] 朗读一条回答：最多 { $price }
}
settings-everywhere = 下面的设置不管在哪里聊都有效，按一下就能改：
button-language = 语言
button-model = 模型
button-persona = 人设
button-language-auto = 跟随我的应用
language-picker = 想让我说哪种语言？
language-chosen = 好的，以后说中文。
language-auto = 好的，我跟随你应用的语言。
language-en = English
language-zh = 中文

# 回答下方：文件是怎么读的。
read-words = { $files } 只读了文字，没看其中的图片。
read-beginning = { $files } 太长，只读了开头部分。
read-sound = 录音是转成文字后读的，没有听到声音本身。
read-film = 视频只读了转写出来的话，没有看到画面。
