# 出了什么问题，一句话说清该怎么办。core/errors.py 的每个键都在这里。

error-internal = 我这边出了点问题，请再试一次。如果一直这样，请把这个编号告诉所有者：{ $reference }

error-empty-prompt = { $command ->
    [say] 要我朗读什么？写在命令后面，或者回复一条消息：/say 早上好
    [chat] 想问什么？请把问题写在 /chat 后面。
    [image] 想画什么？请写在命令后面，例如：/image 雪地里的红狐狸
    [search] 想查什么？请写在命令后面，例如：/search 明天北京天气怎么样
    [remember] 想让我记住什么？请写在命令后面，例如：/remember 我不吃肉
    [mj] 想让 Midjourney 画什么？请写在命令后面，例如：/mj 暴风雨中的灯塔 --ar 16:9
    [shorten] 要精简什么？请写在 /mj shorten 后面，或者回复一条图片描述。
    [edit] 想怎么改？请写在命令后面，例如：/edit 把天空变成紫色
    [storyboard] 短片里发生什么？请写在命令后面，或者回复一段文字，例如：/storyboard 骑士冒雨赶路。他看见一点灯光。他敲响了门。
    [music] 想听什么？请写在命令后面，例如：/music 一首关于大海的安静民谣
    [lyrics] 这首歌写什么？请写在命令后面，例如：/lyrics 一首写给猫的摇滚
    [video] 想拍什么？请写在命令后面，例如：/video 月球上的猫
   *[other] 请把要求写在命令后面。
}
error-prompt-too-long = 内容太长了：共 { $length } 个字符，最多 { $limit } 个。请缩短一些。
error-unknown-model = 没有叫“{ $name }”的模型。可以选：{ $allowed }
error-no-models = 我没有能做这件事的模型，所有者可以在配置文件里添加。
error-unknown-option = 这里没有“{ $name }”这个选项。可以用：{ $allowed }
error-several-at-once = “{ $words }” 这种写法会一次下好几单。请去掉花括号，或者一张一张来。
error-bad-option = “{ $value }”不能用于“{ $name }”。可以用：{ $allowed }
name-always = 这个开关
name-effort = 思考强度
name-action = 操作
name-files = 文件数量
name-format = 格式
name-language = 语言
name-person = 用户
name-persona = 人设
name-only = 要改的部分
name-region = 要改的部分
name-length = 文件的时长（秒）
name-mode = 模式
name-plan = 套餐
error-missing-value = 选项 { $name } 后面要紧跟一个值，例如：--{ $name } …
error-needs-input = { $command ->
    [transcribe] 这需要一段录音或影片。用 /transcribe 回复它，或者发文件时把 /transcribe 写在说明里。
    [voice] 需要一段这个人的录音：发一条语音并配上 /voice clone 名字，或者回复一条语音。
    [edit] 这需要一张图片。发图时把 /edit 写在说明里，或者用 /edit 加上修改要求回复一张图片。
    [video] 这个模型需要一张起始图片。发图时把 /video 写在说明里，或者回复一张图片。
    [blend] 融图需要两到五张图片。请一起发来，并在说明里写 /mj blend。
    [describe] 需要一张图片才能识图。发图时在说明里写 /mj describe，或者回复一张图片。
    [shape] 需要两张图片：先是要改的那张，最后是标出位置的那张。也可以用你画的图回复原图。
   *[other] 这需要一张图片。请一起发来，或者回复一张图片。
}
error-bad-file = 文件“{ $name }”用不了。这里支持：{ $allowed }
error-unclear-shape = 看不出你指的是哪一部分。请用线把它圈起来，或用一种颜色涂满。黑白图里，白色是要改的地方。
error-file-too-large = 文件太大了：{ SIZE($size) }，最多 { SIZE($limit) }。
error-files-too-large = 这些文件加起来太大了：{ SIZE($size) }，一次最多 { SIZE($limit) }。
error-unreadable-file = { $why ->
    [locked] “{ $name }”有密码保护，请去掉密码再发。
    [slow] “{ $name }”太复杂，我读不动。请只发需要的几页，或者把内容粘贴成文字。
    [empty] “{ $name }”里没有找到文字。如果是扫描件，请把页面截成图片发来。
    [kind] 我读不了“{ $name }”。可以读 PDF、Word、PowerPoint、Excel（.docx、.pptx、.xlsx），以及各种纯文本：Markdown、CSV、JSON、源代码。
   *[broken] “{ $name }”已损坏，打不开。请重新保存后再发一次。
}
error-unfit-file = { $why ->
    [short] { $kind ->
        [audio] 这段音频
       *[video] 这段视频
    }只有 { $found } 秒，这个模型至少要 { $limit } 秒，请换一段长一点的。
    [long] { $kind ->
        [audio] 这段音频
       *[video] 这段视频
    }有 { $found } 秒，我最多能处理 { $limit } 秒，请截短一些再发。
    [total] 前面的素材加起来已有 { $found } 秒，这个模型总共只收 { $limit } 秒，请少发几段，或者截短一些。
    [ratio] { $kind ->
        [image] 图片
       *[video] 视频
    }太长太窄了：宽是高的 { $found } 倍，这个模型的限度是 { $limit } 倍。请裁剪后再发。
   *[small] { $kind ->
        [image] 图片
       *[video] 视频
    }的短边只有 { $found } 像素，这个模型至少要 { $limit } 像素，请换一个更大的。
}
error-sound-too-long = 这段有 { SPAN($length) }，我最多能听 { SPAN($limit) }，请截短一些再发。
error-file-lost = 没能取到这个文件，请再发一次。
error-cannot-read = { $what ->
    [sticker] 我看不到贴纸，用文字告诉我吧？
    [voice] 这个命令用不了语音。请把要求写在命令后面，或者直接发语音，不加命令。
    [audio] 这个命令用不了音频。想问音频里的内容，直接发给我就行，不用加命令。
    [video] 这个命令用不了视频。想问视频里的内容，直接发给我就行，不用加命令。
    [video_note] 这个命令用不了视频消息。想问里面的内容，直接发给我就行，不用加命令。
    [document] 这个命令用不了文档。想问文档里的内容，直接发给我就行，不用加命令。
    [location] 我读不了位置，告诉我地名吧？
    [contact] 我读不了名片，想了解什么？
    [poll] 我读不了投票，把问题写给我吧？
   *[other] 这种消息我读不了。文字、图片、文档、音频和视频都可以。
}
error-no-vision = 模型 { $model } 看不了图片。这些可以：{ $allowed }，用 /model 选一个。
error-no-search = 没有能联网搜索的模型，所有者可以在配置文件里添加。
error-no-hearing = 这个模型听不了声音，也没有别的模型能把话转成文字。请打字告诉我，或用 /model 换一个模型。
error-no-speech = 现在没有能朗读的模型。请改发语音或声音文件。
error-no-effort =
    { $model } 的思考强度不能设为“{ $value }”。{ $allowed ->
        [none] {""}
       *[other] 它支持：{ $allowed }。
    }{ $models ->
        [none] {""}
       *[other] 这些模型可以：{ $models }，用 /model 选一个。
    }
error-too-much-kept = { $what ->
    [voices] 你已经有 { $limit } 个自己的声音，不能再多了。请先在 /voice 里删掉一个。
    [reminders] 已经有 { $limit } 条提醒，不能再加了。先让我取消一条吧。
    [assets] 你已经有 { $limit } 个素材，不能再多了。请先在 /assets 里删掉一个。
   *[memories] 关于你的事我已经记了 { $limit } 条，不能再多了。请先用 /memories 删掉一条。
}
error-wrong-input =
    { $model } 用不了{ $kind ->
        [image] 图片
        [video] 视频
        [audio] 音频
       *[other] 这种文件
    }。{ $allowed ->
        [none] {""}
       *[other] 这些可以：{ $allowed }，用 --model 选一个。
    }
error-wrong-mix =
    { $able ->
        [yes] 这些文件不合适：{ $mode ->
            [frames] { $model } 需要首帧和尾帧两张图片。
            [references] { $model } 需要参考图片。
            [omni] { $model } 需要作参考的图片、视频或声音。
            [edit] { $model } 需要一段要修改的视频。
            [extend] { $model } 需要一段要延长的视频。
            [motion] { $model } 需要一张图片和一段提供动作的视频。
            [avatar] { $model } 需要一张人像和一段声音。
            [lip_sync] { $model } 需要一段视频和一段声音。
            [image] { $model } 需要一张起始图片。
           *[other] { $model } 用不了。
        }
       *[no] { $model } 不支持{ $mode ->
            [text] 只用文字拍视频
            [image] 从图片开始
            [frames] 首尾帧
            [references] 多图参考
            [omni] 全能参考
            [edit] 修改视频
            [extend] 延长视频
            [remix] 重制视频
            [motion] 动作控制
            [avatar] 数字人
            [lip_sync] 对口型
           *[other] 多镜头
        }。
    }{ $allowed ->
        [none] {""}
       *[other] {" "}这些可以：{ $allowed }，用 --model 选一个。
    }
error-no-link = 这个模型要自己来取{ $kind ->
        [video] 视频
        [audio] 声音
        [image] 图片
       *[other] 文件
    }，但从外面连不到我。已经告诉我的所有者怎么解决；没有扣积分。
error-bad-command = 没看懂这条命令。请这样写：{ $usage }
error-unknown-command = 没有 { $command } 这个命令。是不是 { $near }？/help 列出了我会做的一切。
error-anonymous = 你正在匿名发言，我不知道该用谁的积分。请用自己的身份发送。

error-banned = 你不能使用这个机器人。
error-not-invited = 这是私人机器人。如果你认识它的所有者，请向他要一个邀请码，然后发给我：/start 邀请码
error-bad-code = 这个码无效，可能已用完或过期，请再要一个新的。
error-owners-only = 只有机器人的所有者才能这样做。

error-over-quota = 这需要 { MONEY($needed) }，你还剩 { MONEY($left) }。{ $renews ->
    [0] 可以请所有者增加。
   *[other] { MOMENT($renews) } 会有新的积分。
}
error-group-over-quota = 这需要 { MONEY($needed) }，本群还剩 { MONEY($left) }。{ $renews ->
    [0] 可以请所有者增加。
   *[other] { MOMENT($renews) } 本群会有新的积分。
}
error-house-limit = 机器人今天的预算用完了，{ MOMENT($renews) } 恢复。
error-too-fast = 太快啦！请等 { SPAN($seconds) } 再试。
error-too-many-jobs = 你有 { $limit } 个任务还没完成。请等一等，或用 /cancel 取消一个。
error-queue-full = 你已有 { $limit } 条消息在排队。请等我回完，或用 /stop 清空。
error-files-busy = { $whose ->
    [own] 我还在为你的其他任务准备文件。请等它们完成后再发一次；没有扣费。
   *[all] 现在要准备的文件很多。请过几分钟再发一次；没有扣费。
}

error-nothing-running = 现在没有可以操作的内容。
error-nothing-to-continue = 没有要接着写的：那条回答已经是完整的。
error-not-yours = 这些按钮只有提出的人能用，你可以自己发一次命令。
error-ordered-already = 这一张已经在做了。
error-job-gone = 这个任务已经不在了。
error-source-gone = 这个任务要用的前一个结果没做成，或者已经不在了，所以没有下单，也没有扣费。
error-not-made = { $paid ->
    [yes] 需要的都做好了，可我没能把它们合成。做好的都留着，费用不退；再试一次会重新合成，不再收费。
   *[no] 我没能合成这个。没有扣费，请再试一次，或换别的文件。
}
error-answer-gone = 这条消息已经不在了，请再发一次。

error-gateway-unreachable = 暂时连不上 AI 服务，没有扣费，请过一分钟再试。
error-unsure = 下单时线路断了，无法确定对方是否收到。积分已退回，我没有重复下单。
error-gateway-key = AI 服务不接受我的密钥，已通知所有者，没有扣费。
error-gateway-funds = 我在 AI 服务的账户余额不足，已通知所有者，没有扣费。
error-gateway-model = AI 服务目前不提供 { $model }，请换一个模型。
error-moderated = AI 服务因内容规则拒绝了这个请求。换个说法试试，没有扣费。
error-banned-word = AI 服务不画“{ $word }”。请去掉这个词；没有扣积分。
error-declined = 模型没有画图，而是写道：“{ $words }”。没有扣积分，换个说法试试吧。
error-real-face = AI 服务不收带有真人面孔的素材。换一份素材，或者用文字描述人物；没有扣费。
error-copyrighted = AI 服务认为你的一份素材涉及版权，拒绝使用。换一份素材试试，没有扣费。
error-file-refused = AI 服务因内容规则拒绝了你的一份素材。换一份试试，没有扣费。
error-withheld = AI 服务做出来了，却因内容规则没有交出结果。稍微改改描述再试一次，没有扣费。
error-sound-withheld = AI 服务做出来了，但因为声音内容被拦下。关掉声音，或换一种声音的描述，没有扣费。
error-gateway-request = AI 服务没有接受这个请求。换个选项或模型试试，没有扣费。
error-file-format = AI 服务读不了你的一份素材。图片请用 JPEG 或 PNG，视频用 MP4，声音用 MP3，没有扣费。
error-gateway-busy = AI 服务正忙，请过一分钟再试，没有扣费。
error-gateway-down = AI 服务现在有故障，请过几分钟再试。
error-no-result = AI 服务完成了却没有给出结果。没有扣费，请再试一次。
error-not-public = 已经做好了，但 AI 服务把它放在了外面取不到的地方。没有扣费，也已经告诉我的所有者。
error-voice-gone = 这个声音已经不在了：一周不用，服务方就会删除。请用 /voice 重新克隆。没有扣费。
error-bad-sample = 服务方无法用这段录音克隆声音。请发 10 秒到 5 分钟、一个人清楚说话的录音。没有扣费。
error-task-failed = AI 服务没能做出来。没有扣费，可以重试或改一改描述。
error-task-expired = 等得太久，我不再等了。没有扣费，请再试一次。
