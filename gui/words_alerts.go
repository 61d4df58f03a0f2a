package gui

// alertWords is what is said about rules and alerts.
type alertWords struct {
	Title, Highlights, Mutes, Alerts, Hint                  string
	AboutHighlights, AboutMutes, AboutAlerts, None          string
	SoundBy, NoSound, NoNotify, Off, Try, Remove, More      string
	HelpTitle, HelpWord, HelpPhrase, HelpRegex, HelpUser    string
	HelpKind, HelpPrice, HelpMedal, HelpGuard, HelpNot      string
	HelpOr, HelpLive, HelpRoom, Sound, Announce, Duplicated string
	Person, NoPerson, Paused, Watched, NotWatched           string
}

var alertChinese = alertWords{
	Title: "规则", Highlights: "高亮", Mutes: "屏蔽", Alerts: "提醒", Hint: "词语、\"短语\"、user:、price>30…",
	AboutHighlights: "符合任一规则的新内容会被突出显示。", AboutMutes: "符合任一规则的新内容不会显示，但仍会存档。", AboutAlerts: "符合规则时播放声音并弹出桌面通知。同一规则 8 秒内只提醒一次，每分钟最多 8 次。",
	None: "还没有规则。", SoundBy: "声音由 %s 播放。", NoSound: "没有找到能播放声音的程序（pw-play、paplay、aplay），只会弹出通知。", NoNotify: "这个桌面没有通知服务，提醒会显示在本窗口里。",
	Off: "暂停全部提醒", Try: "试听", Remove: "删除", More: "（另有 %d 条）",
	HelpTitle: "怎样写规则（点击填入）", HelpWord: "说了这个词", HelpPhrase: "连在一起的短语", HelpRegex: "正则表达式", HelpUser: "某个人的昵称或 UID",
	HelpKind: "某种类型", HelpPrice: "30 元以上的醒目留言", HelpMedal: "粉丝勋章高于 20 级", HelpGuard: "任何大航海", HelpNot: "有前者而没有后者",
	HelpOr: "两者之一", HelpLive: "开播", HelpRoom: "只在这个直播间", Sound: "声音", Announce: "桌面通知", Duplicated: "已有这条规则。",
	Person: "此人出现时提醒我", NoPerson: "不再提醒此人", Watched: "出现时会提醒", NotWatched: "不再提醒", Paused: "提醒目前已暂停",
}

var alertEnglish = alertWords{
	Title: "Rules", Highlights: "Highlights", Mutes: "Mutes", Alerts: "Alerts", Hint: "Words, \"phrases\", user:, price>30…",
	AboutHighlights: "What matches one of these stands out from now on.", AboutMutes: "What matches one of these is not shown from now on. It is archived all the same.", AboutAlerts: "What matches one of these plays a sound and shows a notification: once in 8 seconds for each rule, at most 8 a minute.",
	None: "No rules yet.", SoundBy: "The sound is played by %s.", NoSound: "No program that plays sounds was found (pw-play, paplay, aplay): there are notifications only.", NoNotify: "This desktop shows no notifications: alerts are shown in this window instead.",
	Off: "Pause all alerts", Try: "Listen", Remove: "Remove", More: "(and %d more)",
	HelpTitle: "How to write rules (click to use one)", HelpWord: "this word is said", HelpPhrase: "words in this order", HelpRegex: "a regular expression", HelpUser: "somebody, by name or number",
	HelpKind: "a kind of event", HelpPrice: "super chats above 30 CNY", HelpMedal: "a fan medal above level 20", HelpGuard: "any guard", HelpNot: "the first without the second",
	HelpOr: "one of the two", HelpLive: "the room goes live", HelpRoom: "only in this room", Sound: "Sound", Announce: "Notification", Duplicated: "There is this rule already.",
	Person: "Alert me about this person", NoPerson: "No alerts about this person", Watched: "alerts are on", NotWatched: "alerts are off", Paused: "alerts are paused",
}

var alertJapanese = alertWords{
	Title: "ルール", Highlights: "強調", Mutes: "ミュート", Alerts: "通知", Hint: "言葉、\"語句\"、user:、price>30…",
	AboutHighlights: "いずれかに当てはまる新しいものを目立たせます。", AboutMutes: "いずれかに当てはまる新しいものを表示しません。アーカイブには残ります。", AboutAlerts: "当てはまると音を鳴らし、デスクトップ通知を出します。同じルールは 8 秒に 1 回、全体で毎分 8 回までです。",
	None: "ルールはまだありません。", SoundBy: "音は %s で鳴らします。", NoSound: "音を鳴らすプログラム（pw-play、paplay、aplay）が見つからないため、通知のみです。", NoNotify: "このデスクトップには通知機能がないため、このウィンドウに表示します。",
	Off: "通知をすべて止める", Try: "試聴", Remove: "削除", More: "（ほか %d 件）",
	HelpTitle: "ルールの書き方（クリックで入力）", HelpWord: "この言葉", HelpPhrase: "この順に並ぶ語句", HelpRegex: "正規表現", HelpUser: "名前または番号で人を指定",
	HelpKind: "イベントの種類", HelpPrice: "30 元を超えるスーパーチャット", HelpMedal: "レベル 20 を超えるメダル", HelpGuard: "大航海の人", HelpNot: "前者があり後者がない",
	HelpOr: "どちらか", HelpLive: "配信の開始", HelpRoom: "この配信だけ", Sound: "音", Announce: "デスクトップ通知", Duplicated: "同じルールがあります。",
	Person: "この人が現れたら通知", NoPerson: "この人の通知をやめる", Watched: "現れたら通知します", NotWatched: "通知をやめました", Paused: "通知は停止中です",
}
