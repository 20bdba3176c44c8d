# 所有者看到的内容。

admin-help =
    /admin stats – 今天的花费、用户和任务
    /admin models – 所有模型和价格
    /admin limit 1.00/day – 每人每天可用多少美元（none 表示没有，file 表示按配置文件）
    /admin limit all 5.00/day – 所有人每天一共可用多少
    /admin grant 谁 积分 – 赠送不过期的积分（负数为收回）
    /admin plan 谁 套餐 – 更换某人的套餐（“谁”写成 here：本群从此有自己的钱包，按这个套餐）
    /admin invite [人数] [天数] – 生成邀请码
    /admin allow、/admin disallow – 开启或停止为本群服务
    /admin ban 谁、/admin unban 谁
    /admin broadcast 内容 – 给所有受邀者发消息
    “谁”可以是 @用户名、编号，或你所回复消息的作者。
admin-usage-grant = 谁 积分
admin-usage-plan = 谁|here 套餐
admin-usage-invite = [人数] [天数]
admin-usage-allow = [here | telegram:-100123]
admin-usage-disallow = [here | telegram:-100123]
admin-usage-ban = 谁
admin-usage-unban = 谁
admin-usage-broadcast = 内容
admin-usage-limit = [all] 1.00/day | none | file
admin-stats =
    今天花费：{ $spent }（上限：{ $limit }）
    用户：所有者 { $owners }，受邀 { $members }，其他 { $strangers }，封禁 { $banned }
    任务：{ $jobs }
    正在写的回答：{ $answers }
admin-no-limit = 无
admin-models-kind = { $kind }（{ $count }）
admin-models-none = 网关没有提供任何模型。
admin-limit-plan = { $state ->
    [set] 默认套餐的每个人现在每天可用 { $amount }。
    [none] 默认套餐不再有每日积分，赠送的仍然有效。
   *[file] 默认套餐重新按配置文件执行。
}
admin-limit-all = { $state ->
    [set] 所有人现在每天一共可用 { $amount }。
    [none] 不再限制所有人的总花费。
   *[file] 所有人的总上限重新按配置文件执行。
}
admin-granted = { $name } 得到了 { $amount }。
admin-plan-set = { $name } 现在使用套餐“{ $plan }”。
admin-ban-owner = 不能封禁所有者。
admin-banned = 已封禁 { $name }，我不会再回复。
admin-unbanned = 已解除对 { $name } 的封禁。
admin-invite = 这个邀请码可供 { $uses } 人使用，{ $days } 天内有效。请对方发给我：/start { $code }
admin-invite-link = 也可以直接打开：{ $url }
admin-allowed = 我现在为 { $chat } 服务。
admin-disallowed = 我不再为 { $chat } 服务。
admin-broadcast-sure =
    这条消息将发给 { $count } 人：
    { $text }
admin-broadcast-sent = 正在发给 { $count } 人。
button-send = 发送

notice-broadcast = { $text }
notice-house-limit = 所有人每天可用的 { $limit } 美元今天已花掉 { $spent }（{ $percent }%）。到 100% 时我只为所有者服务。可用 /admin limit all 5.00/day 调整
