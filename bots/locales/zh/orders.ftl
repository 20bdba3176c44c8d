# 进行中的任务、按钮，以及积分。

job-accepted = { $kind ->
    [image] 🎨 { $model } 正在画 · { $price }
    [video] 🎬 { $model } 正在拍 · { $price }
    [audio] 🔊 { $model } 正在制作 · { $price }
    [dub] 🔊 正在配上新声音 · { $price }
    [words] 📝 { $model } 正在听 · { $price }
    [clip] 🎬 正在做成视频 · { $price }
   *[other] { $model } 正在处理 · { $price }
}{ $about ->
    [0] {""}
   *[other] {" "}· 大约 { SPAN($about) }
}
fit-told = 已按这个模型的要求调整：{ $changes }。
fit-and = { $before }；{ $after }
fit-trimmed = { $kind ->
    [audio] 音频截到 { $value } 秒
   *[video] 视频截到 { $value } 秒
}
fit-scaled = { $kind ->
    [image] 图片缩小了
   *[video] 视频缩小了
}
fit-converted = { $kind ->
    [image] 图片转换了格式
    [audio] 音频转换了格式
   *[video] 视频转换了格式
}
fit-enlarged = 视频放大了
fit-cropped = 图片裁掉了一些边缘
fit-shaped = 画面比例随图片，{ $value }
job-cancelled = 已取消，积分已退回。
job-muted = 任务已经提交给 AI 服务，费用照收。我不会再发给你；如果它失败了，积分会退回。
job-looking = 我再去看看做好了没有，一两分钟后告诉你。
job-still-nothing = 我又看了一次，还是没有结果。过一会儿可以再让我看看；如果后来做好了，不收费。
jobs-none = 你还没有任务。试试 /image 或 /video。
jobs-title = 你最近的任务：
jobs-line = { $number }. { $state }{ $progress }{ $word ->
    [usual] （通常约 { SPAN($left) }）
    [left] （还要约 { SPAN($left) }）
    [late] （比平时久一些）
   *[none] {""}
} · { $model } · { $price } · { $ago }前 – { $prompt }
job-state-queued = 等待中
job-state-sending = 提交中
job-state-waiting = 制作中
job-state-modal = 制作中
job-state-ready = 发送中
job-state-done = ✓ 已完成
job-state-failed = ✗ 失败，已退回
job-state-cancelled = 已取消
job-state-unsure = ✗ 途中丢失，已退回
job-state-undelivered = 已完成，未能送达
delete-failed = 没能全部删除，有些消息太旧了。

button-cancel = 取消
button-again = 再来一次
button-check = 再看看
button-show = 查看
button-delete = 删除

balance-own = 你的积分
balance-group = 本群的积分
balance-daily = { $renews ->
    [0] 今天：还剩 { $left }，共 { $allowance }
   *[other] 今天：还剩 { $left }，共 { $allowance }，{ MOMENT($renews) } 更新
}
balance-kept = 赠送的，不会过期：{ $kept }
balance-plan = 套餐：{ $plan }
balance-unlimited = 你是所有者，没有限额。
usage-title = 最近 { $days } 天共花费 { $total }：
usage-none = 最近 { $days } 天没有花费。
usage-line = { $what } · { $model } · { $times } 次 · { $price }
usage-rest = 其他 · { $price }

privacy-text =
    我保存的内容：你和我的对话、你的任务和价格、我记住的关于你的事（/memories）、你拍视频用的素材（/assets）、你自己的声音和克隆用的录音（/voice）、你的设置，以及你在本平台的名字和编号。
    你发来的文件保存 { $hours } 小时，我生成的图片和视频保存 { $days } 天。你写的内容会发给负责回答的 AI 服务；存进 /assets 的素材会留在那边，我这里删掉以后也还在；克隆的声音也在那边，一周没用才会删掉。
    你可以把全部内容导出成文件，也可以删除。积分的账目会保留，但不含任何文字。
privacy-export = 这是我保存的关于你的全部内容。
privacy-sent = 已经私聊发给你了。
privacy-no-dm = 我没法私聊你。请先打开和我的私聊，再试一次。
privacy-sure = 要永久删除你的对话、任务、记忆、声音和设置吗？删除后无法恢复。
privacy-erased = 好了，你的对话、任务、记忆、声音和设置都已删除。
privacy-kept = 好的，一切照旧。
button-export = 全部导出
button-erase = 删除
button-erase-sure = 确认删除
button-keep = 不，保留
