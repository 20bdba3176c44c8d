# 助手自己：怎么思考和搜索，记住什么，动手之前问什么。

effort-auto = 自动
effort-off = 关闭
effort-low = 低
effort-medium = 中
effort-high = 高
effort-max = 最高
think-picker = { $model } 在这里回答之前要想多深？现在：{ $effort }。想得越深，等得越久，花费越多。
think-fixed = { $model } 想多深由它自己决定。{ $models ->
    [none] {""}
   *[other] 这些模型可以调：{ $models }，用 /model 选一个。
}
think-chosen = { $effort ->
    [auto] 好的，{ $model } 在这里想多深由它自己决定。
    [off] 好的，{ $model } 在这里不再先思考，直接回答。
   *[other] 好的，{ $model } 在这里按“{ $named }”强度思考。
}

search-state = { $state ->
    [on] 这里的每个问题我都可以联网搜索。只想搜一次就用：/search 问题
   *[off] 这里不联网搜索。只想搜一次：/search 问题。想一直搜，按下面的按钮：
}
search-on = 好的，以后这里的问题需要时我会联网搜索，由 { $model } 回答。{ $paid ->
    [yes] 每次搜索另收 { $price }。
   *[no] {""}
}
search-off = 好的，这里不再联网搜索。单个问题仍然可以用：/search 问题
button-search-on = 一直搜索
button-search-off = 不再搜索

system-now =
    你在这里给我的要求：
    { $text }
system-none = 你还没有在这里给过我要求。写下希望我怎么回答就行，例如：/system 只用一句话回答，语气像海盗
system-set = 好的，以后我在这里按你的要求来，它会代替人设。/system none 可以收回。
system-off = 你的要求已经收回，我照原来的样子回答。
button-system-off = 收回

remembered = 记住了：{ $fact }{ $where ->
    [nowhere] （目前没有使用记忆，可以在 /settings 里打开。）
   *[other] {""}
}
memories-none = 我还没有记住关于你的事。用 /remember 告诉我，例如：/remember 我不吃肉
memories-title = 我记住了关于你的 { $count } 件事：
memories-where = { $where ->
    [everywhere] 不管在哪里聊，我都会用到。可以在 /settings 里改。
    [nowhere] 目前在哪里都不用。可以在 /settings 里改。
   *[private] 只在私聊里用。可以在 /settings 里改。
}
forget-which = 有好几条符合，要忘掉哪一条？
forget-nothing = 我没有记过类似“{ $which }”的事。/memories 里是全部。
forget-sure = 要忘掉关于你的全部 { $count } 件事吗？忘掉后无法恢复。
forgotten = 忘掉了：{ $fact }
forgotten-all = 好了，{ $count } 件事都忘掉了。

summary-now =
    这段对话很长。最近的部分模型会逐字读，再往前的只读这段摘要：
    { $text }
summary-none = 没有摘要：能读到的对话，模型都是逐字读的。
summary-sure = 要忘掉这段摘要吗？之后较早的内容我就不知道了，你在这里仍然看得到。
summary-reset = 忘掉了，较早的内容我已经不知道。
button-summary-reset = 忘掉摘要

export-done = 这是到目前为止的对话。
export-empty = 这里还没有可以导出的内容。
export-title = 对话记录
export-left-out = 最早的 { $count } 个问题放不进一个文件，没有导出。
export-you = 你
export-other = 其他人
export-continued = 继续
export-image = 图片
export-document = 文档
export-audio = 录音
export-video = 视频

proposal-done = ✓ 好了：{ $title }
proposal-left = 没有做：{ $title }
proposal-gone = 这件事现在已经没法照我问的那样做了：{ $title }。还需要的话，请再跟我说一次。
proposal-failed = 没有成功：{ $title }。还需要的话，请再跟我说一次。

button-set-thoughts = { $state ->
    [on] ✓ 显示思考过程
   *[off] ✗ 显示思考过程
}
button-set-cost = { $state ->
    [on] ✓ 显示花费
   *[off] ✗ 显示花费
}
button-set-tools = { $state ->
    [on] ✓ 使用工具
   *[off] ✗ 使用工具
}
button-set-voice = { $state ->
    [on] ✓ 朗读回答
   *[off] ✗ 朗读回答
}
button-set-ask = { $above ->
    [none] 我自己下单前每次都问
   *[other] 我自己下单超过 { $above }时先问
}
button-set-memories = { $where ->
    [everywhere] 记忆：到处都用
    [nowhere] 记忆：不用
   *[private] 记忆：只在私聊用
}
