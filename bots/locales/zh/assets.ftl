# 个人素材库：先给文件取名存好，拍视频时用名字引用。

command-assets = 你的素材：拍视频时可以点名用的图片、视频和声音
option-name = 给它取个名字，一个词
help-assets =
    把图片、视频或声音存成素材，拍视频时直接点名。发文件时配文写 /assets 名字，或者回复一条消息：/assets 小猫
    准备好以后，在名字前加 @ 就能用：/video @小猫 在屋顶上奔跑
    单独发 /assets 可以看到你的全部素材。只有你能看到和使用。

assets-none = 你还没有素材。发图片、视频或声音时配文写 /assets 名字，或者回复一条消息写 /assets 名字。
assets-title = 你的 { $count } 个素材：
assets-line = • { $name }：{ $kind ->
    [video] 视频
    [audio] 声音
   *[image] 图片
}，{ $state ->
    [active] 可以用了
    [failed] 没有成功
   *[other] 正在审核
}，{ $ago }前
assets-how = 在 /video 里写名字，前面加 @ 就能用。
asset-added = 文件收到了，名字是“{ $name }”。AI 服务要先审核一下，可以用了我会告诉你。
asset-ready = “{ $name }”可以用了。在 /video 里写名字，前面加 @ 就行。
asset-failed = “{ $name }”不能用：{ $why ->
    [error-real-face] AI 服务不收带有真人面孔的素材。
    [error-copyrighted] AI 服务认为它涉及版权。
    [error-moderated] AI 服务因内容规则拒绝了它。
    [error-asset-late] AI 服务迟迟没有审核完，过一会儿再试试。
    [error-unsure] 交过去的时候线路断了，请再试一次。
    [error-no-link] AI 服务目前没法从我这里取文件。
   *[other] AI 服务没有收下。再试一次，或者换一个文件。
}
asset-sure = 要删除“{ $name }”吗？还没开始制作、又要用到它的视频会取消，不收费。
button-asset-delete = 删除 { $name }

error-no-library = 这里目前没有能存素材的模型。发文件时配上 /video 仍然可以用。
error-asset-name = { $name ->
    [none] 要叫什么名字？写在命令后面：/assets 小猫
   *[other] 名字不能用“{ $name }”。最多 32 个字，可以用文字、数字、- 和 _，中间不能有空格；不能只有数字，也不能像 image1 这样。例如：/assets 小猫
}
error-asset-taken = 你已经有一个叫“{ $name }”的素材了。换个名字，或者在 /assets 里删掉原来的。
error-asset-not-ready = { $state ->
    [failed] 素材“{ $name }”没有成功，用不了。可以在 /assets 里删掉再重新添加。
   *[other] 素材“{ $name }”还没准备好，好了我会告诉你；这次没有下单。
}
error-no-assets-here = { $model } 用不了 /assets 里的素材。{ $allowed ->
    [none] {""}
   *[other] 这些模型可以：{ $allowed }
}
error-asset-late = AI 服务迟迟没有审核完你的文件，过一会儿再试试。
