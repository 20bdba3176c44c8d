# 运营者看到的话：设置、启动、体检、命令行。

setting-url = { $name } 不是网址，请写成 https://主机名
setting-database = { $name } 必须以 sqlite:/// 或 postgresql:// 开头
setting-proxy = { $name } 必须以 http://、https:// 或 socks5:// 开头
setting-telegram-token = { $name } 看起来不是令牌，请从 @BotFather 完整复制：123456:ABC...
setting-owner = { $name }：“{ $value }” 不是所有者，请写成 telegram:123 或 discord:456，多个用逗号隔开。
setting-shards = { $name } 必须是用逗号隔开的数字，例如 0,1
setting-webhook-secret = { $name } 只能包含 A-Z a-z 0-9 _ 和 -，最多 256 个
setting-shard-count = 设置 DISCORD_SHARD_IDS 时也要设置 DISCORD_SHARD_COUNT
setting-webhook-needs-secret = TELEGRAM_WEBHOOK_URL 还需要 TELEGRAM_WEBHOOK_SECRET（任意一串长的随机字符），否则任何人都能冒充 Telegram
setting-webhook-https = TELEGRAM_WEBHOOK_URL 必须是 https，Telegram 不会访问别的地址
setting-choice = { $name } 只能是：{ $allowed }
setting-number = { $name } 必须是数字
setting-range = { $name } 超出范围（{ $bound }）
setting-file = 无法读取 CONFIG_FILE { $path }：{ $why }
setting-toml = { $path } 不是有效的 TOML：{ $why }
setting-config = { $path }：{ $problem }
settings-wrong = Starlight 无法启动。请在 .env 或 starlight.toml 里改好这 { $count } 处：

start-title = ✦ Starlight { $version }
start-sandbox = ⚠ 沙盒模式：没有设置 GATEWAY_API_KEY。一切都能用，但内容都是假的，也不花钱。在 .env 里填上密钥就能用真正的模型。
start-gateway = 网关 { $url } 连接正常：{ $chat } 个对话模型、{ $image } 个图片模型、{ $video } 个视频模型。
start-gateway-down = 网关 { $url } 没有回应（{ $why }）。机器人照常启动并会继续尝试。请检查 GATEWAY_BASE_URL 和 GATEWAY_API_KEY，或运行：starlight doctor
start-gateway-key = 网关拒绝了 GATEWAY_API_KEY。在改好之前，什么都不会有回答。
start-data = 数据保存在 { $database }，文件保存在 { $media }。
start-telegram = Telegram：@{ $name } 已上线。
start-telegram-private = 群里的隐私模式已开启：它只读命令、@提及和对它的回复，这就够用了。
start-telegram-all = 群里的隐私模式已关闭：它会收到所有消息，但只回答命令、@提及和对它的回复。可以在 @BotFather 用 /setprivacy 打开隐私模式。
start-discord = Discord：{ $name } 已上线，在 { $guilds } 个服务器里。
start-front-failed = { $platform } 无法启动：{ $why }
start-front-ended = { $platform } 无法继续运行：{ $why }
start-console = 没有设置机器人令牌，所以这里是终端里的聊天。直接输入问题，或输入 /help。输入 #1 按下按钮，/exit 退出。
start-owners = 已有 { $count } 位所有者。
start-claim = 这个机器人还没有所有者。请用你自己的账号给它发送一次：  /start { $code }
start-open = ACCESS_MODE 是 open：任何找到机器人的人都会花你的余额，直到 starlight.toml 里的上限。
start-http = 健康检查与指标：http://{ $host }:{ $port }
start-http-taken = 端口 { $port } 被占用（{ $why }）。请把 HTTP_PORT 改成别的，或写 0 使用任意空闲端口。
start-locked = 已有另一个机器人在使用 { $database }。请先停掉它，或者给这一个设置单独的 DATABASE_URL。
start-database = 数据库 { $database } 打不开：{ $why }。请检查 DATABASE_URL。
start-media = 媒体存储 { $media } 无法使用：{ $why }。请检查 MEDIA_URL。
start-stopping = 正在停止：进行中的回答还有 { $seconds } 秒。
start-stopped = 已停止，没有丢失任何东西。

why-token = 令牌被拒绝，请重新复制到 .env
why-unreachable = 无法连接 { $host }。是不是需要设置代理？
why-conflict = 另一个程序正在读取这个机器人的消息，请停掉它：一个令牌只能有一个读取者
why-other = { $detail }

doctor-settings = 设置已读取
doctor-database = 可以打开和写入：{ $people } 个人，{ $jobs } 个任务
doctor-media = 写入、读取并删除了一个测试文件
doctor-media-differs = 读回的文件和写入的不一样
doctor-gateway = { $url } 有回应，提供 { $count } 个模型
doctor-sandbox = 内置沙盒有回应，提供 { $count } 个模型（没有设置密钥）
doctor-balance = 密钥还剩 { $left }
doctor-balance-unlimited = 密钥没有额度限制
doctor-balance-untold = 网关没有告知
doctor-balance-sandbox = 沙盒不花钱
doctor-telegram = @{ $name }，隐私模式开启：在群里只看命令、@提及和回复
doctor-telegram-all = @{ $name }，隐私模式关闭：在群里会收到所有消息
doctor-telegram-none = 没有 TELEGRAM_BOT_TOKEN，不使用
doctor-discord = { $name }
doctor-discord-none = 没有 DISCORD_BOT_TOKEN，不使用
doctor-token-refused = 令牌被拒绝
doctor-clock = 误差在 { $seconds } 秒以内
doctor-clock-unchecked = 没有可比对的时间
doctor-public-url = { $url } 能访问到我们
doctor-public-url-none = 没有 PUBLIC_URL：超过聊天大小限制的文件会被压缩，而不是给链接
doctor-public-url-status = 返回状态 { $status }
doctor-upload = 文件已上传到 { $path }，并得到公开链接
doctor-upload-failed = { $path } 不接受文件：{ $why }
doctor-upload-none = 没有配置，不使用
doctor-upload-found = 网关在 { $path } 接受文件。要让模型自己来取视频和声音，请写进 starlight.toml：{ $lines }
doctor-upload-unfound = 常见路径都不接受文件；设置 PUBLIC_URL 也能做到
doctor-minimax = 网关在 { $path } 提供，{ $count } 种音色
doctor-minimax-failed = { $path } 没有提供
doctor-minimax-none = 网关没有提供；它的朗读、歌曲和复刻音色在这里不能用
doctor-minimax-unasked = 网关没有说明：{ $why }
doctor-timeout = { $seconds } 秒内没有回应
doctor-error = { $why }
doctor-well = 一切正常。
doctor-unwell = 有 { $count } 处需要处理。

hint-database = 检查 DATABASE_URL、文件夹权限和剩余空间
hint-media = 检查 MEDIA_URL、文件夹权限和剩余空间
hint-gateway = 检查 GATEWAY_BASE_URL、GATEWAY_API_KEY 和 GATEWAY_PROXY
hint-balance = 请到网关充值，否则所有回答都会失败
hint-telegram = 从 @BotFather 重新复制 TELEGRAM_BOT_TOKEN；如果有防火墙，请设置 TELEGRAM_PROXY
hint-discord = 在开发者后台重置并复制 DISCORD_BOT_TOKEN；如果有防火墙，请设置 DISCORD_PROXY
hint-clock = 请校准系统时间（例如：timedatectl set-ntp true）
hint-public-url = PUBLIC_URL 必须指向正在运行的机器人的 HTTP_HOST:HTTP_PORT
hint-upload = 检查 starlight.toml 里 [gateway] 的 upload_path、upload_field 和 upload_form；删掉它们，starlight doctor 会自己找路径
hint-minimax = 检查 starlight.toml 里 [gateway] 的 minimax_prefix；删掉它，机器人会自己找

topic-settings = 设置
topic-database = 数据库
topic-media = 媒体存储
topic-gateway = 网关
topic-balance = 余额
topic-telegram = Telegram
topic-discord = Discord
topic-clock = 时钟
topic-public-url = 公网地址
topic-upload = 文件上传
topic-minimax = MiniMax

cli-migrated = 数据库版本：{ $version }。
cli-backup = { $file } 保存了到此刻为止的一切：用户、余额、对话和任务。
cli-backup-failed = 没有备份：{ $why }
cli-granted = { $person } 现在有 { $balance } 积分。
cli-no-person = 没有叫 { $person } 的人。对方需要先给机器人发过消息；请写成 telegram:ID 或 discord:ID。
cli-bad-credits = “{ $value }” 不是积分数量。
cli-models-both = { $name } · { $kind } · { $price }
cli-models-unlisted = { $name } · { $kind } · { $price } · 网关没有列出
cli-models-new = { $name } · 网关有，但没有配置；可作为对话模型使用，价格为估算
cli-sandbox = 沙盒地址：{ $url }，任意密钥都可以。按 Ctrl-C 结束。

notice-gateway-key = 网关拒绝了我的密钥，谁都得不到回答。请在 .env 里填入有效的 GATEWAY_API_KEY 并重启我；starlight doctor 可以检查。
notice-gateway-funds = 网关说我的密钥余额已用完，谁都得不到回答。请充值，充好后我会自动恢复。
notice-no-link = 有人想给 { $model } 发{ $kind ->
    [video] 一段视频
    [audio] 一段声音
    [image] 一张图片
   *[other] 一个文件
  }，网关要自己来取，但连不到我。请在 .env 里设置 PUBLIC_URL，或者在 starlight.toml 里配置网关的文件上传；starlight doctor 会帮你找。
notice-not-public = 网关做好了结果，却给了一个指向 { $host } 的链接，那不是公网地址，所以我没有打开；取不到的结果不收费。如果这台主机是你的，请把它加进 .env 的 DOWNLOAD_ALLOW_HOSTS；否则请告诉网关的运营者。
cli-failed = 没有成功：{ $why }
cli-grant-refused = { $person } 没有那么多积分，什么都没有扣。
cli-models-rowless = { $name } · 网关有；要提供它，请在 starlight.toml 里加一行配置
doctor-balance-unasked = 网关没有回应
