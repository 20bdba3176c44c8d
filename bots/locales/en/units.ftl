# Numbers with their units, and dates.

money-credits = { $one ->
    [yes] { $amount } credit
   *[no] { $amount } credits
}
span-seconds = { $seconds } s
span-minutes = { $seconds ->
    [0] { $minutes } min
   *[other] { $minutes } min { $seconds } s
}
span-hours = { $minutes ->
    [0] { $hours } h
   *[other] { $hours } h { $minutes } min
}
moment = { $month } { $day }, { $time } { $zone }
month = { $number ->
    [1] Jan
    [2] Feb
    [3] Mar
    [4] Apr
    [5] May
    [6] Jun
    [7] Jul
    [8] Aug
    [9] Sep
    [10] Oct
    [11] Nov
   *[12] Dec
}
kind-chat = Chat
kind-image = Pictures
kind-video = Videos
kind-audio = Audio
price-answer = about { $price } an answer
price-each = { $price } each
price-second = from { $price } a second
