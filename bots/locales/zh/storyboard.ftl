# 分镜：镜头列表、打开的一个镜头，以及拍摄结果。

board-title = 🎬 { $model }{ $seconds ->
        [0] {""}
       *[other] {" "}· { $seconds } 秒
    } · { $price }{ $options ->
        [none] {""}
       *[other] {" "}· { $options }
    }
board-line = { $number } · { $seconds ->
        [0] {""}
       *[other] { $seconds } 秒{"  "}
    }{ $words }
board-way = { $way ->
    [together] 所有镜头一次拍完。
    [joined] 逐个镜头拍摄：后一镜从前一镜的最后一帧接着拍，最后由我拼成一段。
    [apart] 逐个镜头拍摄，最后由我拼成一段。
   *[alone] 只有一个镜头。
}
board-hint = 点数字可以修改那个镜头。
board-shot = 第 { $number } 镜，共 { $count } 镜{ $seconds ->
        [0] {""}
       *[other] {" "}· { $seconds } 秒
    }
    { $words }
board-dropped = 好的，那就算了，没有下单。
board-partly = ✗ 缺镜头

button-film = 开拍 · { $price }
button-cut-anew = 重新分镜
button-shot-words = 改文字
button-shorter = − { $seconds } 秒
button-longer-shot = + { $seconds } 秒
button-shot-remove = 删掉
button-shot-add = 在后面加一镜
button-shots = ◀ 全部镜头
button-redo = 重拍 { $number }
button-redo-same = 文字不变 · { $price }
button-redo-words = 改第 { $number } 镜的文字
button-redo-failed = { $count ->
   *[other] 重拍第 { $numbers } 镜 · { MONEY($price) }
}

wanted-shot = { $where ->
    [private] 第 { $number } 镜要怎么拍？你的下一条消息就是它的全部内容，最多 { $limit } 个字符，发 /cancel 作罢。现在是：
   *[group] 第 { $number } 镜要怎么拍？请用它的全部内容回复这条消息，最多 { $limit } 个字符。现在是：
    }
    { $words }
wanted-redo = { $where ->
    [private] 第 { $number } 镜现在要怎么拍（{ $price }）？你的下一条消息就是它的全部内容，最多 { $limit } 个字符，发 /cancel 作罢。现在是：
   *[group] 第 { $number } 镜现在要怎么拍（{ $price }）？请用它的全部内容回复这条消息，最多 { $limit } 个字符。现在是：
    }
    { $words }
redo-sure = 第 { $number } 镜重拍一次，{ $price }；已有的镜头都留着。它写的是：
    { $words }
wanted-newshot = { $where ->
    [private] 第 { $number } 镜之后发生什么？你的下一条消息就是新镜头，最多 { $limit } 个字符，发 /cancel 作罢。
   *[group] 第 { $number } 镜之后发生什么？请用新镜头的内容回复这条消息，最多 { $limit } 个字符。
}
form-shot = 这一镜里看到什么
form-newshot = 新的一镜里看到什么
form-redo = 这一镜现在看到什么

name-shots = 镜头数
error-shot-gone = 分镜里已经没有这个镜头了。
error-shot-failed = { $made ->
    [0] { $why }
   *[other] { $count ->
       *[other] 共 { $total } 镜，第 { $numbers } 镜没有拍成。其余镜头都留着，只收它们的费用。缺的（第一个）镜头：{ $why }
    }
}
