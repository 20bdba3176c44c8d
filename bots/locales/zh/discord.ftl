# Discord 前端。

discord-invite = 邀请它加入服务器：{ $url }
discord-dm-closed = 这条回复只给你看，但我没法给你发私信。请允许接收本服务器成员的私信，或者改用斜杠命令：它的回复只有你能看到。
