# 带单位的数字和日期。

money-credits = { $amount } 积分
span-seconds = { $seconds } 秒
span-minutes = { $seconds ->
    [0] { $minutes } 分钟
   *[other] { $minutes } 分 { $seconds } 秒
}
span-hours = { $minutes ->
    [0] { $hours } 小时
   *[other] { $hours } 小时 { $minutes } 分
}
moment = { $month }{ $day }日 { $time }（{ $zone }）
month = { $number }月
kind-chat = 聊天
kind-image = 图片
kind-video = 视频
kind-audio = 音频
price-answer = 每次回答约 { $price }
price-each = 每次 { $price }
price-second = 每秒 { $price } 起
