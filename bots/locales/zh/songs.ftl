# 歌曲与歌词。

command-music = 写首歌：说说想法，或者给出歌词
command-lyrics = 写一首歌的歌词
help-music =
    说说想听什么：/music 一首关于大海的安静民谣
    也可以直接给歌词，[Verse]、[Chorus]（或 [主歌]、[副歌]）单独占一行，我会照着唱。或者用 /music 回复一段歌词，后面写上风格。
    标题：--title "夜路"。不要人声：--instrumental on。一起发来的图片用来定气氛。
    歌曲下面：⏩ 从结尾接着写，其他按钮可以把它做成视频，或者显示歌词。
help-lyrics =
    说说这首歌写什么：/lyrics 一首写给猫的摇滚
    歌词下面的按钮可以把它唱出来，或者修改。也可以直接回复歌词，说说想怎么改。
option-theme = 这首歌写什么
option-title = 歌名
option-instrumental = 不要人声

progress-listen = 🎧 现在就可以先听：{ $url }
button-words = 歌词
button-clip = { $number ->
    [0] 🎬 做成视频
   *[other] 🎬 做成视频 { $number }
}
button-sing = 🎤 唱出来 · { MONEY($price) }
button-rewrite = 修改 · { MONEY($price) }
form-rewrite = 想怎么改
wanted-rewrite = { $where ->
    [private] 歌词想怎么改？你的下一条消息就是要求（{ $price }），发 /cancel 作罢。
   *[group] 歌词想怎么改？请回复这条消息（{ $price }）。
}
song-ask-words = { $where ->
    [private] 接下来怎么唱？你的下一条消息就是后面的歌词，最好写在 [Verse] 或 [Chorus] 下面（{ $price }），发 /cancel 作罢。
   *[group] 接下来怎么唱？请回复这条消息，写上后面的歌词，最好写在 [Verse] 或 [Chorus] 下面（{ $price }）。
}
error-option-too-long = { $name ->
    [title] 歌名
    [style] 风格
   *[other] “{ $name }”
}太长了：共 { $length } 个字符，这个模型最多 { $limit } 个。请缩短一些。
error-sung-instrumental = 这段歌词是要唱的，但你选了不要人声。请去掉 --instrumental，或者用自己的话描述想要的音乐。
