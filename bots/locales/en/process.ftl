# What the operator reads: settings, the start, the doctor, the command line.

setting-url = { $name } is no URL. Write it as https://host
setting-database = { $name } must begin with sqlite:/// or postgresql://
setting-proxy = { $name } must begin with http://, https:// or socks5://
setting-telegram-token = { $name } does not look like a token. Copy it whole from @BotFather: 123456:ABC...
setting-owner = { $name }: “{ $value }” is no owner. Write telegram:123 or discord:456, with commas between.
setting-shards = { $name } must be numbers with commas between, such as 0,1
setting-webhook-secret = { $name } may hold only A-Z a-z 0-9 _ and -, at most 256 of them
setting-shard-count = DISCORD_SHARD_IDS needs DISCORD_SHARD_COUNT as well
setting-webhook-needs-secret = TELEGRAM_WEBHOOK_URL needs TELEGRAM_WEBHOOK_SECRET, any long random word: without it anyone could feed the bot
setting-webhook-https = TELEGRAM_WEBHOOK_URL must be https: Telegram calls no other
setting-choice = { $name } must be one of: { $allowed }
setting-number = { $name } must be a number
setting-range = { $name } is out of bounds ({ $bound })
setting-file = CONFIG_FILE { $path } cannot be read: { $why }
setting-toml = { $path } is not valid TOML: { $why }
setting-config = { $path }: { $problem }
settings-wrong = Starlight cannot start. Please mend { $count ->
    [one] this
   *[other] these { $count } things
  } in .env or starlight.toml:

start-title = ✦ Starlight { $version }
start-sandbox = ⚠ SANDBOX: no GATEWAY_API_KEY is set. Everything works, nothing is real and nothing costs money. Put a key into .env to talk to real models.
start-gateway = Gateway { $url } is reachable: { $chat } chat, { $image } picture and { $video } video models.
start-gateway-down = Gateway { $url } does not answer ({ $why }). The bot starts and keeps trying. Check GATEWAY_BASE_URL and GATEWAY_API_KEY, or run: starlight doctor
start-gateway-key = The gateway refuses GATEWAY_API_KEY. Nothing will be answered until it is right.
start-data = Data lives in { $database }, files in { $media }.
start-telegram = Telegram: @{ $name } is listening.
start-telegram-private = In groups privacy mode is on: it reads commands, mentions and replies to it, and nothing else. That is all it needs.
start-telegram-all = In groups privacy mode is off: it is sent everything and answers only commands, mentions and replies. You may turn it on at @BotFather, /setprivacy.
start-discord = Discord: { $name } is listening in { $guilds ->
    [one] one server
   *[other] { $guilds } servers
  }.
start-front-failed = { $platform } cannot start: { $why }
start-front-ended = { $platform } cannot go on: { $why }
start-console = No bot token is set, so this is a chat in your terminal. Type a question, or /help. #1 presses a button, /exit leaves.
start-owners = { $count ->
    [one] One owner is known.
   *[other] { $count } owners are known.
  }
start-claim = Nobody owns this bot yet. Send it this once, from your own account:  /start { $code }
start-open = ACCESS_MODE is open: anyone who finds the bot spends your balance, up to the limits of starlight.toml.
start-http = Health and metrics on http://{ $host }:{ $port }
start-http-taken = Port { $port } is taken ({ $why }). Set HTTP_PORT to another, or to 0 for any free one.
start-locked = Another bot is running on { $database }. Stop that one first, or give this one a DATABASE_URL of its own.
start-database = The database { $database } does not open: { $why }. Check DATABASE_URL.
start-media = The media store { $media } cannot be used: { $why }. Check MEDIA_URL.
start-stopping = Stopping: running answers have { $seconds } s to finish.
start-stopped = Stopped. Nothing is lost.

why-token = the token is refused. Copy it again into .env
why-unreachable = { $host } cannot be reached. Is there a proxy to set?
why-conflict = another program is reading this bot's messages. Stop it: one token, one reader
why-other = { $detail }

doctor-settings = settings are read
doctor-database = open and writable, { $people } { $people ->
    [one] person
   *[other] people
  } and { $jobs } { $jobs ->
    [one] job
   *[other] jobs
  } in it
doctor-media = a file was written, read and removed
doctor-media-differs = a file came back different from what was written
doctor-gateway = { $url } answers and offers { $count } models
doctor-sandbox = the built-in sandbox answers with { $count } models (no key is set)
doctor-balance = { $left } left on the key
doctor-balance-unlimited = the key has no limit
doctor-balance-untold = the gateway does not tell
doctor-balance-sandbox = the sandbox costs nothing
doctor-telegram = @{ $name }, privacy mode on: sees commands, mentions and replies in groups
doctor-telegram-all = @{ $name }, privacy mode off: is sent everything in groups
doctor-telegram-none = no TELEGRAM_BOT_TOKEN, not used
doctor-discord = { $name }
doctor-discord-none = no DISCORD_BOT_TOKEN, not used
doctor-token-refused = the token is refused
doctor-clock = right within { $seconds } s
doctor-clock-unchecked = nothing to compare with
doctor-public-url = { $url } reaches us
doctor-public-url-none = no PUBLIC_URL: files too large for a chat are made smaller instead of linked
doctor-public-url-status = answers with status { $status }
doctor-upload = a file was put at { $path } and has a public link
doctor-upload-failed = { $path } does not take files: { $why }
doctor-upload-none = not configured, not used
doctor-upload-found = the gateway takes files at { $path }. To let models fetch films and sounds, write into starlight.toml: { $lines }
doctor-upload-unfound = the gateway takes files at none of the usual paths; PUBLIC_URL does the same
doctor-minimax = offered at { $path }, { $count } voices
doctor-minimax-failed = not offered at { $path }
doctor-minimax-none = not offered; its speech, songs and cloned voices do not work here
doctor-minimax-unasked = the gateway does not say: { $why }
doctor-timeout = no answer within { $seconds } s
doctor-error = { $why }
doctor-well = All is well.
doctor-unwell = { $count ->
    [one] One thing needs you.
   *[other] { $count } things need you.
  }

hint-database = check DATABASE_URL, the folder's rights and free space
hint-media = check MEDIA_URL, the folder's rights and free space
hint-gateway = check GATEWAY_BASE_URL, GATEWAY_API_KEY and GATEWAY_PROXY
hint-balance = top up at the gateway, else every answer will fail
hint-telegram = copy TELEGRAM_BOT_TOKEN again from @BotFather; behind a firewall set TELEGRAM_PROXY
hint-discord = reset and copy DISCORD_BOT_TOKEN in the developer portal; behind a firewall set DISCORD_PROXY
hint-clock = set the machine's time (for example: timedatectl set-ntp true)
hint-public-url = PUBLIC_URL must lead to HTTP_HOST:HTTP_PORT of the running bot
hint-upload = check upload_path, upload_field and upload_form below [gateway] in starlight.toml, or leave them out: then starlight doctor looks for the path
hint-minimax = check minimax_prefix below [gateway] in starlight.toml, or leave it out: then the bot looks for it

topic-settings = Settings
topic-database = Database
topic-media = Media store
topic-gateway = Gateway
topic-balance = Balance
topic-telegram = Telegram
topic-discord = Discord
topic-clock = Clock
topic-public-url = Public URL
topic-upload = File upload
topic-minimax = MiniMax

cli-migrated = The database is at version { $version }.
cli-backup = { $file } holds everything up to this moment: people, money, conversations, jobs.
cli-backup-failed = No backup was made: { $why }
cli-granted = { $person } now has { $balance } credits.
cli-no-person = Nobody is known as { $person }. They have to write to the bot first; write telegram:ID or discord:ID.
cli-bad-credits = “{ $value }” is no number of credits.
cli-models-both = { $name } · { $kind } · { $price }
cli-models-unlisted = { $name } · { $kind } · { $price } · the gateway does not list it
cli-models-new = { $name } · the gateway lists it, no row names it; as a chat model it works at an estimated price
cli-sandbox = The sandbox listens on { $url }. Any key will do. Ctrl-C ends it.

notice-gateway-key = The gateway refuses my key: nobody gets an answer. Put a valid GATEWAY_API_KEY into .env and restart me; starlight doctor checks it.
notice-gateway-funds = The gateway says that the balance of my key is used up: nobody gets an answer. Top it up; I go on by myself.
notice-no-link = Somebody wanted to send { $kind ->
    [video] a film
    [audio] a recording
    [image] a picture
   *[other] a file
  } to { $model }, which the gateway fetches by itself, and it cannot reach me. Set PUBLIC_URL in .env, or the gateway's upload in starlight.toml; starlight doctor looks for it.
notice-not-public = The gateway made something and gave a link to { $host }, which is not public, so I did not follow it; what cannot be fetched is not charged. If that host is yours, add it to DOWNLOAD_ALLOW_HOSTS in .env; else tell whoever runs the gateway.
cli-failed = That did not work: { $why }
cli-grant-refused = { $person } has less than that: nothing was taken away.
cli-models-rowless = { $name } · the gateway lists it; to offer it, give it a row in starlight.toml
doctor-balance-unasked = the gateway does not answer
