# 图片：改写描述、Midjourney 的按钮、作品集。

wanted-reference = { $where ->
    [private] 以它为参考，画什么？你的下一条消息就是要求（{ $price }），发 /cancel 作罢。
   *[group] 以它为参考，画什么？请回复这条消息（{ $price }）。
}
form-ask = 你的问题
form-edit = 想怎么改
form-animate = 视频里要发生什么
form-reference = 想画什么
form-mj = 描述
form-region = 哪一部分

picture-picked = 第 { $number } 张，共 { $count } 张：

better-offer =
    我会这样写：
    { $prompt }
    画一次 { $price }。
button-better = 就画这个
button-own-words = 用我的原话

region-left = 左半边
region-right = 右半边
region-top = 上半边
region-bottom = 下半边
region-centre = 中间
region-shape = 我自己圈

mj-which-region = 要改哪一部分？
mj-ask-words = { $where ->
    [private] 现在想要什么样？你的下一条消息就是完整的描述（{ $price }），发 /cancel 作罢。目前是：{ $prompt }
   *[group] 现在想要什么样？请用完整的描述回复这条消息（{ $price }）。目前是：{ $prompt }
}
mj-ask-region = { $where ->
    [private] 那里要变成什么？你的下一条消息就是要求（{ $price }），发 /cancel 作罢。
   *[group] 那里要变成什么？请回复这条消息（{ $price }）。
}
mj-ask-shape = { $where ->
    [private] 把你圈好的图发来，说明里写上那里要变成什么（{ $price }）；发 /cancel 作罢。可以在图片副本上画，也可以做一张黑白图，白色是要改的地方。
   *[group] 请用你圈好的图回复这条消息，说明里写上那里要变成什么（{ $price }）。可以在图片副本上画，也可以做一张黑白图，白色是要改的地方。
}
mj-ask-drawn = { $where ->
    [private] 图收到了。圈出来的地方要变成什么？你的下一条消息就是要求（{ $price }），发 /cancel 作罢。
   *[group] 图收到了。圈出来的地方要变成什么？请回复这条消息（{ $price }）。
}
mj-short = 精简之后，每张 { $price }：
button-draw = 画 { $number }
mj-tiles = 四张图，一张张给你。
mj-seed-which = 要查哪张图的种子？用 /mj seed 回复我用 Midjourney 画的图，或者点图下面的按钮。
mj-seed-none = 这张图查不到种子。
mj-seed = 种子是 { $seed }。用同样的描述加上 --seed { $seed }，结果会很接近。

film-still = 最后一帧。想让我用它做什么？
film-gif = 视频的 GIF 版。

gallery-caption =
    { $number }. { $model } · { $price } · { $ago }前
    { $prompt }
gallery-empty = { $where ->
    [private] 还没有作品。试试 /image 或 /video。
   *[group] 你还没有在这个群里做过作品。试试 /image 或 /video。
}
gallery-end = 这个方向没有更多了。
button-older = 较早 ▶
button-newer = ◀ 较新
