# 对已有视频的后续操作，以及会说话的人像。

button-longer = 续拍
button-sound = 换声音

wanted-longer = { $where ->
    [private] 接下来发生什么？你的下一条消息就是要求（{ $price }），发 /cancel 作罢。
   *[group] 接下来发生什么？请回复这条消息（{ $price }）。
}
wanted-sound = { $where ->
    [private] { $speech ->
        [yes] 想换成什么声音？发语音或声音文件（免费），或者写下要说的话（{ $price }）。发 /cancel 作罢。
       *[no] 想换成什么声音？发语音或声音文件（免费）。发 /cancel 作罢。
    }
   *[group] { $speech ->
        [yes] 想换成什么声音？请用语音或声音文件回复这条消息（免费），或者回复要说的话（{ $price }）。
       *[no] 想换成什么声音？请用语音或声音文件回复这条消息（免费）。
    }
}
form-longer = 接下来发生什么
form-sound = 要说的话
change-sure = { $model } 可以照这样改，需要 { $price }，比原视频的 { $film } 还贵。要改吗？
upscale-sure = { $model } 可以让它更清晰，需要 { $price }，比原视频的 { $film } 还贵。要做吗？
price-at-most = 最多 { $price }
