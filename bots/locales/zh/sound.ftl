# 朗读和声音：/say 与 /voice。

command-say = 朗读一段文字
help-say =
    我来读给你听：/say 早上好。也可以用 /say 回复任意一条消息，我就读那一条。
    选项可以写在任何地方：--voice、--speed、--emotion、--language，看模型支持哪些；用 /voice 查看声音。有的模型认得停顿 <#1.5#> 和 (laughs) 这样的声音。
    长文字会分段读，合成一条语音发给你。
command-voice = 朗读用的声音，以及你自己的声音
help-voice =
    /voice 显示你现在的声音和你自己的声音。/voice list 列出其他所有声音，/voice list English 只列一种语言，每个都可以试听。
    /voice use 名字：以后就用这个声音朗读；/voice use none 恢复默认。
    发语音并配上 /voice clone 名字，或用它回复一条语音，就能做出同样的声音：一个人说 10 秒到 5 分钟，并且要本人同意。你的声音只有你能看到和使用。
    一周没有用过的声音会被服务商删掉；/voice keep 名字 on 可以花少量积分保住它。/voice delete 名字 删除。
option-speed = 语速；1 为正常
option-emotion = 语气
button-voice-use = 用 { $name }
button-voice-keep = 保留
button-voice-unkeep = 不再保留
button-voice-delete = 删除
button-voice-again = 重新克隆 { $name } · { $price }
button-voice-anew = 重新克隆 { $name } · { MONEY($price) }
button-voice-agreed = 是的，本人同意
button-voice-not-agreed = 没有
button-voice-list = 所有声音
button-voice-sample = ▶ { $name } · { $price }

voice-now = { $model ->
    [none] 我用模型默认的声音朗读。
   *[other] 我用 { $name }（{ $model }）朗读。
}
voice-line = • { $name }：{ $state ->
    [gone] 已被服务商删除
    [making] 正在制作
   *[ready] 可以使用
}{ $keep ->
    [on] ，保留中
   *[off] {""}
}
voice-how = 做一个自己的声音要 { $price }：发语音时配上 /voice clone 名字，或用它回复一条语音。
voice-used = { $name ->
    [none] 我重新用模型默认的声音朗读。
   *[other] 以后只要模型有这个声音，我就用 { $name } 朗读。
}
voice-kept = { $switch ->
    [on] 我会保住“{ $name }”：五天没用时让它说一个没人听到的词，每次 { $price }。用 /voice keep { $name } off 关闭。
   *[off] 不再保留“{ $name }”。一周没用，服务商就会删掉它；到时我可以重新克隆。
}
voice-consent = 录音里说话的人同意克隆他的声音吗？这个声音会叫“{ $name }”，需要 { $price }。
voice-agreed = 谢谢。“{ $name }”正在制作，能说话时你马上就会听到。
voice-not-agreed = 那就不做“{ $name }”了，没有扣费。
voice-sure = 删除“{ $name }”吗？它说过的话还在，录音我会忘掉。
voice-list-title = 声音，第 { $page } 页，共 { $pages } 页：
voice-list-language = { $language ->
    [any] 所有语言
   *[other] { $language }
}
voice-list-how = ▶ 会下单一小段试听。点按钮或用 /voice use 名字 来选。
notice-voice-gone = 你的声音“{ $name }”不在了：服务商把它删了。可以在 /voice 里重新克隆。
notice-voice-unkept = 积分不够，没能保住你的声音“{ $name }”，已停止保留；可以用 /voice keep { $name } on 重新打开。

error-clone-anew = 每段录音只克隆一次。请用 /voice clone 名字 重新发送，或用 /voice 里的按钮。
error-no-cloning = 目前没有能克隆声音的模型。
error-voice-name = { $name ->
    [none] 这个声音叫什么？把名字写在命令后面：/voice clone 妈妈
   *[other] 声音不能叫“{ $name }”。最多 32 个字母、数字和空格，以字母或数字开头。例如：/voice clone 妈妈
}
error-voice-taken = 已经有叫“{ $name }”的声音了，请换个名字。
error-no-voice = 你没有叫“{ $name }”的声音，见 /voice。
error-part-failed = { $made ->
    [0] { $why }
   *[other] { $count ->
       *[other] 共 { $total } 段，第 { $numbers } 段没有读成。{ $why }其余各段都留着，重试时只收缺的部分。
    }
}

# 录音里说了什么：/transcribe。

command-transcribe = 把录音里说的话写下来
help-transcribe =
    用 /transcribe 回复一条语音、录音、视频消息或影片，或者把文件一起发来。我会把里面说的话写成文字，长的作为文件。
    想要带时间的字幕：/transcribe srt。语言听错了可以指定：--language zh。按时长付费，最长三小时。
option-times = 带时间，作为字幕
transcript-gaps = { $made } 段里有 { $gone } 段没听成；看到 […] 的地方缺了话。这几段不收费。
error-no-transcription = 我没有能把话写下来的模型。
error-no-times = { $model } 不会标出时间。{ $allowed ->
    [none] {""}
   *[other] 这些可以：{ $allowed }。用 --model 选一个。
}
