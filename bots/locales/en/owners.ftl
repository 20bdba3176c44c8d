# What owners read.

admin-help =
    /admin stats – today's spending, people, orders
    /admin models – all models with their prices
    /admin limit 1.00/day – what each person may use a day, in USD (none, or file to follow the configuration file)
    /admin limit all 5.00/day – what everybody together may use a day
    /admin grant WHO CREDITS – give credits that do not expire (negative takes back)
    /admin plan WHO PLAN – put a person on a plan (here instead of WHO: this group, which then has a purse of its own)
    /admin invite [USES] [DAYS] – make an invitation code
    /admin allow, /admin disallow – serve this group, or stop serving it
    /admin ban WHO, /admin unban WHO
    /admin broadcast TEXT – a message to everybody invited
    WHO is @name, an id, or the author of the message you reply to.
admin-usage-grant = WHO CREDITS
admin-usage-plan = WHO|here PLAN
admin-usage-invite = [USES] [DAYS]
admin-usage-allow = [here | telegram:-100123]
admin-usage-disallow = [here | telegram:-100123]
admin-usage-ban = WHO
admin-usage-unban = WHO
admin-usage-broadcast = TEXT
admin-usage-limit = [all] 1.00/day | none | file
admin-stats =
    Spent today: { $spent } (limit: { $limit })
    People: { $owners ->
        [one] { $owners } owner
       *[other] { $owners } owners
    }, { $members } invited, { $strangers } others, { $banned } banned
    Orders: { $jobs }
    Answers being written: { $answers }
admin-no-limit = none
admin-models-kind = { $kind } ({ $count })
admin-models-none = The gateway offers no models at all.
admin-limit-plan = { $state ->
    [set] Each person of the default plan may now use { $amount } a day.
    [none] People of the default plan get no daily credits any more; granted ones still count.
   *[file] The default plan follows the configuration file again.
}
admin-limit-all = { $state ->
    [set] Everybody together may now use { $amount } a day.
    [none] There is no limit for everybody together any more.
   *[file] The limit for everybody follows the configuration file again.
}
admin-granted = { $name } got { $amount }.
admin-plan-set = { $name } is on the plan “{ $plan }” now.
admin-ban-owner = An owner cannot be banned.
admin-banned = { $name } is banned: no answers any more.
admin-unbanned = { $name } is welcome again.
admin-invite = { $uses ->
    [one] This code lets one person in, within { $days } days. They send me: /start { $code }
   *[other] This code lets { $uses } people in, within { $days } days. They send me: /start { $code }
}
admin-invite-link = Or they open: { $url }
admin-allowed = I serve { $chat } now.
admin-disallowed = I do not serve { $chat } any more.
admin-broadcast-sure =
    { $count ->
        [one] This goes to one person:
       *[other] This goes to { $count } people:
    }
    { $text }
admin-broadcast-sent = { $count ->
    [one] On its way to one person.
   *[other] On its way to { $count } people.
}
button-send = Send it

notice-broadcast = { $text }
notice-house-limit = Today { $spent } of the { $limit } USD that everybody may use are spent ({ $percent } %). At 100 % I serve only owners. Change it with /admin limit all 5.00/day
