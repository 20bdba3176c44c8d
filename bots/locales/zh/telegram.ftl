# 仅 Telegram 使用的文字。

telegram-open-private = 这个答复只给你一个人看，但我们还没有私聊。请打开 @{ $name }，点击“开始”，在那里再问一次。
