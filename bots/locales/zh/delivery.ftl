# 回答的结尾、任务的结果，以及进行中的进度。

answer-length = ✂ 一次回答只能写这么长，可以让我继续。
answer-refused = 模型因为内容规则停在了这里。
answer-cut = ⚠ 与模型的连接在这里断开了。
answer-stopped = ⏹ 已停止。
answer-interrupted = ⚠ 回答在这里被中断了。
answer-empty = 模型没有写出任何内容。请重试，或者换个问法。
answer-long = ✍ 回答比较长，写完后会以文件形式完整发给你。
answer-as-file = 回答太长，消息里放不下，完整内容在这个文件里。
button-stop = ⏹ 停止
button-retry = 重试
button-vary = 变体
button-upscale = 放大
button-reference = 作参考图
button-still = 最后一帧
button-gif = GIF
button-file = 原文件
button-files = 全部原文件
button-tiles = 拆成单张
button-seed = 种子值
button-short = 精简
button-back = « 全部

deliver-caption =
    { $model } · { MONEY($price) }
    { $prompt }
deliver-action = { $action ->
    [blend] 融图
    [describe] 识图
    [upscale] 放大
    [vary] 变体
    [variation] 变体
    [reroll] 重画
    [zoom] 拉远
    [custom_zoom] 拉远
    [pan] 扩展
    [inpaint] 局部重绘
    [extend] 延续
    [dub] 换了声音
    [words] 写成了文字
    [clip] 做成了视频
    [rewrite] 改写
   *[other] {""}
}
deliver-pick = 共 { $count } 张图，点数字选一张继续。
deliver-partly = { $made } 个结果只收到了 { $found } 个。{ $paid ->
    [less] 没有收到的不收费。
    [none] 这次全部不收费。
   *[all] {""}
}
deliver-smaller = 原文件有 { SIZE($size) }，超出了这个聊天的上限，所以这里是缩小的版本。
deliver-link = { $name } 有 { SIZE($size) }，超出了这个聊天的上限。一周之内可以在这里下载：{ $url }
deliver-unsendable = { $name } 有 { SIZE($size) }，超出了这个聊天的上限，我也没有别的办法发给你。请让所有者设置 PUBLIC_URL；结果保存在 /jobs 里。
deliver-gone = 结果已经做好，但文件已经不再保留。请重新下单。
deliver-done = { $kind ->
    [image] ✓ 图片做好了，见下方。
    [video] ✓ 视频做好了，见下方。
   *[other] ✓ 做好了，见下方。
}
deliver-failed = { $kind ->
    [image] ✗ 这次没能画出图片，原因见下方。
    [video] ✗ 这次没能做出视频，原因见下方。
   *[other] ✗ 没有成功，原因见下方。
}
progress-line =
    { $kind ->
        [image] 🎨
        [video] 🎬
        [audio] 🎵
       *[other] ⏳
    } { $model } · { MONEY($price) }
    { $state ->
        [shot] 第 { $shot } 镜，共 { $shots } 镜
        [queued] 排队中
        [sending] 提交中
        [ready] 发送中
       *[other] 制作中
    }{ $known ->
        [yes] {" "}{ $bar } { $percent }%
       *[no] {""}
    } · { SPAN($elapsed) }{ $word ->
        [usual] ，通常约 { SPAN($left) }
        [left] ，还要约 { SPAN($left) }
        [late] ，比平时久一些
       *[none] {""}
    }

reminder = 提醒：{ $text }

# 回答旁边的内容：思考、工具、需要确认的事，以及花费。

answer-thinking = 💭 正在思考……
answer-below = ⬇ 请看下方。
answer-cost = { $model } · 输入 { $input }，输出 { $output } 词元{ $thoughts ->
    [0] {""}
   *[other] （其中思考 { $thoughts }）
}{ $searches ->
    [0] {""}
   *[other] {" "}· 搜索 { $searches } 次
} · { $about ->
    [yes] 约 { MONEY($price) }
   *[no] { MONEY($price) }
}
read-voice = 我听到的是：“{ $words }”
button-continue = 继续写
button-yes = ✓ 可以
button-no = ✗ 不用

doing-tool = ⚙ 正在使用工具……
doing-draw_picture = 🎨 正在画图……
doing-edit_picture = 🎨 正在修改图片……
doing-make_video = 🎬 正在安排做视频……
doing-make_music = 🎵 正在安排作曲……
doing-speak = 🔊 正在安排朗读……
doing-search_history = 🔎 正在翻查我们的对话……
doing-fetch_page = 🌐 正在读网页……
doing-calculate = 🧮 正在计算……
doing-remember = 📝 正在记下来……
doing-set_reminder = ⏰ 正在设置提醒……

proposal-ask = { $tool ->
    [draw_picture] 可以画这张图吗？
    [edit_picture] 可以这样改这张图吗？
    [make_video] 可以做这个视频吗？
    [make_music] 可以做这段音乐吗？
    [speak] 可以把这段话读出来吗？
    [remember] 可以记住这件事吗？
    [forget_memory] 可以忘掉这件事吗？
    [set_reminder] 可以设这个提醒吗？
    [cancel_reminder] 可以删掉这个提醒吗？
   *[other] 可以做这件事吗？
}
proposal-price = 需要 { MONEY($price) }。
