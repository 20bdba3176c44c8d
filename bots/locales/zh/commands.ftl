# 命令表：每个命令一行说明（菜单最多 100 个字符）、/help 的详细说明，以及选项。

command-start = 打个招呼，或使用邀请码
command-help = 我会做什么，怎么用
command-chat = 问我任何问题
command-search = 联网搜索后再回答
command-image = 画一张图
command-edit = 修改你发来或回复的图片
command-mj = Midjourney：绘图、融图、识图、精简、查种子
command-video = 用文字或图片生成短视频
command-storyboard = 把剧本拍成多个镜头的短片
command-new = 开始新的对话
command-stop = 停止正在写的回答
command-continue = 接着写没写完的回答
command-retry = 重试上一个回答或任务
command-gallery = 一张张翻看我为你做的作品
command-jobs = 你的图片和视频任务进度
command-cancel = 取消任务
command-model = 选择由谁来回答
command-think = 回答之前想多深
command-persona = 选择我的人设
command-system = 这段对话里你自己的要求
command-remember = 让我记住一件事
command-memories = 我记住了关于你的什么
command-forget = 让我忘掉一件事
command-summary = 长对话里我读的摘要
command-export = 把这段对话导出成文件
command-balance = 查看积分余额
command-usage = 查看积分花在哪里
command-settings = 语言、模型，以及我怎么回答
command-language = 选择我说的语言
command-privacy = 我保存了什么；可导出、可删除
command-admin = 仅供机器人的所有者使用

help-start =
    给出三个可以直接试的例子。
    加上邀请码就能使用我：/start 邀请码
help-help = 列出所有命令，或解释其中一个：/help video
help-chat =
    私聊里直接发消息就行。群里请用 /chat、@我，或回复我的消息。
    也可以发语音，或者发图片、文档、录音、视频加上问题。回答时我会画图、做视频、上网查、设提醒等等；花费多的先问你。
    回复我的任何一条回答，就从那里继续；修改你的问题，我会重新回答。
help-search =
    先上网查，再回答，并注明出处：/search 明天北京天气怎么样
    这段对话里每个问题都查：/search on，不再查：/search off。
help-image =
    描述画面，选项放在哪里都行：/image 雪地里的红狐狸 --ratio 16:9
    一起发一张图片，就会以它为参考。
help-edit =
    发图时在说明里写 /edit 和修改要求，或者回复一张图片：/edit 把天空变成紫色
    一次发几张，就合成一张：改的是第一张，其余作参考。
    直接用文字回复我画的图，就会接着改。只改一部分：--only left（左）、right（右）、top（上）、bottom（下）、centre（中间）、background（背景）。也可以自己圈：在图片副本上把它圈起来或涂满，或做一张黑白图，白色的地方可以改，放在最后一张发来，加上 --only shape。
help-mj =
    用 Midjourney 画图，参数照它自己的写法：/mj 暴风雨中的灯塔 --ar 16:9 --s 250
    /mj blend 把两到五张图融成一张，/mj describe 把图片写成文字，/mj shorten 把长描述变短，回复一张图发 /mj seed 可查种子。
    结果下面的按钮就是 Midjourney 自己的。一起发来的图片作参考；加 --use style、character 或 omni，就只取它的风格、人物或物体。
help-video =
    描述场景，选项放在哪里都行：/video 月球上的猫 --seconds 10 --ratio 9:16
    可以一起发文件，或回复一个文件：一张图片会动起来，两张是首帧和尾帧，视频会被修改，人像加声音会开口说话，也可以只写要说的话：--say "大家好"。也可以按文件的顺序写明用途：首帧: 尾帧: 参考: 视频: 动作: 声音:
    需要几分钟，好了我会告诉你。
help-storyboard =
    写下剧情，或回复一段文字：/storyboard 骑士冒雨赶路。他看见一点灯光。他敲响了门。 --seconds 12
    我会把它分成 1 到 6 个镜头，文字和时长都可以改。按下按钮之前不会拍，也不收费。
help-new = 忘掉之前聊的内容，重新开始。模型和人设不变。
help-stop = 停止正在写的回答，保留已写的部分，并清空排队的消息。只按已写的部分收费。
help-continue = 从断掉的地方接着写：默认是上一个回答，回复哪一条就接着写哪一条。
help-retry =
    重新回答上一个问题，或重做上一张图片、上一段视频。回复某条回答，就只重试那一条。
    换个模型：/retry 模型名
help-gallery = 从最新的开始，用按钮一张张翻看我为你做的全部作品。在群里只显示你在这个群里做的。
help-jobs = 最近十个任务的状态和价格。可以用按钮取消、重做或再看一次。
help-cancel = 取消任务。提交之前取消会退回积分；提交之后 AI 服务照样收费，我只是不再发给你。
help-model = 不写名字：列出所有模型和价格。写上名字：以后在这个聊天里由它回答。
help-think =
    想得越深，难题答得越好，也越慢越贵。auto 由模型自己决定。什么都不写：看现在的设置，用按钮修改。
    也可以写：自动、关、低、中、高、最高。
help-persona = 不写名字：列出可选的人设。/persona none 关闭人设。
help-system =
    用你自己的话说，希望我在这段对话里怎么回答：/system 只用一句话回答，语气像海盗
    它会代替人设。什么都不写：看现在的要求。/system none 收回。
help-remember = 以后的每段对话我都会记得：/remember 我不吃肉
help-memories = 我记住的关于你的一切，每一条都能用按钮忘掉。只有你看得到；在哪里使用，由 /settings 决定。
help-forget = 按 /memories 里的编号、其中的词，或者全部忘掉：/forget 3、/forget 肉、/forget all
help-summary = 对话很长时，较早的部分模型只读摘要。这里可以看到它，也可以让我忘掉。
help-export = 把这段对话从第一个问题到最后一个回答导出成文件，只发给你。json 比 md 多：思考过程、用量、用过的工具。
help-balance = 今天还剩多少积分，以及别人给你的积分。只有你能看到。
help-usage = 最近 30 天的花费，也可以指定天数：/usage 7
help-settings =
    你的语言、模型和人设，以及不管在哪里聊都有效的设置，都用按钮修改：是否显示思考过程和花费，是否使用工具，是否朗读回答，我自己下单超过多少积分要先问，记忆在哪里用。
    只有你能看到。
help-language = /language zh、/language en，或用 /language auto 跟随你的应用。
help-privacy = 说明保存了什么、保存多久；可以导出成文件，也可以删除。
help-admin = { admin-help }

help-title = { $where ->
    [private] 直接发消息或语音，我就会回答；图片、文档、录音也都可以发来。我还会画图、做视频、上网查：
   *[group] 在群里请 @我、回复我，或使用命令：
}
help-more = 查看某个命令的详细说明：/help image
help-options = { $style ->
    [leading] 选项，写在文字前面：
   *[anywhere] 选项，写在文字的任何位置都行：
}

option-code = 你收到的邀请码
option-command = 想了解的命令
option-question = 你的问题
option-prompt = 用自己的话描述想要什么
option-script = 剧情，一镜接一镜
option-file = 要用到的文件
option-always = 这段对话里每个问题都搜
option-effort = 想多深
option-instructions = 希望我怎么回答；none 收回
option-fact = 要我记住的事
option-which = 编号、其中的词，或 all
option-model = 使用哪个模型
option-persona = 使用哪个人设
option-ratio = 画面宽高比
option-seconds = 时长（秒）
option-quality = 画得多精细；越好越贵
option-count = 画几张
option-sound = 是否带声音
option-seed = 一个数字；相同的数字结果相近
option-background = 图片背景
option-negative = 不想出现的内容
option-resolution = 尺寸或清晰度
option-format = 文件格式
option-only = 只改这一部分
option-shape = 画出要改哪里的图片
option-rewrite = 先让我把描述改好，由你选
option-mode = 文件的用法；不选就由文件决定
option-first = 首帧图片
option-last = 尾帧图片
option-ref = 参考素材
option-film = 要修改或延长的视频
option-motion = 提供动作的视频
option-voice = 声音：用谁的，或者要说的那段
option-say = 人像要说的话，由我朗读
option-keep_sound = 保留原视频的声音
option-level = std 标准；pro 更精细也更贵
option-facing = 人物朝向跟随视频还是图片
option-preset = 放开的程度
option-version = 模型版本
option-stylize = 风格化程度（0–1000）
option-chaos = 四张图的差异（0–100）
option-weird = 怪异程度（0–3000）
option-niji = 动漫模型的版本
option-iw = 参考图的权重（0–3）
option-style = 风格；Midjourney：raw，少一些它自己的风格
option-tile = 可以无缝拼接的图案
option-sref = 风格的链接或代码
option-oref = 物体图片的链接
option-cref = 人物图片的链接
option-sw = 风格的权重（0–1000）
option-ow = 物体的权重（1–1000）
option-cw = 人物的权重（0–100）
option-use = 一起发来的图片用来做什么
option-days = 往前多少天
option-language = 语言
option-action = 要做什么
option-text = 后面的内容
option-other = 见该模型自己的说明
